"""What ends a command early: each says its reason in one sentence."""

from __future__ import annotations


class CommandError(Exception):
    """The command did not do what it was asked for; the message is for a person. Exit code 1."""


class Refused(CommandError):
    """The server understood, and said no."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the HTTP status for those who act upon it."""
        super().__init__(f"the server refused: {message} (HTTP {status})")
        self.status = status


class Unreachable(CommandError):
    """The server did not answer, or the connection broke, again and again."""


class ExportFailed(CommandError):
    """The export ended as `failed`."""


class Corrupt(CommandError):
    """What was downloaded is not what the server has."""
