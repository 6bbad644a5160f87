"""The JSON documents of a folder course: where the objects of each kind are, and the objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.domain.content.registry import TYPES
from shared.domain.errors import UnreadablePackage
from shared.domain.kinds import Kind
from shared.formats.folder.members import Members
from shared.formats.importing import Importing

COURSE = "course.json"
FILES = "files/"  # the bytes of file objects: a JSON file in there is content and no document
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it stands in a document; `place` is the document's path, with the number in a list."""

    place: str
    data: dict[str, Any]


def course_object(members: Members) -> dict[str, Any]:
    """The object of course.json. Raises UnreadablePackage where it is not there or is no JSON object."""
    if COURSE not in members.files:
        raise UnreadablePackage(f"The folder holds no {COURSE}", item=COURSE)
    data = _decoded(members.read(COURSE))
    if not isinstance(data, dict):
        raise UnreadablePackage(f"{COURSE} is no JSON object", item=COURSE)
    return data


def objects(members: Members, kind: Kind, importing: Importing) -> Iterator[Found]:
    """The objects of a kind: those of `<kind>.json`, then those of `<kind>/*.json` by name. A document holds one or many.

    What is no JSON and no object is a warning that names the place.
    """
    for path in members.files:
        if _kind_of(path) is kind:
            yield from _objects_in(path, _decoded(members.read(path)), importing)


def warn_of_strangers(members: Members, importing: Importing) -> None:
    """A warning for every JSON document that no kind reads; a readme or a licence is no content and may be there."""
    for path in members.files:
        if path.endswith(".json") and path != COURSE and not path.startswith(FILES) and _kind_of(path) is None:
            importing.warn(
                "unknown_document", path, f"{path} belongs to no kind of content; nothing of it was taken in."
            )


def _kind_of(path: str) -> Kind | None:
    folder, _, name = path.rpartition("/")
    stem = folder or name.removesuffix(".json")
    if not name.endswith(".json") or path.startswith(FILES) or stem not in Kind._value2member_map_:
        return None
    return Kind(stem) if Kind(stem) in TYPES else None


def _objects_in(path: str, document: Any, importing: Importing) -> Iterator[Found]:
    if document is None:
        importing.warn("json_unreadable", path, f"{path} is not JSON; nothing of it was taken in.")
        return
    listed = enumerate(document) if isinstance(document, list) else [(None, document)]
    for number, data in listed:
        place = path if number is None else f"{path}[{number}]"
        if isinstance(data, dict):
            yield Found(place, data)
        else:
            importing.warn("no_object", place, f"{place} is no JSON object and was left out.")


def _decoded(data: bytes) -> Any:
    """The value of a document in UTF-8, with or without a byte order mark; None for what is no JSON."""
    try:
        return msgspec.json.decode(data.removeprefix(_BOM))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
