"""The codes of all errors that end or delay an export, each with its sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class ErrorCode(StrEnum):
    """Why an export ended, or waits. A code is stable: callers distinguish errors by it."""

    sentence: str  # for a person, where the error has no words of its own

    def __new__(cls, code: str, sentence: str) -> Self:
        """A member is its code; the sentence is an attribute."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member

    EXPORT_FAILED = "export_failed", "The export could not be built."
    STORE_UNAVAILABLE = "store_unavailable", "The object store did not answer within its deadline."
    STORE_FULL = "store_full", "The object store is full, or its quota is used up."
    DATABASE_UNAVAILABLE = "database_unavailable", "The database did not answer within its deadline."
    DATABASE_LOCKED = "database_locked", "Another change of the same course, group or user takes too long."
    BROKER_UNAVAILABLE = "broker_unavailable", "The message broker did not answer within its deadline."
    MAIL_UNAVAILABLE = "mail_unavailable", "The mail server did not take the mail now."
    MAIL_SERVER_AWAY = "mail_server_away", "The mail server could not be reached."
    MAIL_MISCONFIGURED = "mail_misconfigured", "The mail server refuses this system: its login, sender or encryption."
    MAIL_REFUSED = "mail_refused", "The mail server does not take mail to this address."
    KEYS_UNAVAILABLE = "keys_unavailable", "The identity provider's keys cannot be had."
    TOKEN_INVALID = "token_invalid", "The token was not made by the identity provider for this service."
    TOKEN_EXPIRED = "token_expired", "The token was good once."
    OBJECT_MISSING = "object_missing", "The object store has no object under this key."
    FENCED = "fenced", "The export is no longer this attempt's: it was cancelled, or another attempt has taken it over."
    CONTENT_REPLACED = "content_replaced", "The content was replaced while it was being packed."
    NOTHING_SELECTED = "nothing_selected", "The selection names nothing that this export type can pack."
    INVALID_SELECT = "invalid_select", "The `select` parameter does not have one of the documented shapes."
    INVALID_OPTION = "invalid_option", "An option of a request has none of the values that it may have."
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        "The Idempotency-Key was used for another request within the last 24 hours.",
    )
    COMMAND_REUSED = (
        "command_reused",
        "A command with this source and id was sent before, and asked for something else.",
    )
    MESSAGE_NOT_UNDERSTOOD = "message_not_understood", "A message is not a CloudEvent of a known type."
    INVALID_CONTENT = "invalid_content", "An object does not have the shape of its kind in the Canvas REST API."
    HOSTILE_PACKAGE = (
        "hostile_package",
        "The package was refused before anything of it was written: it breaks a limit or a safety rule.",
    )
    UNREADABLE_PACKAGE = "unreadable_package", "The package is not a zip, or has no manifest that can be read."
    DAMAGED_FILE = (
        "damaged_file",
        "The stored bytes of a file are not the ones that were recorded: their size or checksum differs.",
    )
    DUPLICATE_PATH = "duplicate_path", "A package already has a member under this path."
    UNSAFE_PATH = "unsafe_path", "A member's path leaves the package, or cannot be written into a zip."
    VERIFICATION_FAILED = "verification_failed", "What lies in the store is not the package that was written."
    INTERNAL_ERROR = "internal_error", "The export failed because of a fault in this service; the log has the details."
    CANCELLED = "cancelled", "The export was cancelled."
    FAILED_BY_ADMIN = "failed_by_admin", "An administrator ended the export."
    PAUSED = "paused", "Exports of this type, owner or context are paused by an operator; this one waits."
    QUARANTINED = (
        "quarantined",
        "Exports of this context have ended the workers that built them; this one waits until an operator has looked.",
    )
    ATTEMPTS_EXHAUSTED = "attempts_exhausted", "The export was tried as often as it may be."
