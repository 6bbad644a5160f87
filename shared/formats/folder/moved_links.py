"""Links of a folder of REST objects to its own course: they become links to the course that is loaded into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shared.formats.html.package_links import own_hosts
from shared.formats.importing import Importing

_HOST = r"(?:https?:)?//[^\s\"'<>/?#\\()&]++"


def move_links(importing: Importing, source_id: int) -> None:
    """Turn links to the course `source_id` into links to the one that is loaded into; those to other sites stay.

    The course's are relative links, and those to the site of this service or to one that the objects name.
    """
    course = importing.course
    if course is None:
        return
    course.own_hosts = sorted({*(course.own_hosts or ()), *_named_hosts(importing, source_id)}) or None
    if source_id == importing.course_id:
        return
    own = own_hosts(course, importing.site)
    link = re.compile(
        rf"(?:(?<![\w:])(?P<host>{_HOST})|(?<![\w.~%@/-]))(?P<api>/api/v\d+)?/courses/{source_id}(?![\w-])"
    )

    def moved(match: re.Match[str]) -> str:
        host = match["host"] or ""
        if host and host.rpartition("//")[2].lower() not in own:
            return match[0]
        return f"{host}{match['api'] or ''}/courses/{importing.course_id}"

    def rewrite(html: str, _field: str) -> str:
        return link.sub(moved, html)

    for items in importing.objects.values():
        items[:] = [item.map_html(rewrite) for item in items]
    importing.course = course.map_html(rewrite)


def _named_hosts(importing: Importing, source_id: int) -> Iterator[str]:
    """The hosts of the addresses that REST gives of the course and its objects, `html_url` among them."""
    own = re.compile(rf"https?://(?P<host>[^/?#\s]++)/(?:courses/{source_id}(?![\w-])|feeds/calendars/course_)")
    objects: list[Any] = [item for items in importing.objects.values() for item in items]
    calendar = importing.course.extra.get("calendar") if importing.course else None
    addresses = [item.extra.get("html_url") for item in objects]
    addresses += [calendar.get("ics")] if isinstance(calendar, dict) else []
    for address in addresses:
        if isinstance(address, str) and (match := own.match(address)):
            yield match["host"].lower()
