"""Canvas's pagination: page and per_page, and a Link header that clients follow."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from shared.http.answers import not_found
from shared.http.query_values import wrong_value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DEFAULT = 10
_LARGEST = 100
_FARTHEST = 2**62  # objects; what a database takes as an offset
_LARGEST_HEADER = 6 * 1024  # characters
_BY_USE = ("next", "last", "prev", "current", "first")
_IN_ORDER = ("current", "next", "prev", "first", "last")
_OURS = frozenset({"page", "per_page", "access_token", "api_key"})
_BOOKMARK = "bookmark:"  # the word of Canvas, before what no client reads
_LONGEST_BOOKMARK = 100  # characters; ours have less


@dataclass(frozen=True, slots=True)
class RequestedPage:
    """A page of a list, as a request names it; the first is 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many objects come before it."""
        return min((self.number - 1) * self.size, _FARTHEST)


def page_of(page: str | None, per_page: str | None) -> RequestedPage:
    """The page in the query. A size that is not a number counts as 1; raises 404 for an invalid page number."""
    number = 1 if page is None or page == "" else _digits(page)
    if number < 1:
        raise not_found()
    return RequestedPage(number, size_of(per_page))


def size_of(per_page: str | None) -> int:
    """How many objects a page has, from 1 to 100; a size that is no number counts as 1."""
    return _DEFAULT if per_page is None else max(1, min(_digits(per_page), _LARGEST))


def bookmark(*place: int) -> str:
    """The `page` that begins after a place in a list: the keys of its last object, opaque to clients."""
    return _BOOKMARK + urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_bookmark(page: str | None, keys: int) -> tuple[int, ...] | None:
    """The place that a bookmark of so many keys names, each of them a bigint; None for any other page."""
    if page is None or not page.startswith(_BOOKMARK) or len(page) > _LONGEST_BOOKMARK:
        return None
    data = page.removeprefix(_BOOKMARK)
    try:
        place = msgspec.json.decode(urlsafe_b64decode(data + "=" * (-len(data) % 4)), type=tuple[int, ...])
    except ValueError:  # of base64 and of msgspec
        return None
    return place if len(place) == keys and all(0 <= key < 2**63 for key in place) else None


def pages_in_time(query: Mapping[str, str], places: Sequence[tuple[datetime, int]], size: int) -> dict[str, str]:
    """current, first, and next where there are more than `size` objects; `places` are their times and ids."""
    pages = {"current": query.get("page") or "first", "first": "first"}
    if len(places) > size:
        time, last_id = places[size - 1]
        pages["next"] = bookmark((time - _EPOCH) // _MICROSECOND, last_id)
    return pages


def place_in_time(query: Mapping[str, str]) -> tuple[datetime, int] | None:
    """The time and id after which the page begins; None for the first one. Raises 400 for any other page."""
    if query.get("page", "") in ("", "1", "first"):
        return None
    place = read_bookmark(query["page"], 2)
    try:
        if place is not None:
            return _EPOCH + place[0] * _MICROSECOND, place[1]
    except OverflowError:
        pass
    raise wrong_value("page", "one that a Link header has named")


def numbered_pages(page: RequestedPage, total: int) -> dict[str, str]:
    """current, next, prev, first and last, as far as they apply."""
    last = max(1, -(-total // page.size))
    pages = {"current": page.number, "first": 1, "last": last}
    if page.number < last:
        pages["next"] = page.number + 1
    if page.number > 1:
        pages["prev"] = page.number - 1
    return {name: str(number) for name, number in pages.items()}


def link_header(url: str, query: Iterable[tuple[str, str]], pages: Mapping[str, str], size: int) -> str:
    """The links to these pages, by relation; each URL ends in page and then per_page.

    Of links that would be longer than 6 KB together, Canvas gives as many as fit, the most useful ones first.
    """
    parameters = [(name, value) for name, value in query if name not in _OURS]
    links = {
        name: f'<{url}?{urlencode([*parameters, ("page", pages[name]), ("per_page", str(size))])}>; rel="{name}"'
        for name in _IN_ORDER
        if name in pages
    }
    return ",".join(link for name, link in links.items() if name in _fitting(links))


def _fitting(links: Mapping[str, str]) -> set[str]:
    """The names of the links that fit together into the largest header."""
    room, fitting = _LARGEST_HEADER, set()
    for name in _BY_USE:
        room -= len(links.get(name, "")) + 1
        if name in links and room >= 0:
            fitting.add(name)
    return fitting


def _digits(text: str) -> int:
    """The number, capped where it has more digits than any count; 0 for a text that is not a number."""
    if not (text.isascii() and text.isdecimal()):
        return 0
    return int(text) if len(text) < len(str(_FARTHEST)) else _FARTHEST
