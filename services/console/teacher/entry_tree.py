"""The entries of a package as a tree of folders, and how each can be shown."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from shared.contracts.bodies import EntryBody

_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_TEXTS = frozenset({".txt", ".csv", ".md", ".json", ".vtt", ".srt", ".css", ".xml", ".qti"})


class Shown(StrEnum):
    """How an entry is shown."""

    PAGE = "page"  # in a frame that runs nothing
    PICTURE = "picture"
    TEXT = "text"  # a quiz where it is one
    NOT = "not"  # only downloaded


@dataclass(slots=True)
class EntryFolder:
    """A folder of a package: its folders and its entries, in the order of the package."""

    name: str
    folders: dict[str, EntryFolder] = field(default_factory=dict)
    entries: list[EntryBody] = field(default_factory=list)


def tree_of(entries: Iterable[EntryBody]) -> EntryFolder:
    """The folder that holds all of them; entries that are folders have no line of their own."""
    root = EntryFolder("")
    for entry in entries:
        *names, last = entry.path.split("/")
        here = root
        for name in names:
            here = here.folders.setdefault(name, EntryFolder(name))
        if last:
            here.entries.append(entry)
    return root


def shown_as(path: str) -> Shown:
    """How an entry with this path is shown."""
    extension = posixpath.splitext(path)[1].lower()
    if extension in (".html", ".htm", ".xhtml"):
        return Shown.PAGE
    if extension in _PICTURES:
        return Shown.PICTURE
    return Shown.TEXT if extension in _TEXTS else Shown.NOT


def picture_type(path: str) -> str | None:
    """The media type of a picture that a browser may show; None for all else."""
    return _PICTURES.get(posixpath.splitext(path)[1].lower())
