"""A dry run on the wire: what the gateway asks of a worker's program, and what that answers, both as JSON."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from shared.domain.export import ContextType, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.report import ItemWarning

_MODULES = {ExportType.COMMON_CARTRIDGE: "cartridge", ExportType.QTI: "qti", ExportType.ZIP: "zip"}


def worker_module(export_type: ExportType) -> str:
    """The program that packs this type; with the argument `plan` it reads a PlanRequest and prints a Plan."""
    return f"services.{_MODULES[export_type]}"


class PlanRequest(Struct, frozen=True):
    """An export as it would be asked for. From the gateway, to a worker's program that runs for this alone."""

    context_type: ContextType
    context_id: int
    user_id: int
    export_type: ExportType
    settings: ExportSettings


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
