"""One tree of errors; each leaf says what a client reads and what the worker does next."""

from __future__ import annotations


class ExportError(Exception):
    """Anything that ends or delays an export. `code` is stable, `retry` says whether another attempt may help."""

    code = "export_failed"
    retry = False

    def __init__(self, message: str = "", *, item: str | None = None) -> None:
        """Keep the sentence that a person reads and, where there is one, the item it is about."""
        super().__init__(message or type(self).__doc__ or self.code)
        self.item = item


class StoreUnavailable(ExportError):
    """The object store did not answer within its deadline."""

    code, retry = "store_unavailable", True


class DatabaseUnavailable(ExportError):
    """The database did not answer within its deadline."""

    code, retry = "database_unavailable", True


class BrokerUnavailable(ExportError):
    """The message broker did not answer within its deadline."""

    code, retry = "broker_unavailable", True


class KeysUnavailable(ExportError):
    """The identity provider's keys cannot be had."""

    code, retry = "keys_unavailable", True


class TokenInvalid(ExportError):
    """The token was not made by the identity provider for this service."""

    code = "token_invalid"


class TokenExpired(TokenInvalid):
    """The token was good once."""

    code = "token_expired"

    def __init__(self, expired_at: int) -> None:
        """Keep when it ended, in seconds since 1970."""
        super().__init__()
        self.expired_at = expired_at


class ObjectMissing(ExportError):
    """The object store has no object under this key."""

    code = "object_missing"


class Fenced(ExportError):
    """The export is no longer this attempt's: it was cancelled, or another attempt has taken it over."""

    code = "fenced"


class NothingSelected(ExportError):
    """The selection names nothing that this export type can pack."""

    code = "nothing_selected"


class InvalidSelection(ExportError):
    """The `select` parameter does not have one of the documented shapes."""

    code = "invalid_select"


class InvalidOption(ExportError):
    """An option of a request has none of the values that it may have."""

    code = "invalid_option"


class KeyReused(ExportError):
    """The Idempotency-Key was used for another request within the last 24 hours."""

    code = "idempotency_key_reused"


class InvalidContent(ExportError):
    """An object does not have the shape of its kind in the Canvas REST API."""

    code = "invalid_content"


class HostilePackage(ExportError):
    """The package was refused before anything of it was written: it breaks a limit or a safety rule."""

    code = "hostile_package"


class UnreadablePackage(ExportError):
    """The package is not a zip, or has no manifest that can be read."""

    code = "unreadable_package"


class DamagedFile(ExportError):
    """The stored bytes of a file are not the ones that were recorded: their size or checksum differs."""

    code = "damaged_file"

    def __init__(self, message: str = "", *, item: str | None = None, sha256: str = "") -> None:
        """Keep the address of the bytes too, so that the next try can leave them out from the start."""
        super().__init__(message, item=item)
        self.sha256 = sha256


class DuplicatePath(ExportError):
    """A package already has a member under this path."""

    code = "duplicate_path"


class UnsafePath(ExportError):
    """A member's path leaves the package, or cannot be written into a zip."""

    code = "unsafe_path"
