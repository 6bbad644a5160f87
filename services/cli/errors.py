"""Errors that end a command with exit code 1; the message of each is a sentence for people."""

from __future__ import annotations


class CommandError(Exception):
    """The command failed; the message gives the reason."""


class Refused(CommandError):
    """The server responded with an error."""

    def __init__(self, status: int, message: str) -> None:
        """`status` is the HTTP status, which decides whether a retry makes sense."""
        super().__init__(f"the server refused: {message} (HTTP {status})")
        self.status = status


class Unreachable(CommandError):
    """The server did not respond, or the connection broke, at every try."""


class ExportFailed(CommandError):
    """The export ended as `failed`."""


class Corrupt(CommandError):
    """The downloaded bytes are not those of the package on the server."""
