"""What a mail is about: an export and its packages, or an endpoint of webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.export import Context, ExportType


@dataclass(frozen=True, slots=True)
class Package:
    """A file of an export; `size` in bytes."""

    filename: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedExport:
    """An export as its mails describe it."""

    id: int
    context: Context
    context_name: str | None  # of the course, group or user
    export_type: ExportType
    page_url: str | None  # where a person can look at it, if there is such a page
    created_at: datetime
    packages: tuple[Package, ...] = ()
    expires_at: datetime | None = None  # None: the packages are kept for ever
    complete: bool = True
    warnings_count: int = 0
    missing: tuple[str, ...] = ()  # titles of objects that are missing, in whole or in part
    report_url: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledWebhook:
    """An endpoint that gets no more events."""

    url: str
    id: int | None = None  # None in mails of an earlier release
    reason: str  # of the last refusal: a sentence
    tries: int
    disabled_at: datetime
