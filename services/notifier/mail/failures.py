"""What a person can do about an export that has failed, by the code of its error."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.error_codes import ErrorCode

AGAIN = "Request the export again. If it fails again, send the request id below to your administrator."
_LATER = "A part of the system was not available. Request the export again later."
_SELECT = "Request the export again with other content selected."
_CONTENT = "Your administrator can find the object that is at fault by the request id below."

WHAT_TO_DO: Mapping[ErrorCode, str] = {
    ErrorCode.EXPORT_FAILED: AGAIN,
    ErrorCode.INTERNAL_ERROR: AGAIN,
    ErrorCode.ATTEMPTS_EXHAUSTED: AGAIN,
    ErrorCode.VERIFICATION_FAILED: AGAIN,
    ErrorCode.STORE_UNAVAILABLE: _LATER,
    ErrorCode.STORE_FULL: _LATER,
    ErrorCode.DATABASE_UNAVAILABLE: _LATER,
    ErrorCode.DATABASE_LOCKED: _LATER,
    ErrorCode.BROKER_UNAVAILABLE: _LATER,
    ErrorCode.NOTHING_SELECTED: _SELECT,
    ErrorCode.INVALID_SELECT: _SELECT,
    ErrorCode.INVALID_OPTION: _SELECT,
    ErrorCode.OBJECT_MISSING: _CONTENT,
    ErrorCode.INVALID_CONTENT: _CONTENT,
    ErrorCode.DAMAGED_FILE: _CONTENT,
    ErrorCode.DUPLICATE_PATH: _CONTENT,
    ErrorCode.UNSAFE_PATH: _CONTENT,
    ErrorCode.FAILED_BY_ADMIN: "Ask your administrator for the reason.",
}


def code_of(text: str | None) -> ErrorCode:
    """The code of an event; that of a failure without a reason for one that this release does not know."""
    codes = {str(code): code for code in WHAT_TO_DO}
    return codes.get(text or "", ErrorCode.EXPORT_FAILED)


def sentences() -> frozenset[str]:
    """All sentences that a mail can take from here: they are in every catalogue."""
    return frozenset(WHAT_TO_DO.values()) | {code.sentence for code in WHAT_TO_DO}
