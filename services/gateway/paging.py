"""Canvas's pagination: page and per_page, and a Link header that clients follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from shared.http.answers import not_found

_DEFAULT = 10
_LARGEST = 100
_FARTHEST = 2**62  # objects; what a database takes as an offset
_LARGEST_HEADER = 6 * 1024  # characters
_BY_USE = ("next", "last", "prev", "current", "first")
_OURS = frozenset({"page", "per_page", "access_token", "api_key"})


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
    size = _DEFAULT if per_page is None else max(1, min(_digits(per_page), _LARGEST))
    return RequestedPage(number, size)


def link_header(url: str, query: Iterable[tuple[str, str]], page: RequestedPage, total: int) -> str:
    """current, next, prev, first, last, as far as they apply; each URL ends in page and then per_page.

    Of links that would be longer than 6 KB together, Canvas gives as many as fit, the most useful ones first.
    """
    kept = [(name, value) for name, value in query if name not in _OURS]
    last = max(1, -(-total // page.size))
    pages = {"current": page.number}
    if page.number < last:
        pages["next"] = page.number + 1
    if page.number > 1:
        pages["prev"] = page.number - 1
    pages |= {"first": 1, "last": last}
    links = {
        name: f'<{url}?{urlencode([*kept, ("page", str(number)), ("per_page", str(page.size))])}>; rel="{name}"'
        for name, number in pages.items()
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
