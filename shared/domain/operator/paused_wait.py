"""Why an export waits, whatever its turn is, as its callers read it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.domain.error_codes import ErrorCode


class PausedWait(Struct, frozen=True):
    """Why an export waits, whatever its turn is."""

    quarantine: bool
    reason: str
    since: datetime

    @property
    def code(self) -> ErrorCode:
        """Stable, as those of errors."""
        return ErrorCode.QUARANTINED if self.quarantine else ErrorCode.PAUSED

    @property
    def message(self) -> str:
        """A sentence for the caller, with the reason of the operator."""
        return f"{self.code.sentence} {self.reason}"
