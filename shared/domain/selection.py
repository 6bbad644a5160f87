"""What a request selected, and what that brings along (Canvas: its content exports API)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from msgspec import Struct

from shared.domain.errors import InvalidSelection
from shared.domain.kinds import Kind, asset_name, kind_of, local_id, table_name

_TRUE = frozenset({"yes", "y", "true", "t", "on", "1"})
_FALSE = frozenset({"no", "n", "false", "f", "off", "0", ""})

# Words of `select` that name no kind of object but are flags or scalars of their own.
_SYLLABUS = "syllabus_body"
_EVERYTHING = "everything"
_FLAGS_OF_THE_COURSE = frozenset({_SYLLABUS, "all_syllabus_body", "all_course_settings", "all_blueprint_settings"})


def truth(value: Any) -> bool:
    """Canvas's boolean words, in any case; other values are compared as a whole number with zero."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    try:
        return int(word) != 0
    except ValueError:
        return False


class Select(Struct, frozen=True):
    """A `select` parameter that was read: everything, or flags (`all_quizzes`) and objects by kind.

    An object is named by its id, local or global, or by an identifier of a package (its `migration_id` or the key that
    Canvas computes). `unknown` are the keys that name nothing that a course can have.
    """

    everything: bool = True
    flags: frozenset[str] = frozenset()
    chosen: Mapping[Kind, Mapping[int | str, bool]] = {}
    unknown: tuple[str, ...] = ()

    @property
    def named(self) -> list[tuple[Kind, int | str]]:
        """(kind, id or identifier) of every object that the request names, in its order."""
        return [(kind, token) for kind, tokens in self.chosen.items() for token, selected in tokens.items() if selected]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a Select names, and the objects that it brings along, each with the reason. It never changes."""

    everything: bool = True
    flags: frozenset[str] = frozenset()
    chosen: Mapping[Kind, Mapping[int | str, bool]] = field(default_factory=lambda: MappingProxyType({}))
    because: Mapping[tuple[Kind, int], str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, select: Select) -> Self:
        """The selection of what was requested, and of nothing else."""
        return cls(select.everything, select.flags, MappingProxyType(select.chosen))

    def completed(self, because: Mapping[tuple[Kind, int], str]) -> Self:
        """The selection with these objects brought along, instead of any others."""
        return replace(self, because=MappingProxyType(dict(because)))

    def flag(self, name: str) -> bool:
        """Whether a whole-course flag holds: `course_settings`, `syllabus_body`, `blueprint_settings`, ..."""
        return self.everything or name in self.flags or f"all_{name}" in self.flags

    def selected(self, kind: Kind, object_id: int, *identifiers: str | None) -> bool:
        """Whether this object goes into the package: it was requested, or is brought along."""
        return (kind, object_id) in self.because or self.requested(kind, object_id, *identifiers)

    def requested(self, kind: Kind, object_id: int, *identifiers: str | None) -> bool:
        """Whether the request selects this object itself.

        `all_assignments` covers assignment groups; an announcement is also selected by its entry under
        discussion_topics, never by all_discussion_topics.
        """
        if self.everything or f"all_{table_name(kind)}" in self.flags or f"all_{kind}" in self.flags:
            return True
        if kind is Kind.ASSIGNMENT_GROUPS and "all_assignments" in self.flags:
            return True
        if self._named(kind, object_id, identifiers):
            return True
        return kind is Kind.ANNOUNCEMENTS and self._named(Kind.DISCUSSION_TOPICS, object_id, identifiers)

    def _named(self, kind: Kind, object_id: int, identifiers: tuple[str | None, ...]) -> bool:
        entries = self.chosen.get(kind, {})
        return entries.get(local_id(object_id), False) or any(entries.get(i, False) for i in identifiers if i)


def read_select(data: Any) -> Selection:
    """A `select` parameter or its stored form as a Selection; None and {} mean everything. Raises InvalidSelection."""
    return Selection.of(parse_select(data))


def parse_select(data: Any) -> Select:
    """A `select` parameter or its stored form as a Select; None and {} mean everything.

    Raises InvalidSelection, naming the key, for a value that is no hash. Unknown ids are kept and match nothing.
    """
    if data is None or data == {}:
        return Select()
    if not isinstance(data, dict):
        raise InvalidSelection("select must be a hash of types, such as select[pages][]=1")
    flags: set[str] = set()
    chosen: dict[Kind, dict[int | str, bool]] = {}
    unknown: list[str] = []
    for key, value in data.items():
        name, many = str(key), isinstance(value, (dict, list, tuple))
        kind = kind_of(name)
        if not many and _is_flag(name):
            flags.update([_normal_flag(name)] if truth(value) else ())
            continue
        if kind is None:
            unknown.extend([name] if name != _EVERYTHING else ())
            continue
        if value is not None:
            chosen.setdefault(kind, {}).update(_entries(kind, name, value if many else [value]))
    return Select(truth(data.get(_EVERYTHING, False)), frozenset(flags), chosen, tuple(unknown))


def _is_flag(name: str) -> bool:
    of_a_kind = name.startswith("all_") and kind_of(name.removeprefix("all_")) is not None
    return of_a_kind or name in _FLAGS_OF_THE_COURSE


def _normal_flag(name: str) -> str:
    kind = kind_of(name.removeprefix("all_"))
    return f"all_{table_name(kind)}" if name.startswith("all_") and kind is not None else name


def _entries(kind: Kind, name: str, value: Mapping[Any, Any] | list[Any] | tuple[Any, ...]) -> dict[int | str, bool]:
    entries: dict[int | str, bool] = {}
    if isinstance(value, dict):
        for token, flag in value.items():
            entries[_token(kind, token)] = truth(flag)
        return entries
    for token in value:
        if isinstance(token, (dict, list, tuple)):
            raise InvalidSelection(f"select[{name}] must be a list of ids", item=name)
        entries[_token(kind, token)] = True
    return entries


def _token(kind: Kind, token: Any) -> int | str:
    """An id from `5`, "5" or "wiki_page_5"; any other text is an identifier."""
    text = str(token).strip()
    prefix = f"{asset_name(kind)}_"
    bare = text.removeprefix(prefix)
    return local_id(int(bare)) if bare.isdecimal() and bare.isascii() and len(bare) <= 19 else text
