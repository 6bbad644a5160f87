"""The modules of a package, and the identifiers that their items refer to, for module_meta.xml and the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from shared.domain.content.modules import Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.packing import Packing


class ExportedModule(NamedTuple):
    """A module of the package with all its items, in course order; items for pages know their page's id."""

    module: Module
    items: list[ModuleItem]


def exported(packing: Packing) -> Iterator[ExportedModule]:
    """Every selected module, unpublished ones included, each with all of its items."""
    pages: dict[str, int] | None = None
    for module in packing.course.each(Kind.MODULES):
        if not packing.selected(Kind.MODULES, module.id):
            continue
        items = list(packing.course.children(Kind.MODULE_ITEMS, module.id))
        if pages is None and any(item.needs_page for item in items):
            pages = pages_by_url(packing)
        yield ExportedModule(module, [item.with_page(pages or {}) for item in items])


def pages_by_url(packing: Packing) -> dict[str, int]:
    """The ids of the course's pages by their `url`."""
    return {ref.slug: ref.id for ref in packing.course.refs(Kind.PAGES) if ref.slug}


def content_key(packing: Packing, item: ModuleItem) -> str | None:
    """The identifier of what an item shows; None for a header, a web link and an unknown object."""
    if item.content_kind is None or item.content_id is None:
        return None
    return packing.key(item.content_kind, item.content_id)


def link_key(packing: Packing, item: ModuleItem) -> str | None:
    """The identifier of the web link of an item that leads out of the course; None for any other item.

    For a tool it is the item's own, to which Canvas refers without a resource of that name.
    """
    if item.type == "ExternalUrl":
        return packing.key(Kind.MODULE_ITEMS, item.id, "weblink")
    # Canvas has no resource with this identifier: in its packages the reference of a tool's item dangles (its
    # lib/cc/organization.rb), and readers without module_meta.xml cannot follow it. Here web_links.py writes one.
    return packing.key(Kind.MODULE_ITEMS, item.id) if item.type == "ExternalTool" else None
