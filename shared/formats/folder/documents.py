"""The JSON documents of a folder course: where the objects of each kind are, and the objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.domain.content.registry import TYPES
from shared.domain.errors import UnreadablePackage
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.folder.folder_members import FolderMembers
from shared.formats.importing import Importing

COURSE = "course.json"
# The bytes of file objects: a JSON file there is content, not a document.
FILES = "files/"
# Editors on Windows begin a text with it.
_BOM = b"\xef\xbb\xbf"


_BYTE = re.compile(r"\(byte (\d+)\)")  # where msgspec stopped


class NotJson(ValueError):
    """A document is not JSON; the message names the line."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of a document; `place` is the path of the document, with the number in its list."""

    place: str
    data: dict[str, Any]


def course_object(members: FolderMembers) -> dict[str, Any]:
    """The object of course.json. Raises UnreadablePackage if it is missing or not a JSON object."""
    if COURSE not in members.files:
        raise UnreadablePackage(f"The folder holds no {COURSE}", item=COURSE)
    try:
        data = _decoded(members.read(COURSE))
    except NotJson as error:
        raise UnreadablePackage(f"{COURSE}, {error}", item=COURSE) from error
    if not isinstance(data, dict):
        raise UnreadablePackage(f"{COURSE} is not a JSON object", item=COURSE)
    return data


def objects(members: FolderMembers, kind: Kind, importing: Importing) -> Iterator[JsonObject]:
    """The objects of a kind: those of `<kind>.json`, then those of `<kind>/*.json` by name. A document holds one or many.

    A warning names the place of anything else than JSON objects.
    """
    for path in members.files:
        if _kind_of(path) is kind:
            try:
                document = _decoded(members.read(path))
            except NotJson as error:
                importing.warn(WarningCode.JSON_UNREADABLE, path, f"{path}, {error}; nothing of it was read.")
            else:
                yield from _objects_in(path, document, importing)


def warn_of_unknown_documents(members: FolderMembers, importing: Importing) -> None:
    """Warn of every JSON document that no kind reads; other files, such as a readme or a licence, are ignored."""
    for path in members.files:
        if path.endswith(".json") and path != COURSE and not path.startswith(FILES) and _kind_of(path) is None:
            importing.warn(
                WarningCode.UNKNOWN_DOCUMENT, path, f"{path} belongs to no kind of content; nothing of it was read."
            )


def _kind_of(path: str) -> Kind | None:
    folder, _, name = path.rpartition("/")
    stem = folder or name.removesuffix(".json")
    if not name.endswith(".json") or path.startswith(FILES) or stem not in Kind._value2member_map_:
        return None
    return Kind(stem) if Kind(stem) in TYPES else None


def _objects_in(path: str, document: Any, importing: Importing) -> Iterator[JsonObject]:
    listed = enumerate(document) if isinstance(document, list) else [(None, document)]
    for number, data in listed:
        place = path if number is None else f"{path}[{number}]"
        if isinstance(data, dict):
            yield JsonObject(place, data)
        else:
            importing.warn(WarningCode.NO_OBJECT, place, f"{place} is not a JSON object and was left out.")


def _decoded(data: bytes) -> Any:
    """The value of a document in UTF-8, with or without a byte order mark. Raises NotJson."""
    text = data.removeprefix(_BOM)
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        place = _BYTE.search(str(error))
        end = int(place[1]) if place else getattr(error, "start", len(text))
        line = text.count(b"\n", 0, end) + 1
        raise NotJson(f"line {line}: not JSON") from error
