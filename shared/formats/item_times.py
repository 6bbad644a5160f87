"""The times of an object, wherever they stand in it: those that are no moment are found and left out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from shared.formats import times

# Names of REST: moments end in _at, these are days. `default_due_time` is a time of day, which is no moment.
_DAYS = ("todo_date", "all_day_date", "start_date", "end_date")


class ImpossibleTime(NamedTuple):
    """A text that should be a time, and its place in the object: `due_at`, `overrides[0].due_at`."""

    place: str
    text: str

    @property
    def message(self) -> str:
        """The sentence of the warning."""
        return f"{self.place} was left out: {self.text!r} is no time."


def impossible_times(item: msgspec.Struct) -> list[ImpossibleTime]:
    """Every time of an object, and of the parts inside it, that is not a valid time; blank text counts as absent."""
    return list(_impossible(item, ""))


def without_impossible_times(item: Any) -> Any:
    """The object with those times left out; the same object where it has none."""
    changes: dict[str, Any] = {}
    struct: type[msgspec.Struct] = type(item)
    for name, is_time in _fields(struct):
        value = getattr(item, name)
        if value is None:
            continue
        if is_time:
            if _is_impossible(value):
                changes[name] = None
        elif (cleaned := _cleaned(value)) is not value:
            changes[name] = cleaned
    return msgspec.structs.replace(item, **changes) if changes else item


def _cleaned(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return without_impossible_times(value)
    if not isinstance(value, list):
        return value
    cleaned = [_cleaned(entry) for entry in value]
    return cleaned if any(new is not old for new, old in zip(cleaned, value, strict=True)) else value


def _impossible(item: msgspec.Struct, place: str) -> Iterator[ImpossibleTime]:
    for name, is_time in _fields(type(item)):
        value = getattr(item, name)
        if is_time:
            if _is_impossible(value):
                yield ImpossibleTime(f"{place}{name}", value)
            continue
        for number, part in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(part, msgspec.Struct):
                where = f"{place}{name}[{number}]." if isinstance(value, list) else f"{place}{name}."
                yield from _impossible(part, where)


def _is_impossible(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and times.parse(value) is None


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields of a class that are times, and those of parts that have some: (name, whether it is a time)."""
    fields = []
    for field in msgspec.structs.fields(struct):
        if _is_time(field):
            fields.append((field.name, True))
        elif any(_has_times(part, (struct,)) for part in _parts(field.type)):
            fields.append((field.name, False))
    return tuple(fields)


def _is_time(field: msgspec.structs.FieldInfo) -> bool:
    return (field.name.endswith("_at") or field.name in _DAYS) and str in getattr(field.type, "__args__", ())


def _has_times(struct: type[msgspec.Struct], above: tuple[type[msgspec.Struct], ...]) -> bool:
    if struct in above:  # an assignment has checkpoints, which are assignments
        return any(map(_is_time, msgspec.structs.fields(struct)))
    fields = msgspec.structs.fields(struct)
    return any(_is_time(field) or any(_has_times(p, (*above, struct)) for p in _parts(field.type)) for field in fields)


def _parts(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """The classes of parts in the type of a field: `list[AssignmentOverride] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _parts(inner)
