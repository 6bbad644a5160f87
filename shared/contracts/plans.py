"""What a dry run answers: the package that an export would make, as a worker plans it."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from shared.domain.export import ExportType
from shared.domain.report import ItemWarning


class Failure(Struct, frozen=True):
    """Why the export would fail."""

    code: str
    message: str


class Plan(Struct, frozen=True, kw_only=True):
    """What the package would hold. Counts are by kind; `bytes` are those of its members before compression."""

    dry_run: bool = True
    export_type: ExportType
    filename: str | None = None
    content_type: str | None = None
    entries: int = 0
    bytes: int = 0
    estimated_seconds: float = 0.0
    expected: dict[str, int] = {}
    packed: dict[str, int] = {}
    skipped: dict[str, int] = {}
    failed: dict[str, int] = {}
    excluded: dict[str, int] = {}
    warnings: list[ItemWarning] = []
    included_because: dict[str, str] = {}
    complete: bool = False
    error: Failure | UnsetType = UNSET  # where the export would end as failed
