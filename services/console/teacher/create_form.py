"""The form of a new export, and its request to the API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from services.console.teacher.export_types import areas_of
from shared.domain.kinds import Kind

_FIELD = re.compile(r"select\[([^\[\]]+)\](?:\[([^\[\]]+)\])?")
_FLAGS = ("include_index", "include_report", "include_banks", "skip_notifications")
_HOLDER_AREAS = {Kind.FOLDERS.value: "attachments", Kind.ASSIGNMENT_GROUPS.value: "assignments"}
_ALL = "all_"
EVERYTHING, CHOSEN = "everything", "chosen"


class NewExport(Struct, frozen=True, kw_only=True):
    """What the form says. `selected` are names of its boxes as content_list gives them: `select[quizzes][quizzes:quiz_7]`."""

    export_type: str = "common_cartridge"
    version: str = ""
    target: str = "canvas"
    scope: str = EVERYTHING
    selected: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    @property
    def selects_nothing(self) -> bool:
        """Whether only chosen objects are asked for, and none of this type is."""
        return self.scope == CHOSEN and not select_of(self.selected, self.export_type)


def read_form(fields: Iterable[tuple[str, str]]) -> NewExport:
    """What a form says: version and target are those of its type (`version-qti`)."""
    pairs = list(fields)
    values = dict(pairs)
    export_type = values.get("export_type", "common_cartridge")
    return NewExport(
        export_type=export_type,
        version=values.get(f"version-{export_type}", ""),
        target=values.get(f"target-{export_type}", ""),
        scope=CHOSEN if values.get("scope") == CHOSEN else EVERYTHING,
        selected=frozenset(name for name, value in pairs if value and _FIELD.fullmatch(name)),
        flags=frozenset(flag for flag in _FLAGS if values.get(flag)),
    )


def create_request(new: NewExport) -> dict[str, Any]:
    """The JSON body of the request. An identical export that waits or runs is joined: a form may be sent twice."""
    body: dict[str, Any] = {"export_type": new.export_type, "coalesce": True}
    body |= {name: value for name, value in (("version", new.version), ("target", new.target)) if value}
    if new.scope == CHOSEN:
        body["select"] = select_of(new.selected, new.export_type)
    return body | dict.fromkeys(sorted(new.flags), True)


def select_of(names: Iterable[str], export_type: str) -> dict[str, Any]:
    """The `select` of these boxes; those of areas that the type does not take are left out, as the form hides them."""
    areas, select = areas_of(export_type), dict[str, Any]()
    for name in sorted(names):
        if (field := _FIELD.fullmatch(name)) is None:
            continue
        key, asset = field.groups()
        if areas and area_of(key) not in areas:
            continue
        if asset is None:
            select[key] = True
        else:
            select.setdefault(key, {})[asset] = True
    return select


def area_of(key: str) -> str:
    """The area of a key of `select`: `quizzes` of `all_quizzes`; folders stand among files."""
    name = key.removeprefix(_ALL)
    return _HOLDER_AREAS.get(name, name)
