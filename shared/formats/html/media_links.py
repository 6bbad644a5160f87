"""Media comments and players: links to audio and video by the id of a media object (Canvas).

The `media_entry_id` of a file is the id of its media object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.course_content import CourseContent
from shared.domain.kinds import Kind
from shared.formats.html.references import MEDIA_IFRAME, positive
from shared.formats.html.tokenizer import Attribute, Edit, Rewriting, Tag, splice, tokens, without

_COMMENT = "instructure_inline_media_comment"
_COMMENT_ID = "media_comment_"
_OBJECT = re.compile(r"/media_objects(?:_iframe)?/([^/?#]+)")
_ATTACHMENT = re.compile(rf"/{MEDIA_IFRAME}/(\d+)")
_FILE = re.compile(r"/files/(\d+)")
_END_OF_IFRAME = re.compile(r"</iframe", re.IGNORECASE)
_PLAYERS = ("audio", "video")


class Player(NamedTuple):
    """What a player of Canvas becomes: an `audio` or a `video`, and the address of its file as it stands in an attribute."""

    name: str
    address: str


PlayerOf = Callable[[Tag], Player | None]


@dataclass(frozen=True, slots=True)
class FieldReferences(Rewriting):
    """How the references of one HTML field become tokens; `player` is what a player of Canvas becomes."""

    player: PlayerOf


def is_media(tag: Tag, attribute: Attribute) -> bool:
    """Whether an attribute is the address of a media comment or of a player of a media object."""
    if tag.name == "a" and attribute.name == "href":
        classes = tag.get("class")
        return classes is not None and _COMMENT in classes.value.split()
    return tag.name == "iframe" and attribute.name == "src" and "media_objects" in attribute.raw


class MediaLinks:
    """The media files of a course, indexed at the first media link."""

    def __init__(self, course: CourseContent) -> None:
        """Index nothing yet: most courses have no media."""
        self._course = course
        self._by_entry: dict[str, int] | None = None

    def file_of(self, tag: Tag) -> int | None:
        """The id of the file that a media comment or player shows; None for an unknown one.

        By the media id of the element, that of its address, else the file id in its address.
        """
        ids = [tag.get(name) for name in ("id", "data-media-id")]
        entries = [attribute.value.removeprefix(_COMMENT_ID) for attribute in ids if attribute]
        target = tag.get("src") or tag.get("href")
        address = target.value if target else ""
        if by_address := _OBJECT.search(address):
            entries.append(by_address[1])
        file_id = next((self._entries()[entry] for entry in entries if entry in self._entries()), None)
        if file_id is None and (by_file := _ATTACHMENT.search(address) or _FILE.search(address)):
            file_id = positive(by_file[1])
        return file_id

    def _entries(self) -> dict[str, int]:
        if self._by_entry is None:
            files = self._course.each(Kind.FILES)
            self._by_entry = {file.media_entry_id: file.id for file in files if file.media_entry_id}
        return self._by_entry

    def player(self, tag: Tag, path_of: Callable[[int], str | None]) -> Player | None:
        """The player that an `iframe[data-media-type]` is; None for any other tag, and for one of an unknown file.

        `path_of` gives the address of a file as it stands in an attribute.
        """
        kind = tag.get("data-media-type") if tag.name == "iframe" and tag.get("src") else None
        file_id = self.file_of(tag) if kind and kind.value in _PLAYERS else None
        path = None if file_id is None else path_of(file_id)
        return None if kind is None or path is None else Player(kind.value, path)


def with_players(page: str, player_of: PlayerOf) -> str:
    """The page with players as `audio` and `video` elements that have a `source`."""
    return splice(page, _players(page, player_of)) if "data-media-type" in page.lower() else page


def _players(page: str, player_of: PlayerOf) -> Iterator[Edit]:
    for tag in tokens(page):
        player = player_of(tag) if isinstance(tag, Tag) else None
        if isinstance(tag, Tag) and player is not None:
            yield from _player(page, tag, player)


def _player(page: str, tag: Tag, player: Player) -> Iterator[Edit]:
    """What makes the `iframe` that begins with this tag an element of the player's name."""
    source, entry = tag.get("src"), tag.get("data-media-id")
    described = f' data-media-id="{entry.raw}"' if entry and entry.quote == '"' else ""
    name_end = tag.start + 1 + len(tag.name)
    yield Edit(tag.start + 1, name_end, player.name)
    if source is not None:
        yield without(page, source)
    yield Edit(tag.end, tag.end, f'<source src="{player.address}"{described} data-media-type="{player.name}">')
    if closing := _END_OF_IFRAME.search(page, tag.end):
        yield Edit(closing.start(), closing.end(), f"</{player.name}")
