"""Edits of content objects, one field at a time, derived from the types of the fields."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec.structs import replace

Path = tuple[str, ...]

_TEXTS = (
    "unpublished",
    "one",
    "2031-05-06T07:08:09Z",
    "2031-05-06",
)  # values that may be valid for a text with few valid values


def paths(struct: type, seen: tuple[type, ...] = ()) -> Iterator[Path]:
    """The fields of a struct, and those of the structs in them: `("rubric_settings", "hide_points")`."""
    hints = _hints(struct)
    for field in msgspec.structs.fields(struct):
        yield (field.name,)
        for part in _structs(hints[field.name]):
            if part not in (*seen, struct):
                yield from ((field.name, *rest) for rest in paths(part, (*seen, struct)))


def edits(item: Any, path: Path) -> Iterator[Any]:
    """Copies of the object with the field at a path changed, each in another way; none if its parent is missing."""
    name, *rest = path
    value = getattr(item, name)
    hint = _hints(type(item))[name]
    if not rest:
        edited = (replace(item, **{name: other}) for other in _others(hint, value) if other != value)
    else:
        edited = (replace(item, **{name: inside}) for inside in _inside(value, tuple(rest)))
    yield from edited


_hints = cache(typing.get_type_hints)  # of a struct, by the names of its fields


def _inside(value: Any, path: Path) -> Iterator[Any]:
    """Copies of a struct, or of a list or map of structs, with a field of one struct changed."""
    if isinstance(value, msgspec.Struct):
        yield from edits(value, path)
    elif isinstance(value, list):
        of_parts = [
            [[*value[:n], other, *value[n + 1 :]] for other in edits(part, path)] for n, part in enumerate(value)
        ]
        yield from _in_turn(of_parts)
    elif isinstance(value, dict):
        yield from _in_turn([[{**value, name: other} for other in edits(part, path)] for name, part in value.items()])


def _in_turn(several: list[list[Any]]) -> Iterator[Any]:
    """The first of each list, then the second of each, and so on."""
    for turn in zip_longest(*several):
        yield from (one for one in turn if one is not None)


def _others(hint: Any, value: Any) -> Iterator[Any]:
    """Other values of a type, first those that most likely change a package."""
    for kind in _alternatives(hint):
        origin = typing.get_origin(kind) or kind
        if origin is bool:
            yield not value
        elif origin in (int, float):
            number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
            yield from (number + 1, number + 2, -5, 1, 2)
        elif origin is str:
            yield from (f"{value or ''} edited", *_TEXTS)
        elif origin is list:
            yield from _lists(kind, value or [])
        elif origin is dict:
            of = typing.get_args(kind)[1]
            yield {**(value or {}), "edited": _one(of)}
            yield {name: _one(of) for name in value or {}}
        elif isinstance(origin, type) and issubclass(origin, msgspec.Struct):
            yield _one(origin)
        elif origin is Any:
            yield {"edited": "1"}
    if value is not None and type(None) in _alternatives(hint):
        yield None


def _lists(kind: Any, value: list[Any]) -> Iterator[list[Any]]:
    (of,) = typing.get_args(kind)
    yield [*value, _one(of)]
    if value:
        yield value[:-1]


def _one(hint: Any) -> Any:
    """A value of a type."""
    kind = _alternatives(hint)[0]
    origin = typing.get_origin(kind) or kind
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        required = [field for field in msgspec.structs.fields(origin) if field.required]
        hints = _hints(origin)
        return origin(**{field.name: _one(hints[field.name]) for field in required})
    simple = {bool: True, int: 1, float: 1.5, str: "edited", list: [], dict: {}}
    return simple.get(origin, {"edited": "1"})


def _alternatives(hint: Any) -> list[Any]:
    """The members of a union, None last; any other type alone."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return sorted(typing.get_args(hint), key=lambda one: one is type(None))
    return [hint]


def _structs(hint: Any) -> Iterator[type]:
    """The structs in a type."""
    for kind in (*_alternatives(hint), *typing.get_args(hint)):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield kind
        elif typing.get_args(kind) and kind is not hint:
            yield from _structs(kind)
