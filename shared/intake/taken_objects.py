"""Objects on their way into the content tables: those of messages are read and checked here, as those of folders are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from shared.domain.content.content_object import Content
from shared.domain.content.files import File
from shared.domain.content.registry import TYPES
from shared.domain.content.version import Version, is_newer
from shared.domain.kinds import Kind, family
from shared.domain.path_ids import is_id, is_storable
from shared.domain.stored_file import NO_SHA256, is_sha256
from shared.formats import times
from shared.formats.folder.documents import JsonObject
from shared.formats.folder.nested_objects import PlacedObject, flattened
from shared.formats.importing import Importing
from shared.formats.item_times import impossible_times
from shared.formats.odd_fields import fault_place, read_object
from shared.intake.message_reader import UNSTORABLE, MessageReader

_LARGEST = 2**63 - 1  # of a bigint
_OWN_FIELDS = ("crc32", "compressible")  # of a file: what is measured here is not believed of others


class TakenObject(NamedTuple):
    """An object that can be written, and where it was read."""

    kind: Kind
    path: str
    item: Content
    version: Version


@dataclass(slots=True)
class ObjectReader(MessageReader):
    """Reads the objects of one message.

    `escapes` says that its JSON has escapes, which may hide characters that no database can hold. `older` and
    `unchanged` count what the message itself has in a newer state.
    """

    importing: Importing
    sent_at: datetime | None
    escapes: bool = True
    older: int = 0
    unchanged: int = 0
    _newest: dict[tuple[Kind, int], TakenObject] = field(default_factory=dict)
    _listed: set[tuple[Kind, int]] = field(default_factory=set)  # those of `_newest` that are inside of no other

    def read(self, kind: Kind, objects: Sequence[Any]) -> list[TakenObject]:
        """All objects, those inside of others included, each in its newest state. What is wrong is in `refused`."""
        versions, listed = {}, []
        for place, data in self.placed(objects):
            if self._is_storable(data, place) and (version := self._version(data, place)) is not None:
                versions[place] = version
                listed.append(PlacedObject(kind, JsonObject(place, data)))
        for each in flattened(listed, self.importing):
            self._take(each, versions)
        for warning in self.importing.warnings:
            self.refuse(str(warning.place), warning.message)
        return list(self._newest.values())

    def _take(self, source: PlacedObject, versions: Mapping[str, Version]) -> None:
        place, data = source.object.place, source.object.data
        outer = versions[place[: place.index("]") + 1]]
        version = outer if source.parent_field is None else self._version(data, place, outer)
        item = None if version is None else self._item(source.kind, place, data)
        if item is None or version is None:
            return
        key = family(source.kind), item.id
        first, new = self._newest.get(key), TakenObject(source.kind, place, item, version)
        if source.parent_field is None:
            self._listed.add(key)
        if first is None:
            self._newest[key] = new
        elif source.parent_field is None or key not in self._listed:
            self._keep_newer(key, first, new)
        elif source.parent_field and getattr(first.item, source.parent_field, 0) is None:
            # It is listed too, and only gets the id of the object around it.
            setattr(first.item, source.parent_field, getattr(item, source.parent_field))

    def _keep_newer(self, key: tuple[Kind, int], first: TakenObject, second: TakenObject) -> None:
        if is_newer(second.version, first.version):
            self._newest[key] = second
            self.older += 1
        elif is_newer(first.version, second.version):
            self.older += 1
        else:
            self.unchanged += 1

    def _item(self, kind: Kind, place: str, data: dict[str, Any]) -> Content | None:
        """The object, or None if it was refused."""
        for name in _OWN_FIELDS if kind is Kind.FILES else ():
            data.pop(name, None)
        data.pop("revision", None)
        reading = read_object(TYPES[kind], data)
        if reading.faults or reading.item is None:
            path, sentence = fault_place(reading.faults[0])
            self.refuse(f"{place}.{path}" if path else place, sentence, data.get("id"))
            return None
        item = reading.item
        for path, sentence in _faults(item):
            self.refuse(f"{place}.{path}", sentence, item.id)
            return None
        return item

    def _version(self, data: Mapping[str, Any], place: str, outer: Version | None = None) -> Version | None:
        """The version of an object, or None if it was refused.

        One inside of another has the version of that one unless it has its own, and the revision of that one at least.
        """
        if outer is not None and data.get("revision") is None:
            if data.get("updated_at") is None:
                return outer
            data = {**data, "revision": outer.revision}
        version_or_fault = object_version(data, self.sent_at)
        if isinstance(version_or_fault, Version):
            return version_or_fault
        self.refuse(f"{place}.{version_or_fault[0]}", version_or_fault[1], data.get("id"))
        return None

    def _is_storable(self, data: dict[str, Any], place: str) -> bool:
        """Whether the database can hold every text of an object; else it is refused, and the path names the text."""
        try:
            path = next(unstorable_texts(data, place), None) if self.escapes else None
        except RecursionError:
            self.refuse(place, "It is nested too deep.", data.get("id"))
            return False
        if path is not None:
            self.refuse(path, UNSTORABLE, data.get("id"))
        return path is None


def object_version(data: Mapping[str, Any], sent_at: datetime | None) -> Version | tuple[str, str]:
    """The version of a REST object in a message that was sent then; (field, sentence) of what is wrong with it."""
    revision, text = data.get("revision"), data.get("updated_at")
    if revision is not None and (type(revision) is not int or not 0 <= revision < 2**63):
        return "revision", f"{str(revision)[:40]!r} is no revision."
    changed_at = times.parse(text) if isinstance(text, str) else None
    if text is not None and changed_at is None:
        return "updated_at", f"{str(text)[:40]!r} is no time."
    return Version(revision, changed_at) if revision is not None else Version(None, changed_at or sent_at, sent_at)


def unstorable_texts(value: Any, path: str) -> Iterator[str]:
    """The path of every text, or key, that has a NUL or half of a surrogate pair."""
    if isinstance(value, str) and not is_storable(value):
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            if not is_storable(key):
                yield path
            yield from unstorable_texts(inner, f"{path}.{key}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unstorable_texts(inner, f"{path}[{number}]")


def _faults(item: Content) -> Iterator[tuple[str, str]]:
    """(path, sentence) of what the type of a field does not show."""
    if not is_id(item.id):
        yield "id", f"{item.id} is not an id."
    for name in _numbers(type(item)):
        number = getattr(item, name)
        if isinstance(number, int) and not -_LARGEST <= number <= _LARGEST:
            yield name, f"{str(number)[:40]} is larger than a number of this field can be."
    for time in impossible_times(item):
        yield time.place, f"{time.text!r} is no time."
    if isinstance(item, File) and item.sha256 is not None and not is_sha256(item.sha256):
        yield "sha256", NO_SHA256


@cache
def _numbers(kind: type[Content]) -> tuple[str, ...]:
    """The fields that queries read as a bigint: ids of other objects, and the size of a file."""
    return tuple(name for name in kind.__struct_fields__ if name.endswith("_id") or name == "size")


def loaded_object(kind: Kind, item: Content) -> TakenObject:
    """An object of a folder or a package: a load without a revision replaces whatever is there."""
    version_or_fault = object_version(item.extra, None)
    version = version_or_fault if isinstance(version_or_fault, Version) else Version()
    if "revision" in item.extra:
        extra = {name: value for name, value in item.extra.items() if name != "revision"}
        item = msgspec.structs.replace(item, extra=extra)
    return TakenObject(kind, "", item, version)
