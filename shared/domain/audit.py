"""Who did what to which export, by which token, acting as whom, from where: the rows of the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Action(StrEnum):
    """What was done."""

    CREATE = "create"
    RETRY = "retry"
    SHOW = "show"
    REPORT = "report"
    ENTRIES = "entries"  # the list of a package's members was read
    DOWNLOAD = "download"  # a package, or the member of it that the subject names
    CANCEL = "cancel"
    FAIL = "fail"
    DELETE = "delete"
    AUDIT = "audit"  # the audit log was read


class Actor(Struct, frozen=True):
    """Who does it. Of one without any field nothing is known: the system itself, or an operator."""

    user_id: int | None = None
    real_user_id: int | None = None  # who acts as `user_id`; None: that user itself
    token: str | None = None  # the name of the token, such as token:12, jwt:5 or link; never the token itself
    address: str | None = None  # of the client
    request_id: str | None = None


SYSTEM = Actor()


class AuditEntry(Struct, frozen=True):
    """One row of the log."""

    at: datetime
    action: str  # an Action, or one of a later version
    actor: Actor
    export_id: int | None = None
    subject: str | None = None  # what else it is about: a member's path, file:<id>, retry_of:<id>


class AuditFilter(Struct, frozen=True):
    """Which rows are read: those that meet all that is not None."""

    export_id: int | None = None
    user_id: int | None = None  # who did it, as itself or as another user, or as whom it was done
    since: datetime | None = None
    before_id: int | None = None  # rows that are older than this one, for the next page
