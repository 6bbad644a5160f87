"""Objects with fields of a wrong type: such a field is left out or read as what it means, and the object stays."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.content.answers import DOCUMENTED_NAMES
from shared.domain.content.content_object import Content
from shared.domain.errors import InvalidContent

_MOST = 200  # faults of one object; data with more are no such object
_IDS = ("id", "page_id")  # an object without one has no place in a course
_PLACE = re.compile(r" at `\$([^`]*)`")
_PART = re.compile(r", in (\w+\[\d+\])")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_MISSING = re.compile(r"missing required field `(\w+)`")
_WANTS_TEXT = re.compile(r"Expected `str[ `]")

Json = dict[str, Any]


@dataclass(slots=True)
class LenientReading:
    """An object, read without its faulty fields; None for data that are no such object even without them."""

    item: Content | None = None
    faults: list[str] = field(default_factory=list)  # a sentence each, with the name of the field


def read_object(content_type: type[Content], data: Mapping[str, Any]) -> LenientReading:
    """The object of REST JSON. A number or a truth value where a text should be is that text, which is no fault."""
    reading = LenientReading()
    current: Json = dict(data)
    for attempt in range(_MOST):
        error = _error_of(content_type, current, reading)
        if error is None:
            return reading
        if not attempt:
            current = copy.deepcopy(current)
        if not _mend(current, error, reading.faults) and not _leave_out_one(content_type, current, error, reading):
            reading.faults.append(error)
            return reading
    return reading


def _error_of(content_type: type[Content], data: Json, reading: LenientReading) -> str | None:
    """Set the object of the reading; else the sentence of what is wrong."""
    try:
        reading.item = content_type.from_json(data)
    except InvalidContent as error:
        return str(error)
    except (AttributeError, TypeError, ValueError) as error:  # a field of another shape than its class expects
        return f"{content_type.__name__} {data.get('id')}: {type(error).__name__}: {error}"
    return None


def fault_place(fault: str) -> tuple[str, str]:
    """(path, sentence) of a fault: `items[2].title` and what is wrong there; the path is empty where it names no field."""
    steps = _steps(fault)
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    if missing := _MISSING.search(fault):
        path = f"{path}.{missing[1]}".removeprefix(".")
    return path, _PLACE.sub("", fault)


def _mend(data: Json, error: str, faults: list[str]) -> bool:
    """Read the field that an error names as a text, else remove it; False where there is no such field."""
    steps = _steps(error)
    if not steps or steps[0] in _IDS:
        return False
    above: Any = data
    for step in steps[:-1]:
        place = _place_in(above, step)
        if place is None:
            return False
        above = above[place]
    last = _place_in(above, steps[-1])
    if last is None:
        return False
    if _WANTS_TEXT.search(error) and isinstance(above[last], (bool, int, float)):
        above[last] = str(above[last]).lower() if isinstance(above[last], bool) else str(above[last])
        return True
    faults.append(error)
    del above[last]
    return True


def _place_in(value: Any, step: str | int) -> str | int | None:
    """The key or the index of a step of the way, by any name that REST has for it; None if there is no such place."""
    if isinstance(value, list):
        return step if isinstance(step, int) and step < len(value) else None
    names = (step, *(documented for documented, name in DOCUMENTED_NAMES.items() if name == step))
    return next((name for name in names if isinstance(value, dict) and name in value), None)


def _steps(error: str) -> list[str | int]:
    """The way to a field: those of parts from the outermost, then that inside of the part."""
    inner = _PLACE.search(error)
    path = "".join(f".{part}" for part in reversed(_PART.findall(error))) + (inner[1] if inner else "")
    return [int(step[2]) if step[2] else step[1] for step in _STEP.finditer(path.replace("[...]", ""))]


def _leave_out_one(content_type: type[Content], data: Json, error: str, reading: LenientReading) -> bool:
    """Leave out the one field without which the object can be read."""
    for name in [name for name in data if name not in _IDS]:
        if _error_of(content_type, {key: value for key, value in data.items() if key != name}, reading) is None:
            reading.faults.append(f"{name}: {error}")
            del data[name]
            return True
    return False
