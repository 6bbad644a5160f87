"""One tree of errors; each leaf says what a client reads and what the worker does next."""

from __future__ import annotations

from shared.domain.error_codes import ErrorCode


class ExportError(Exception):
    """Anything that ends or delays an export. `code` is stable, `retry` says whether another attempt may help."""

    code: ErrorCode = ErrorCode.EXPORT_FAILED
    retry = False

    def __init__(self, message: str = "", *, item: str | None = None, detail: str = "") -> None:
        """Keep the sentence that a client reads, the item it is about, and the detail that only the log gets.

        A detail may name hosts, paths, keys and queries: it is what a library said.
        """
        super().__init__(message or self.code.sentence)
        self.item = item
        self.detail = detail


class StoreUnavailable(ExportError):
    """Raised by an object store; another attempt may help."""

    code, retry = ErrorCode.STORE_UNAVAILABLE, True


class StoreFull(StoreUnavailable):
    """Raised by an object store without space; another attempt may help, once it has some."""

    code = ErrorCode.STORE_FULL


class DatabaseUnavailable(ExportError):
    """Raised where the database is reached; another attempt may help."""

    code, retry = ErrorCode.DATABASE_UNAVAILABLE, True


class LockUnavailable(DatabaseUnavailable):
    """Raised where another transaction holds a lock for too long; another attempt may help."""

    code = ErrorCode.DATABASE_LOCKED


class BrokerUnavailable(ExportError):
    """Raised where the broker is reached; another attempt may help."""

    code, retry = ErrorCode.BROKER_UNAVAILABLE, True


class MailUnavailable(ExportError):
    """Raised where mail is sent; the same mail may be taken later."""

    code, retry = ErrorCode.MAIL_UNAVAILABLE, True


class MailServerAway(MailUnavailable):
    """Raised where mail is sent: no connection to the server could be made, so that it has not seen the mail."""

    code = ErrorCode.MAIL_SERVER_AWAY


class MailMisconfigured(MailUnavailable):
    """Raised where mail is sent: no mail is taken until an operator mends the settings, or the server."""

    code = ErrorCode.MAIL_MISCONFIGURED


class MailRefused(ExportError):
    """Ends the delivery of a mail; the message has the server's sentence."""

    code = ErrorCode.MAIL_REFUSED


class KeysUnavailable(ExportError):
    """Raised where tokens of an identity provider are checked; another attempt may help."""

    code, retry = ErrorCode.KEYS_UNAVAILABLE, True


class TokenInvalid(ExportError):
    """A JSON Web Token of another issuer, or one that is malformed."""

    code = ErrorCode.TOKEN_INVALID


class TokenExpired(TokenInvalid):
    """Refuses a request with a token that is too old."""

    code = ErrorCode.TOKEN_EXPIRED

    def __init__(self, expired_at: int) -> None:
        """Keep when it ended, in seconds since 1970."""
        super().__init__()
        self.expired_at = expired_at


class ObjectMissing(ExportError):
    """Costs the object whose bytes they are; the export goes on."""

    code = ErrorCode.OBJECT_MISSING


class Fenced(ExportError):
    """Ends an attempt that works on an export which is not its own any more."""

    code = ErrorCode.FENCED


class ContentReplaced(ExportError):
    """Ends an attempt that has read content from before and after a load or a sync; another attempt reads it anew."""

    code, retry = ErrorCode.CONTENT_REPLACED, True


class NothingSelected(ExportError):
    """Ends an export that would be empty."""

    code = ErrorCode.NOTHING_SELECTED


class InvalidSelection(ExportError):
    """Refuses a request, or ends an export that was stored with such a selection."""

    code = ErrorCode.INVALID_SELECT


class InvalidOption(ExportError):
    """Refuses a request."""

    code = ErrorCode.INVALID_OPTION


class KeyReused(ExportError):
    """Refuses a request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED


class CommandReused(ExportError):
    """Refuses a command."""

    code = ErrorCode.COMMAND_REUSED


class MalformedMessage(ExportError):
    """Ends the handling of a message that cannot be understood; `item` is the path of the field."""

    code = ErrorCode.MESSAGE_NOT_UNDERSTOOD


class InvalidContent(ExportError):
    """Costs the object; the export or load goes on."""

    code = ErrorCode.INVALID_CONTENT


class HostilePackage(ExportError):
    """Ends a load before anything is stored."""

    code = ErrorCode.HOSTILE_PACKAGE


class UnreadablePackage(ExportError):
    """Ends a load before anything is stored."""

    code = ErrorCode.UNREADABLE_PACKAGE


class DamagedFile(ExportError):
    """Costs the file; the export goes on, or begins again without it."""

    code = ErrorCode.DAMAGED_FILE

    def __init__(self, message: str = "", *, item: str | None = None, sha256: str = "") -> None:
        """Keep the address of the bytes too, so that the next try can leave them out from the start."""
        super().__init__(message, item=item)
        self.sha256 = sha256


class DuplicatePath(ExportError):
    """Costs the second member; the first one stays."""

    code = ErrorCode.DUPLICATE_PATH


class UnsafePath(ExportError):
    """Costs the member; the export goes on."""

    code = ErrorCode.UNSAFE_PATH


def in_full(error: BaseException) -> str:
    """An error with all its details, for logs and operators; never for a client."""
    detail = error.detail if isinstance(error, ExportError) else ""
    return f"{error} ({detail})" if detail else str(error) or type(error).__name__
