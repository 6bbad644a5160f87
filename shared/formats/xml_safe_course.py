"""A course as a package can hold it: without characters that XML has no place for, and without invalid times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shared.domain.content.course import Course
from shared.domain.course_content import CourseContent, Ref
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import ReportedObject
from shared.domain.report import Report
from shared.domain.warning_codes import WarningCode
from shared.formats.item_times import ImpossibleTime, impossible_times, without_impossible_times
from shared.formats.xml import ILLEGAL, legal

# How illegal characters look in JSON, which is faster to search than each field. A text that quotes such an escape matches
# too; its fields are then searched one by one.
_SUSPECT = re.compile(rb"\\(?:u00[01]|[bf])|\xef\xbf[\xbe\xbf]")


@dataclass(slots=True)
class DroppedCharacters:
    """Where characters and impossible times were dropped, by object. Each object is reported once, when it is written."""

    fields: dict[tuple[Kind, int], list[str]] = field(default_factory=dict)
    times: dict[tuple[Kind, int], list[ImpossibleTime]] = field(default_factory=dict)
    reported: set[tuple[Kind, int]] = field(default_factory=set)

    def warn(self, report: Report, kind: Kind, item: ReportedObject) -> None:
        """A warning for every field of the object that lost characters, and for every invalid time."""
        fields, times = self.fields.get((kind, item.id), ()), self.times.get((kind, item.id), ())
        if not (fields or times) or (kind, item.id) in self.reported:
            return
        self.reported.add((kind, item.id))
        described: dict[str, Any] = {"kind": kind, "item_id": item.id, "title": item.label}
        for place in fields:
            sentence = "Control characters, which XML cannot hold, were dropped here."
            report.warn(WarningCode.CHARACTER_DROPPED, sentence, place=place, **described)
        for time in times:
            report.warn(WarningCode.VALUE_UNREADABLE, time.message, place=time.place, **described)


class XmlSafeCourse:
    """CourseContent over another one. What has nothing to drop passes through as the same object."""

    def __init__(self, course: CourseContent, dropped: DroppedCharacters) -> None:
        self._of = course
        self._dropped = dropped
        self.course: Course = self._cleaned(Kind.COURSES, course.course)

    def each(self, kind: Kind) -> Iterator[Any]:
        """As the course below gives them."""
        return (self._cleaned(kind, item) for item in self._of.each(kind))

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        """As the course below gives them."""
        return [self._cleaned(kind, item) for item in self._of.children(kind, parent_id)]

    def get(self, kind: Kind, object_id: int) -> Any | None:
        """As the course below gives it."""
        item = self._of.get(kind, object_id)
        return None if item is None else self._cleaned(kind, item)

    def count(self, kind: Kind) -> int:
        """As the course below counts."""
        return self._of.count(kind)

    def refs(self, *kinds: Kind) -> Iterable[Ref]:
        """As the course below gives them, with all characters: `file_paths` drops them from names."""
        return self._of.refs(*kinds)

    def identifiers(self) -> Identifiers:
        """As the course below gives them."""
        return self._of.identifiers()

    def _cleaned(self, kind: Kind, item: Any) -> Any:
        timely = without_impossible_times(item)
        if timely is not item:
            self._dropped.times[kind, item.id] = impossible_times(item)
        return self._legal(kind, timely)

    def _legal(self, kind: Kind, item: Any) -> Any:
        if not _is_suspect(item):
            return item
        data = item.to_json()
        places = [name for name, value in data.items() if _holds_illegal(value)]
        if not places:
            return item
        self._dropped.fields[kind, item.id] = places
        return type(item).from_json({name: _without_illegal(value) for name, value in data.items()})


def _is_suspect(item: Any) -> bool:
    try:
        return _SUSPECT.search(msgspec.json.encode(item)) is not None
    except UnicodeEncodeError:
        # Half of a surrogate pair, which REST's JSON may contain and UTF-8 may not.
        return True
    except (TypeError, ValueError):
        # A value that JSON does not have: the writer of the object fails and reports it.
        return False


def _holds_illegal(value: Any) -> bool:
    if isinstance(value, str):
        return ILLEGAL.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_illegal(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_illegal(part) for part in value)


def _without_illegal(value: Any) -> Any:
    if isinstance(value, str):
        return legal(value)
    if isinstance(value, dict):
        return {_without_illegal(name): _without_illegal(part) for name, part in value.items()}
    return [_without_illegal(part) for part in value] if isinstance(value, list) else value
