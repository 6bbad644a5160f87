"""Exports and readers as the mails of tests describe them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.notifier.mail.language import MAILS
from services.notifier.mail.letters import Letters
from services.notifier.mail.subjects import MailedExport, Package
from shared.domain.export import Context, ContextType, ExportType
from shared.domain.notices.mail import Reader

PAGE = "https://exports.school.edu/api/v1/courses/42/content_exports/7"


def a_reader(**fields: Any) -> Reader:
    return Reader(**{"address": "ada@school.edu", "name": "Ada Lovelace", **fields})


def an_export(**fields: Any) -> MailedExport:
    defaults = {
        "id": 7,
        "context": Context(ContextType.COURSE, 42),
        "context_name": "Tides",
        "export_type": ExportType.COMMON_CARTRIDGE,
        "page_url": PAGE,
        "created_at": datetime(2026, 11, 27, 12, tzinfo=UTC),
        "packages": (Package("tides-export.imscc", 18_204_331),),
        "expires_at": datetime(2026, 12, 27, 12, tzinfo=UTC),
        "report_url": f"{PAGE}/report",
    }
    return MailedExport(**{**defaults, **fields})


def letters_to(**reader: Any) -> Letters:
    fields = a_reader(**reader)
    return Letters(fields, MAILS.texts_for(fields.locale))
