"""Unknown keys and objects in the `select` of an export, before its package is begun."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shared.domain.errors import NothingSelected
from shared.domain.kinds import Kind, local_id
from shared.domain.selection import Select
from shared.domain.selection_warnings import selection_warnings
from shared.formats.packing import Packing


def check_selection(packing: Packing, select: Select, selectable: Collection[Kind] | None) -> None:
    """Warn of unknown keys and of objects that do not exist. `selectable` are the kinds of the export type.

    Raises NothingSelected when the selection names no object of these kinds that exists, and nothing by a flag.
    """
    if select.everything:
        return
    existing = set(_existing(packing, select))
    missing = [(kind, token) for kind, token in select.named if (kind, token) not in existing]
    packing.report.warnings.extend(selection_warnings(select.unknown, missing))
    if not select.flags and not any(selectable is None or kind in selectable for kind, _ in existing):
        raise NothingSelected("Nothing that was selected exists.")


def _existing(packing: Packing, select: Select) -> Iterator[tuple[Kind, int | str]]:
    """The (kind, id or identifier) pairs of the selection that name an object. Each kind is read once."""
    for kind, tokens in select.chosen.items():
        for ref_kind in _kinds_selected_by(kind):
            for ref in packing.course.refs(ref_kind):
                names: tuple[int | str, ...] = (local_id(ref.id), *packing.keys.names(ref_kind, ref.id))
                yield from ((kind, name) for name in names if tokens.get(name))


def _kinds_selected_by(kind: Kind) -> tuple[Kind, ...]:
    """The kinds whose objects an entry of this kind selects: an announcement is a discussion topic too."""
    return (kind, Kind.ANNOUNCEMENTS) if kind is Kind.DISCUSSION_TOPICS else (kind,)
