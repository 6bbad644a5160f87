"""Errors that end a command with exit code 1; the message of each is a sentence for people."""

from __future__ import annotations


class CommandError(Exception):
    """The command failed; the message gives the reason. `details` are fields of the JSON document of --json."""

    exit_code = 1

    def __init__(self, message: str, **details: object) -> None:
        """Keep the sentence and the fields."""
        super().__init__(message)
        self.details = details


class Refused(CommandError):
    """The server responded with an error."""

    def __init__(self, status: int, message: str, code: str = "", parameter: str = "") -> None:
        """`status` is the HTTP status, which decides whether a retry makes sense; `code` and `parameter` may be empty."""
        super().__init__(f"the server refused: {message} (HTTP {status})", status=status)
        self.status = status
        self.reason, self.code, self.parameter = message, code, parameter


class Unreachable(CommandError):
    """The server did not respond, or the connection broke, at every try."""


class ExportFailed(CommandError):
    """The export ended as `failed`."""


class Corrupt(CommandError):
    """The downloaded bytes are not those of the package on the server."""


class Unwritable(CommandError):
    """The package cannot be written where the options say."""


class Interrupted(CommandError):
    """Ctrl-C, after the export was requested."""

    exit_code = 130  # 128 + SIGINT, as shells give it


class InvalidSetting(CommandError):
    """A setting is wrong: the message begins with its name."""

    exit_code = 78  # EX_CONFIG of sysexits.h
