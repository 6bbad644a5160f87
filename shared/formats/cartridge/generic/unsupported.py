"""What a Common Cartridge without Canvas's documents has no place for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.packing import Packing

# Canvas has documents of its own for these kinds. Question banks are in the quizzes that draw from them, rubrics in the
# assignments that use them.
_KINDS = (
    *(Kind.ASSIGNMENT_GROUPS, Kind.QUESTION_BANKS, Kind.CALENDAR_EVENTS, Kind.LEARNING_OUTCOMES, Kind.RUBRICS),
    *(Kind.GRADING_STANDARDS, Kind.LATE_POLICIES, Kind.COURSE_PACES, Kind.EXTERNAL_FEEDS, Kind.NAV_MENU_LINKS),
    *(Kind.LTI_RESOURCE_LINKS, Kind.TOOL_PROFILES),
)
_MODULE = ("unlock_at", "prerequisite_module_ids", "require_sequential_progress", "requirement_type")
_FILE = ("hidden", "lock_at", "unlock_at", "usage_rights")
# The values of a field that is not set.
_UNSET: tuple[Any, ...] = (None, False, "", [], "points")


def warn_of_kinds(packing: Packing) -> None:
    """One warning for each kind of selected objects that is not in the package as such, and for the course's settings."""
    counts = Counter(ref.kind for ref in packing.course.refs(*_KINDS) if packing.selected(ref.kind, ref.id))
    for kind in _KINDS:
        if counts[kind]:
            sentence = (
                f"The format has no place for {kind.replace('_', ' ')} of their own: {counts[kind]} are left out."
            )
            packing.report.warn(WarningCode.KIND_NOT_EXPRESSED, sentence, kind=kind)
    if packing.selection.flag("course_settings"):
        sentence = "The format has no place for the settings of the course."
        packing.report.warn(WarningCode.SETTINGS_NOT_EXPRESSED, sentence, kind=Kind.COURSES)
    closed = sum(
        any(getattr(file, name) for name in _FILE)
        for file in packing.course.each(Kind.FILES)
        if packing.selected(Kind.FILES, file.id)
    )
    if closed:
        sentence = f"The format has no place for hiding, dates and usage rights of files; {closed} have some."
        packing.report.warn(WarningCode.SETTINGS_NOT_EXPRESSED, sentence, kind=Kind.FILES)


def warn_of_module(packing: Packing, module: Any, items: Iterable[Any]) -> None:
    """One warning that names the rules of a module and of its items."""
    extra = ["completion_requirement"] if any(item.completion_requirement for item in items) else []
    warn_of_fields(packing, Kind.MODULES, module, _MODULE, extra)


def warn_of_fields(packing: Packing, kind: Kind, item: Any, names: Iterable[str], extra: Iterable[str] = ()) -> None:
    """One warning that names those of an object's fields that are set."""
    unsupported = [*(name for name in names if getattr(item, name, None) not in _UNSET), *extra]
    if unsupported:
        sentence = f"The format has no place for: {', '.join(unsupported)}."
        packing.report.warn(
            WarningCode.SETTINGS_NOT_EXPRESSED,
            sentence,
            kind=kind,
            item_id=item.id,
            title=item.label,
            place=unsupported[0],
        )
