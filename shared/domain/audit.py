"""Who did what to which export, user, course, group or token, by which token, from where: the rows of the audit log."""

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
    LIST = "list"  # exports of all contexts were listed; the subject is the filter
    EXPLAIN = "explain"  # an operator read everything about an export
    PUT_USER = "put_user"  # added or changed; the subject has the id and the names of the fields
    PUT_COURSE = "put_course"
    PUT_GROUP = "put_group"
    DELETE_USER = "delete_user"
    DELETE_COURSE = "delete_course"
    DELETE_GROUP = "delete_group"
    ENROLL = "enroll"  # a role in a course was given, concluded or deleted
    LOAD = "load"  # a package or a folder was loaded
    ISSUE = "issue_token"
    REVOKE = "revoke_token"
    PUT_SERVICE = "put_service"  # an internal service was added, or has other rights
    DELETE_SERVICE = "delete_service"
    CREATE_WEBHOOK = "create_webhook"  # the subject has its number and its host
    ROTATE_WEBHOOK = "rotate_webhook"  # it has a new secret
    ENABLE_WEBHOOK = "enable_webhook"
    DISABLE_WEBHOOK = "disable_webhook"  # by the system, after its receiver failed
    DELETE_WEBHOOK = "delete_webhook"
    TEST_WEBHOOK = "test_webhook"
    REDELIVER = "redeliver"  # a delivery of a webhook is sent again
    REQUEUE = "requeue"  # an operator had an export sent again, or took it from its worker
    PAUSE = "pause"  # the subject is whose exports: type:zip, owner:7, courses/42
    RESUME = "resume"
    QUARANTINE = "quarantine"  # by an operator, or by the system, after exports of the context ended workers
    END_QUARANTINE = "end_quarantine"
    DRAIN = "drain"  # the worker that the subject names takes no more exports
    END_DRAIN = "end_drain"
    REPLAY_DEAD = "replay_dead_letters"  # the subject has their ids
    DROP_DEAD = "drop_dead_letters"


class Actor(Struct, frozen=True):
    """Who does it; the system itself has no fields."""

    user_id: int | None = None
    real_user_id: int | None = None  # who acts as `user_id`; None: that user itself
    token: str | None = None  # the name of the token, such as token:12, jwt:5, link or database; never itself
    address: str | None = None  # of the client
    request_id: str | None = None


SYSTEM = Actor()
OPERATOR = Actor(None, None, "database")  # of a command that opened the database itself


class AuditEntry(Struct, frozen=True):
    """One row of the log."""

    at: datetime
    action: str  # an Action, or one of a later version
    actor: Actor
    export_id: int | None = None
    subject: str | None = None  # what else it is about: a member's path, file:<id>, retry_of:<id>, user:<id>


class AuditFilter(Struct, frozen=True):
    """Which rows are read: those that meet all that is not None."""

    export_id: int | None = None
    user_id: int | None = None  # who did it, or the user on whose behalf it was done
    since: datetime | None = None
    before_id: int | None = None  # rows that are older than this one, for the next page
