"""The load of an uploaded package: a job, and what is known of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from shared.domain.audit import Actor
from shared.domain.export import Context, ProgressState


class NewLoad(Struct, frozen=True):
    """A package that was uploaded, and where it is to be loaded; None: into a new course."""

    into: Context | None
    key: str  # of the upload in the object store
    filename: str
    size: int  # bytes
    actor: Actor


class PackageLoad(Struct, frozen=True):
    """A load as it stands in the database."""

    id: int
    progress_id: int
    into: Context | None
    key: str
    filename: str
    size: int
    actor: Actor
    workflow_state: ProgressState
    completion: float  # percent
    attempt: int
    stopped_attempts: int
    created_at: datetime
    updated_at: datetime
    error_code: str | None = None
    error_message: str | None = None
    result: dict[str, Any] | None = None  # once it is completed: the context's id, objects by kind, warnings

    @property
    def tries(self) -> int:
        """Attempts that count against it, the running one among them."""
        return self.attempt - self.stopped_attempts
