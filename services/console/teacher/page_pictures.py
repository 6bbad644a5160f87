"""Pictures of a page of a package, put into the page itself: in its sandbox it can ask for nothing."""

from __future__ import annotations

import base64
import html
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from services.console.teacher.entry_tree import picture_type

_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"\s(src|srcset)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_FILES_OF_PACKAGE = "$IMS-CC-FILEBASE$"  # Canvas's word for the folder of files
_FOLDER = "web_resources"


def pictures_of(page: str, path: str) -> list[str]:
    """The paths in the package of the pictures that a page shows, each once, in its order; `path` is the page's own."""
    found = (picture_path(source, path) for image in _IMAGE.findall(page) for source in _sources(image))
    return list(dict.fromkeys(each for each in found if each is not None))


def with_pictures(page: str, path: str, pictures: Mapping[str, bytes]) -> str:
    """The page with these pictures inside it, by their paths; an image without one keeps its text alone."""

    def embedded(match: re.Match[str]) -> str:
        image = match.group()
        found = next((pictures[each] for each in _paths(image, path) if each in pictures), None)
        source = "" if found is None else f' src="{_data_url(found, next(iter(_paths(image, path))))}"'
        return image[:4] + source + _SOURCE.sub("", image[4:])

    return _IMAGE.sub(embedded, page)


def picture_path(source: str, path: str) -> str | None:
    """The path in the package of a picture with this address on a page; None for one from elsewhere."""
    address = urlsplit(html.unescape(source))
    if address.scheme or address.netloc or not address.path:
        return None
    name = unquote(address.path)
    if name.startswith(_FILES_OF_PACKAGE):
        name = posixpath.join(_FOLDER, name.removeprefix(_FILES_OF_PACKAGE).lstrip("/"))
    else:
        name = posixpath.join(posixpath.dirname(path), name)
    name = posixpath.normpath(name)
    return name if picture_type(name) and not name.startswith(("/", "..")) else None


def _paths(image: str, path: str) -> list[str]:
    found = (picture_path(source, path) for source in _sources(image))
    return [each for each in found if each is not None]


def _sources(image: str) -> list[str]:
    return [value.strip("\"'") for name, value in _SOURCE.findall(image) if name.lower() == "src"]


def _data_url(data: bytes, path: str) -> str:
    return f"data:{picture_type(path)};base64,{base64.b64encode(data).decode()}"
