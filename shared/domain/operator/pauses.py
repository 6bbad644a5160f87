"""What is paused: all exports of a type, of an owner, or of a context; and contexts in quarantine."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.domain.export import Context, ExportType


class PauseTarget(Struct, frozen=True):
    """Whose exports: exactly one is not None."""

    export_type: ExportType | None = None
    user_id: int | None = None  # the owner
    context: Context | None = None

    @property
    def name(self) -> str:
        """For people, and for the audit log: type:zip, owner:7, courses/42."""
        if self.export_type is not None:
            return f"type:{self.export_type}"
        return f"owner:{self.user_id}" if self.context is None else self.context.path


class Pause(Struct, frozen=True):
    """Exports of the target are created and wait. `id` is None for a pause that a dry run would add."""

    id: int | None
    target: PauseTarget
    quarantine: bool  # because exports of this context end their workers
    reason: str
    paused_by: int | None  # the site admin; None: the system
    paused_at: datetime
