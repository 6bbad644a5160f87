"""Bodies of an API that is newer than the console: a value that an enumeration lacks here is kept as the text that it is."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UnsetType

Body = TypeVar("Body")


def decoded(body: bytes, kind: type[Body]) -> Body:
    """The JSON body as a value of this type. Raises msgspec.ValidationError for one that lacks a field, and msgspec.DecodeError.

    Members of enumerations are what the type says where they are known; an unknown one is a `str`, which pages show as it is.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        value: Body = _converted(msgspec.json.decode(body), kind)
        return value


def _converted(value: Any, kind: Any) -> Any:
    """A JSON value as one of this type; unknown values of enumerations stay."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is list and isinstance(value, list):
        return [_converted(each, arguments[0]) for each in value]
    if origin in (Union, UnionType):
        return None if value is None else _converted(value, _only(arguments))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        return _struct(value, kind)
    if isinstance(value, str) and (origin is Literal or (isinstance(kind, type) and issubclass(kind, Enum))):
        return _member(value, kind)
    return msgspec.convert(value, kind)


def _only(alternatives: tuple[Any, ...]) -> Any:
    """What is not null or absent of these: fields of our bodies have one such type, and all others are checked as they are."""
    kinds = [each for each in alternatives if each not in (NoneType, UnsetType)]
    return kinds[0] if len(kinds) == 1 else Union[tuple(alternatives)]  # noqa: UP007 - of types that are values


def _struct(value: dict[str, Any], kind: type[msgspec.Struct]) -> msgspec.Struct:
    fields = msgspec.structs.fields(kind)
    missing = [each.encode_name for each in fields if each.required and each.encode_name not in value]
    if missing:
        raise msgspec.ValidationError(f"{kind.__name__} lacks {', '.join(missing)}")
    return kind(**{
        each.name: _converted(value[each.encode_name], each.type) for each in fields if each.encode_name in value
    })  # fmt: skip


def _member(value: str, kind: Any) -> Any:
    """The member of an enumeration with this value; the value where there is none."""
    if get_origin(kind) is Literal:
        return value
    try:
        return kind(value)
    except ValueError:
        return value
