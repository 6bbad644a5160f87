"""Ids for pages that have a url or a title alone, as some REST answers and tools list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shared.domain.kinds import Kind
from shared.domain.slugs import slug
from shared.formats.folder.documents import JsonObject
from shared.formats.folder.nested_objects import PlacedObject
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing

_IDS = ("id", "page_id")


def with_page_ids(listed: Sequence[PlacedObject], importing: Importing) -> Iterator[PlacedObject]:
    """The objects, with an id drawn from its url, or from its title, for each page without one.

    It is the same in every load of the course. A page that has neither stays as it is.
    """
    used = {str(each.object.data.get(name)) for each in listed if each.kind is Kind.PAGES for name in _IDS}
    drawn: dict[str, int] = {}
    for each in listed:
        name = _name(each.object.data) if each.kind is Kind.PAGES else ""
        if not name:
            yield each
            continue
        identifier = hashed(f"{Kind.PAGES}/{name}")
        if identifier not in drawn:
            drawn[identifier] = _unused_id(identifier, used, importing)
        data = {**each.object.data, "id": drawn[identifier], "migration_id": identifier}
        yield PlacedObject(each.kind, JsonObject(each.object.place, data))


def _name(page: dict[str, Any]) -> str:
    """The url, or that of the title, of a page without an id."""
    if any(page.get(name) is not None for name in _IDS):
        return ""
    url, title = page.get("url"), page.get("title")
    return url if isinstance(url, str) and url else slug(title) if isinstance(title, str) else ""


def _unused_id(identifier: str, used: set[str], importing: Importing) -> int:
    page_id = importing.known.get((Kind.PAGES, identifier)) or importing.next_id()
    while str(page_id) in used:
        page_id = importing.next_id()
    used.add(str(page_id))
    return page_id
