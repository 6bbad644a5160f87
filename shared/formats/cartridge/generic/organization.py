"""`<organizations>`: the modules, and behind them one with the name of the course for what stands in none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge import organization
from shared.formats.cartridge.assignments import FALLBACK
from shared.formats.cartridge.exported_modules import exported
from shared.formats.cartridge.generic.unsupported import warn_of_module
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.xml_stream import XmlStream

_OTHERS = "other_items"


def write(out: XmlStream, packing: Packing, resources: Resources, titles: Mapping[str, str]) -> None:
    """The organization. `titles` are those of the resources that a reader can open, by their identifiers."""
    items = organization.Items(resources, organization.reserved(packing))
    root = items.own(organization.root_identifier(packing.keys, packing.course.course.id))
    with (
        out.element("organizations"),
        out.element("organization", identifier="org_1", structure="rooted-hierarchy"),
        out.element("item", identifier=root),
    ):
        placed: set[str] = set()
        for module, contents in exported(packing):
            packing.packed(Kind.MODULES, module, lambda one: one)
            warn_of_module(packing, module, contents)
            with out.element("item", identifier=items.own(packing.key(Kind.MODULES, module.id))):
                out.leaf("title", module.name)
                placed.update(_item(out, packing, items, item) for item in contents)
        others = [(one, title) for one, title in titles.items() if one in resources and one not in placed]
        _others(out, packing, items, others)


def _item(out: XmlStream, packing: Packing, items: organization.Items, item: ModuleItem) -> str:
    """Write an item; the identifier that it refers to, "" for a header."""
    packing.packed(Kind.MODULE_ITEMS, item, lambda one: one)
    identifier, reference = organization.identifiers(packing, item, items.resources)
    reference = _opened(reference, items.resources)
    with out.element("item", identifier=items.own(identifier), identifierref=reference):
        out.leaf("title", item.title)
    return reference or ""


def _opened(reference: str | None, resources: Resources) -> str | None:
    """The resource that an item names: where there are two forms of one, that which every reader knows."""
    fallback = f"{reference}{FALLBACK}"
    return fallback if reference and fallback in resources else reference


def _others(out: XmlStream, packing: Packing, items: organization.Items, others: Iterable[tuple[str, str]]) -> None:
    if not others:
        return
    with out.element("item", identifier=items.own(_OTHERS)):
        out.leaf("title", packing.course.course.name)
        for identifier, title in others:
            with out.element("item", identifier=items.own(f"{identifier}_item"), identifierref=identifier):
                out.leaf("title", title)
