"""Reads the organization: the modules of packages without module_meta.xml, and what that document leaves out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shared.domain.content.content_object import Content
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.modules import CONTENT_KINDS, Module, ModuleItem
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge import web_links
from shared.formats.cartridge.organization_modules import modules_of
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import OrganizationItem, PackageSource
from shared.formats.imscp.resource import Resource

_BANK = "question-bank"
_NUMBER = re.compile(r"_\d+\Z")

C = TypeVar("C", bound=Content)


def item_type(resource: Resource) -> str:
    """The REST type of an item that points at this resource. Source: Common Cartridge 1.1; assignments are of 1.3.

    A bank, which students cannot open, becomes a header. A file at an address is a web link.
    """
    kind = resource.type
    if kind.endswith(_BANK):
        return "SubHeader"
    if kind.startswith("imsqti") or kind.endswith("assessment"):
        return "Quiz"
    if kind.startswith("assignment") or any(path.endswith("assignment_settings.xml") for path in resource.files):
        return "Assignment"
    for prefix, rest in (("imswl", "ExternalUrl"), ("imsbasiclti", "ExternalTool"), ("imsdt", "Discussion")):
        if kind.startswith(prefix):
            return rest
    if web_links.address(resource):
        return "ExternalUrl"
    return "Page" if any(path.startswith("wiki_content/") for path in resource.files) else "File"


def read(source: PackageSource, importing: Importing) -> None:
    """Add modules and items that module_meta.xml lacks; keep the identifiers that the organization gives the others.

    The root's children are modules. Deeper items belong to their module with a greater indent; those without a resource
    are headers, as are, with a warning, those with a dangling reference. Web links that no item names get a module.
    Where the order of a module contradicts the positions of its items, the items keep their places beside those.
    """
    reading = _Reading(source, importing)
    for module in modules_of(source.manifest, importing):
        reading.module(module)
    for items in reading.listed.values():
        _keep_order(items)
    if not source.is_canvas:
        # A course has web links only as module items.
        reading.links_alone()


@dataclass(slots=True)
class _Reading:
    """Reads one organization; knows the modules and items that were read before, by their identifiers."""

    source: PackageSource
    importing: Importing
    unlisted: dict[str, ModuleItem] = field(init=False)  # without those that the organization has named so far
    uses: Counter[str] = field(init=False)  # by identifier, the number of items that state it
    modules: dict[str, Module] = field(init=False)
    unnamed: dict[str, Module] = field(
        init=False
    )  # those of module_meta.xml that the organization has not named so far
    positions: dict[int, int] = field(default_factory=dict)
    referenced: set[str] = field(default_factory=set)  # identifiers of the resources that items name
    listed: dict[int, list[ModuleItem]] = field(default_factory=dict)  # by module, in the order of the organization
    tool_urls: dict[int, str | None] = field(init=False)

    def __post_init__(self) -> None:
        items = self.importing.all(Kind.MODULE_ITEMS)
        self.unlisted = {i.migration_id or "": i for i in items if isinstance(i, ModuleItem)}
        self.modules = {m.migration_id or "": m for m in self.importing.all(Kind.MODULES) if isinstance(m, Module)}
        self.unnamed = dict(self.modules)
        self.uses = Counter(list(self.unlisted))
        tools = self.importing.all(Kind.EXTERNAL_TOOLS)
        self.tool_urls = {tool.id: tool.url for tool in tools if isinstance(tool, ExternalTool)}
        for item in self.unlisted.values():
            self._place(item.module_id or 0, item.position)

    def module(self, item: OrganizationItem) -> None:
        """A module and all items inside it."""
        module = self.modules.get(item.identifier or "") or _numbered(self.unnamed, item)
        self.unnamed.pop("" if module is None else module.migration_id or "", None)
        if module is None:
            identifier = item.identifier or f"module_{len(self.modules) + 1}"
            module = Module(
                id=self.importing.id_of(Kind.MODULES, identifier),
                migration_id=identifier,
                name=item.title,
                position=len(self.modules) + 1,
                published=None if item.visible else False,
            )
            self.modules[identifier] = module
            self.importing.add(Kind.MODULES, module)
        if item.identifierref is not None:
            # A module that is itself a link to something gets an item for that.
            self.item(OrganizationItem(f"{module.migration_id}_item", item.identifierref, item.title), module, 0)
        for child in item.items:
            self.item(child, module, 0)

    def item(self, item: OrganizationItem, module: Module, indent: int) -> None:
        """An item of a module, known or new, and those inside it."""
        self.referenced.add(item.identifierref or "")
        # Canvas refers to the item of a tool by K(tag), and derives the item's own identifier from it
        # (lib/cc/organization.rb).
        mapped = self.unlisted.pop(item.identifier or "", None) or self.unlisted.pop(item.identifierref or "", None)
        if mapped is None and (numbered := _numbered(self.unlisted, item)) is not None:
            mapped = self.unlisted.pop(numbered.migration_id or "")
        if mapped is None:
            mapped = self._new(item, module, indent)
        else:
            self._companions(item, mapped)
        self.listed.setdefault(mapped.module_id or 0, []).append(mapped)
        for child in item.items:
            self.item(child, module, indent + 1)

    def links_alone(self) -> None:
        """The web links that no item names."""
        manifest = self.source.manifest
        links = [r for r in manifest.resources.values() if item_type(r) == "ExternalUrl" and r.variant_of is None]
        alone = [
            OrganizationItem(f"{link.identifier}_item", link.identifier, "")
            for link in links
            if link.identifier not in self.referenced
        ]
        if alone:
            self.module(OrganizationItem(f"{manifest.identifier}_links", None, manifest.title, tuple(alone)))

    def _companions(self, item: OrganizationItem, mapped: ModuleItem) -> None:
        """Keep what the organization alone states: the identifier of the web link of an item, or of the item of a tool.

        An item that module_meta.xml lists without a reference shows what the organization says, if that is of its type.
        """
        resource = self.source.manifest.resources.get(item.identifierref or "")
        shown = mapped.content_kind
        if shown and mapped.content_id is None and resource is not None and item_type(resource) == mapped.type:
            mapped.content_id = self.importing.id_of(shown, resource.identifier)
        if mapped.type == "ExternalTool":
            self.importing.remember(Kind.MODULE_ITEMS, mapped.id, "module_item", item.identifier)
        elif mapped.type == "ExternalUrl":
            self.importing.remember(Kind.MODULE_ITEMS, mapped.id, "weblink", item.identifierref)
        if mapped.type in ("ExternalTool", "ExternalUrl") and resource is not None and web_links.is_web_link(resource):
            self.source.used.update(resource.members)

    def _resource_of(self, item: OrganizationItem) -> Resource | None:
        """The resource of an item; if the item names a fallback, the resource that it is a fallback for."""
        resources = self.source.manifest.resources
        resource = resources.get(item.identifierref or "")
        if resource is None and item.identifierref:
            self.importing.warn(WarningCode.ITEM_DANGLING, MANIFEST, f"The item {item.title} points at no resource.")
        preferred = None if resource is None else resources.get(resource.variant_of or "")
        return preferred or resource

    def _new(self, item: OrganizationItem, module: Module, indent: int) -> ModuleItem:
        resource = self._resource_of(item)
        kind = "SubHeader" if resource is None else item_type(resource)
        reference = resource.identifier if resource else ""
        identifier = self._unused((reference if kind == "ExternalTool" else item.identifier) or "item")
        hidden = not item.visible or (resource is not None and resource.instructor_only)
        added = ModuleItem(
            id=self.importing.id_of(Kind.MODULE_ITEMS, identifier),
            migration_id=identifier,
            module_id=module.id,
            title=item.title,
            type=kind,
            position=self._place(module.id),
            indent=indent,
            published=False if hidden else None,
        )
        if kind == "ExternalUrl" and resource is not None:
            self._web_link(added, resource)
        elif kind in CONTENT_KINDS:
            added.content_id = self.importing.id_of(CONTENT_KINDS[kind], reference)
        elif resource is not None:
            sentence = f"The item {item.title} points at a question bank; it was taken in as a header."
            self.importing.warn(WarningCode.ITEM_IS_BANK, MANIFEST, sentence)
        if kind == "ExternalTool" and not self.source.is_canvas:
            added.external_url = self.tool_urls.get(added.content_id or 0)
        self.importing.add(Kind.MODULE_ITEMS, added)
        self._companions(item, added)
        return added

    def _web_link(self, item: ModuleItem, resource: Resource) -> None:
        link = web_links.read(resource, self.source, self.importing)
        if link is not None:
            item.external_url, item.new_tab = link.url, link.new_tab
            item.title = item.title or link.title

    def _place(self, module_id: int, position: int | None = None) -> int:
        """The next position in a module, or the given one, which the next comes after."""
        last = self.positions.get(module_id, 0)
        place = last + 1 if position is None else position
        self.positions[module_id] = max(last, place)
        return place

    def _unused(self, identifier: str) -> str:
        """The identifier, or one made of it where another item has it already."""
        candidate = identifier
        while candidate in self.uses:
            self.uses[identifier] += 1
            candidate = f"{identifier}_{self.uses[identifier]}"
        self.uses[candidate] = max(self.uses[candidate], 1)
        return candidate


def _numbered(known: Mapping[str, C], item: OrganizationItem) -> C | None:
    """The object whose identifier has a number behind it here, as exports write one that the manifest has already."""
    found = known.get(_NUMBER.sub("", item.identifier or ""))
    return found if found is not None and item.title.strip() in (found.label.strip(), "") else None


def _keep_order(items: list[ModuleItem]) -> None:
    """Keep the places of the items of a module, in the order of the organization, if it is not that of their positions.

    Canvas orders items by their positions in module_meta.xml, every other reader by the organization.
    """
    if items == sorted(items, key=lambda item: (item.position is None, item.position or 0, item.id)):
        return
    for place, item in enumerate(items, 1):
        item.organization_place = place
