"""Pictures of a page of a package, put into the page itself: in its sandbox it can ask for nothing."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from services.console.teacher.entry_tree import picture_type
from shared.formats.html import references
from shared.formats.html.tokenizer import Edit, Tag, splice, tokens, without
from shared.formats.imscp.package_source import WEB_RESOURCES

_SOURCES = ("src", "srcset")


def pictures_of(page: str, path: str) -> list[str]:
    """The paths in the package of the pictures that a page shows, each once, in its order; `path` is the page's own."""
    shown = (_path(image, path) for image in _images(page))
    return list(dict.fromkeys(each for each in shown if each is not None))


def with_pictures(page: str, path: str, pictures: Mapping[str, bytes]) -> str:
    """The page with these pictures inside it, by their paths; an image without one keeps its text alone."""
    return splice(page, (edit for image in _images(page) for edit in _edits(page, image, path, pictures)))


def picture_path(source: str, path: str) -> str | None:
    """The path in the package of a picture with this address on a page; None for one from elsewhere."""
    below = references.file_path(source)
    if below is None:
        try:
            address = urlsplit(source)
        except ValueError:  # such as http://[x/a.png
            return None
        if address.scheme or address.netloc or not address.path:
            return None
        name = posixpath.join(posixpath.dirname(path), unquote(address.path))
    else:
        name = posixpath.join(WEB_RESOURCES, unquote(references.split(below)[0]).lstrip("/"))
    name = posixpath.normpath(name)
    return name if picture_type(name) and not name.startswith(("/", "..")) else None


def _images(page: str) -> Iterator[Tag]:
    return (token for token in tokens(page) if isinstance(token, Tag) and token.name == "img")


def _path(image: Tag, path: str) -> str | None:
    source = image.get("src")
    return None if source is None else picture_path(source.value, path)


def _edits(page: str, image: Tag, path: str, pictures: Mapping[str, bytes]) -> Iterator[Edit]:
    """What gives an image its picture as its only source, or no source."""
    name = _path(image, path)
    if name is not None and name in pictures:
        place = image.start + 1 + len(image.name)
        yield Edit(place, place, f' src="{_data_url(pictures[name], name)}"')
    yield from (without(page, each) for each in image.attributes if each.name in _SOURCES)


def _data_url(data: bytes, path: str) -> str:
    return f"data:{picture_type(path)};base64,{base64.b64encode(data).decode()}"
