"""A frozen dataclass from environment variables: each field by its upper-case name, converted and checked by its type.

A type is `str`, `int`, `float`, `bool`, `tuple[str, ...]` (comma-separated), a Literal, or one of these or None;
`Annotated` adds checks: functions that give the value back or raise ValueError. An empty variable is as good as none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_WORDS = dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True) | dict.fromkeys(
    ("0", "false", "f", "no", "n", "off"), False
)


class Mistakes(ValueError):
    """The environment is wrong: a line for each mistake, which begins with the name of the variable."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@contextmanager
def exit_for_mistakes() -> Iterator[None]:
    """End the process with exit code 78 and the lines on stderr if the block raises Mistakes, alone or in a group."""
    try:
        yield
    except (Mistakes, BaseExceptionGroup) as error:
        lines = _lines_of(error)
        if not lines:
            raise
        print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  (for the operator, whether or not logs are set up)
        raise SystemExit(78) from error  # EX_CONFIG of sysexits.h


def _lines_of(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [line for inner in error.exceptions for line in _lines_of(inner)]
    return error.lines if isinstance(error, Mistakes) else []


@dataclass(frozen=True, slots=True)
class Bounds:
    """The check of a number."""

    gt: float | None = None
    ge: float | None = None
    le: float | None = None

    def __call__(self, value: float) -> float:
        """The number. Raises ValueError outside of the bounds; what is not a number is outside of all."""
        if self.gt is not None and not value > self.gt:
            raise ValueError(f"must be greater than {self.gt:g}")
        if self.ge is not None and not value >= self.ge:
            raise ValueError(f"must be at least {self.ge:g}")
        if self.le is not None and not value <= self.le:
            raise ValueError(f"must be at most {self.le:,}".replace(",", ""))
        return value


def read_environment(kind: type[T], prefix: str = "") -> T:
    """A dataclass of this kind from the variables of its fields. Raises Mistakes, which has all of them."""
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    lines = []
    for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, which no type variable can state
        name = prefix + field.name.upper()
        text = os.environ.get(name, "")
        try:
            values[field.name] = _value_of(field, text, hints[field.name])
        except ValueError as error:
            lines.append(f"{name}: {error}")
    if lines:
        raise Mistakes(lines)
    try:
        return kind(**values)
    except ValueError as error:  # a fault of several settings together
        raise Mistakes([f"SETTINGS: {error}"]) from error


def _value_of(field: Field[Any], text: str, kind: Any) -> Any:
    """The value of a field: the text of its variable, converted, or its default. Raises ValueError without either."""
    if text:
        return _converted(text, kind)
    if field.default is MISSING:
        raise ValueError("is missing")
    return field.default


def _converted(text: str, kind: Any) -> Any:
    """A variable's text as a value of this type. Raises ValueError with a sentence for the operator."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        value = _converted(text, arguments[0])
        for check in arguments[1:]:
            value = check(value)
        return value
    if origin in {Union, UnionType}:
        (kind,) = (each for each in arguments if each is not NoneType)
        return _converted(text, kind)
    if origin is Literal:
        if text not in arguments:
            raise ValueError(f"must be one of {', '.join(arguments)}")
        return text
    return _READERS[origin or kind](text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _truth(text: str) -> bool:
    try:
        return _WORDS[text.lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: _integer,
    float: _number,
    bool: _truth,
    tuple: _list,
}
