"""`<organizations>`: the modules as any Common Cartridge reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge.exported_modules import ExportedModule, content_key, exported, link_key
from shared.formats.identifiers import Keys
from shared.formats.imscp.resource import Numbering, Resources
from shared.formats.packing import Packing
from shared.formats.xml_stream import XmlStream

ROOT = "LearningModules"


def write(out: XmlStream, packing: Packing, resources: Resources) -> None:
    """One organization: an untitled root item, an item per selected module, an item per module item, in course order.

    A module whose package of origin had another order here than in module_meta.xml has it again.

    Source: Common Cartridge 1.1, one rooted hierarchy; the identifiers "org_1" and "LearningModules" are Canvas's.
    Two levels: the indent of a module item is in module_meta.xml alone.
    """
    items = Items(resources, reserved(packing))
    root = items.own(root_identifier(packing.keys, packing.course.course.id))
    with (
        out.element("organizations"),
        out.element("organization", identifier="org_1", structure="rooted-hierarchy"),
        out.element("item", identifier=root),
    ):
        for module in exported(packing):
            _module(out, packing, items, module)


def reserved(packing: Packing) -> set[str]:
    """The identifiers of the manifest itself and of the organization."""
    return {packing.key(Kind.COURSES, packing.course.course.id, "common_cartridge_"), "org_1"}


@dataclass(slots=True)
class Items:
    """The identifiers of the items that were written; no other item and no resource has one of them."""

    resources: Resources
    # xs:ID: an identifier is unique in the whole manifest, resources included (IMS Content Packaging 1.1).
    used: set[str] = field(default_factory=set)
    numbering: Numbering = field(default_factory=Numbering)

    def own(self, identifier: str) -> str:
        """The identifier, with a number behind it if it is in use."""
        identifier = self.numbering.unique(identifier, self._is_taken)
        self.used.add(identifier)
        return identifier

    def _is_taken(self, identifier: str) -> bool:
        return identifier in self.used or identifier in self.resources


def _module(out: XmlStream, packing: Packing, written: Items, exported_module: ExportedModule) -> None:
    module, items = exported_module
    with out.element("item", identifier=written.own(packing.key(Kind.MODULES, module.id))):
        out.leaf("title", module.name)
        for item in _in_order(items):
            identifier, reference = identifiers(packing, item, written.resources)
            with out.element("item", identifier=written.own(identifier), identifierref=reference):
                out.leaf("title", item.title)


def _in_order(items: list[ModuleItem]) -> list[ModuleItem]:
    """The items in the order that the organization of their package of origin had.

    It is not known any more once an item was added or changed: then in course order.
    """
    places = {item.id: item.organization_place for item in items if item.organization_place is not None}
    return sorted(items, key=lambda item: places[item.id]) if len(places) == len(items) else items


def identifiers(packing: Packing, item: ModuleItem, resources: Resources) -> tuple[str, str | None]:
    """The `identifier` and `identifierref` of an item.

    A header has no reference, and neither has an item whose object is not in the package. A web address or a tool
    refers to its web link; for a tool, Canvas derives the item's identifier and leaves the plain one to the reference.
    """
    reference = link_key(packing, item) or content_key(packing, item)
    if reference is None or reference not in resources:
        # A reference to a missing resource makes the manifest invalid; Canvas writes it all the same. Without it, the
        # item of a tool is known by its own identifier alone.
        return packing.key(Kind.MODULE_ITEMS, item.id), None
    return packing.key(Kind.MODULE_ITEMS, item.id, "module_item" if item.type == "ExternalTool" else ""), reference


def root_identifier(keys: Keys, course_id: int) -> str:
    """Canvas's name of the root item, or the one that the package of origin gave it."""
    return keys.written(keys.imported.get((Kind.COURSES, course_id, ROOT), ROOT))
