"""What a request may say about the form of its package, besides what goes into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.errors import InvalidOption
from shared.domain.export import ExportType
from shared.domain.selection import truth

SMALLEST_PART = 1_000_000  # bytes


class Target(StrEnum):
    """Whose reader a package of quizzes is written for."""

    CANVAS = "canvas"  # as Canvas itself writes it
    GENERIC = "generic"  # by the letter of the format, for other systems


_TARGETS = (None, "", *Target)
_VERSIONS: dict[ExportType, tuple[str, ...]] = {  # the first is the one that is written unless another is asked for
    ExportType.COMMON_CARTRIDGE: ("1.1", "1.3"),
    ExportType.QTI: ("1.2", "2.1"),
    ExportType.ZIP: ("",),
}


@dataclass(frozen=True, slots=True)
class PackageOptions:
    """The options of one export. `version` is that of the format; target and banks are of packages of quizzes."""

    version: str
    target: Target = Target.CANVAS
    include_banks: bool = False
    include_report: bool = False  # whether the package has the export's report as a member
    max_part_size: int | None = None  # bytes of each zip, where a zip export is to be split


def read_options(parameters: Mapping[str, Any], export_type: ExportType) -> dict[str, Any]:
    """The options among the parameters of a request, as they are stored: only those that differ from the default.

    A version that an export type does not have is passed over, as Canvas does. Raises InvalidOption for a target that
    does not exist, and for a size of parts that is none.
    """
    target = parameters.get("target")
    if target not in _TARGETS:
        raise InvalidOption("target must be canvas or generic", item="target")
    stored: dict[str, Any] = {}
    version = str(parameters.get("version") or "")
    if version in _VERSIONS[export_type][1:]:
        stored["version"] = version
    if export_type is ExportType.ZIP and parameters.get("max_part_size") not in (None, ""):
        stored["max_part_size"] = _part_size(parameters["max_part_size"])
    if truth(parameters.get("include_report")):
        stored["include_report"] = True
    if export_type is ExportType.QTI:
        if target == Target.GENERIC:
            stored["target"] = Target.GENERIC.value
        if truth(parameters.get("include_banks")):
            stored["include_banks"] = True
    return stored


def options_of(settings: Mapping[str, Any], export_type: ExportType) -> PackageOptions:
    """The options of an export from what was stored of its request."""
    return PackageOptions(
        version=str(settings.get("version") or _VERSIONS[export_type][0]),
        target=Target(settings.get("target") or Target.CANVAS),
        include_banks=bool(settings.get("include_banks")),
        include_report=bool(settings.get("include_report")),
        max_part_size=settings.get("max_part_size"),
    )


def _part_size(wanted: Any) -> int:
    text = "" if isinstance(wanted, bool) else str(wanted)
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= SMALLEST_PART):
        message = f"max_part_size must be a whole number of bytes, {SMALLEST_PART} at least"
        raise InvalidOption(message, item="max_part_size")
    return int(text)
