"""The organization as it is read: the modules of packages that have no module_meta.xml, and what that one leaves out."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from shared.domain.content.modules import CONTENT_KINDS, Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge import organization, web_links
from shared.formats.cartridge.resource import Resource
from shared.formats.cartridge.source import Item, Source
from shared.formats.importing import Importing
from shared.formats.package_reader import MANIFEST


def item_type(resource: Resource) -> str:
    """The REST type of an item that points at this resource. Source: Common Cartridge 1.1; assignments are of 1.3."""
    kind = resource.type
    if kind.startswith("imsqti") or kind.endswith("assessment"):
        return "Quiz"
    if kind.startswith("assignment") or any(path.endswith("assignment_settings.xml") for path in resource.files):
        return "Assignment"
    for prefix, rest in (("imswl", "ExternalUrl"), ("imsbasiclti", "ExternalTool"), ("imsdt", "Discussion")):
        if kind.startswith(prefix):
            return rest
    return "Page" if any(path.startswith("wiki_content/") for path in resource.files) else "File"


def read(source: Source, importing: Importing) -> None:
    """Modules and items that are not known yet, and what the organization calls the known ones.

    Its root's children are the modules; deeper items are in the module with a greater indent, those without a
    resource as headers. Items whose reference dangles are kept as headers, with a warning.
    """
    reading = _Reading(source, importing)
    for module in _modules(source, importing):
        reading.module(module)


def _modules(source: Source, importing: Importing) -> Iterator[Item]:
    """The items that are modules. Leaves among them, which no module holds, are put into one of the course's name."""
    roots = source.manifest.items
    if len(roots) == 1 and roots[0].identifierref is None:
        root = roots[0].identifier
        if root and root != organization.ROOT:
            importing.remember(Kind.COURSES, importing.course_id, organization.ROOT, root)
        roots = roots[0].items
    loose = tuple(item for item in roots if item.identifierref is not None and not item.items)
    yield from (item for item in roots if item not in loose)
    if loose:
        yield Item(f"{source.manifest.identifier}_items", None, source.manifest.title, loose)


@dataclass(slots=True)
class _Reading:
    """One organization under the reader, and the modules and items that are known already by their identifiers."""

    source: Source
    importing: Importing
    known: dict[str, ModuleItem] = field(init=False)  # until the organization has named them
    taken: set[str] = field(init=False)
    modules: dict[str, Module] = field(init=False)
    positions: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        items = self.importing.all(Kind.MODULE_ITEMS)
        self.known = {i.migration_id or "": i for i in items if isinstance(i, ModuleItem)}
        self.modules = {m.migration_id or "": m for m in self.importing.all(Kind.MODULES) if isinstance(m, Module)}
        self.taken = set(self.known)
        for item in self.known.values():
            self._place(item.module_id or 0, item.position)

    def module(self, item: Item) -> None:
        """A module and all items inside it."""
        module = self.modules.get(item.identifier or "")
        if module is None:
            identifier = _unused(item.identifier or f"module_{len(self.modules) + 1}", self.modules)
            module = Module(
                id=self.importing.id_of(Kind.MODULES, identifier),
                migration_id=identifier,
                name=item.title,
                position=len(self.modules) + 1,
            )
            self.modules[identifier] = module
            self.importing.add(Kind.MODULES, module)
        if item.identifierref is not None:
            self.item(Item(f"{module.migration_id}_item", item.identifierref, item.title), module, 0)
        for child in item.items:
            self.item(child, module, 0)

    def item(self, item: Item, module: Module, indent: int) -> None:
        """An item of a module, known or new, and those inside it."""
        known = self.known.pop(item.identifier or "", None) or self.known.pop(item.identifierref or "", None)
        if known is None:
            self._new(item, module, indent)
        else:
            self._companions(item, known)
        for child in item.items:
            self.item(child, module, indent + 1)

    def _companions(self, item: Item, known: ModuleItem) -> None:
        """Keep what the organization calls the web link of an item, or the item of a tool."""
        resource = self.source.manifest.resources.get(item.identifierref or "")
        if known.type == "ExternalTool":
            self.importing.remember(Kind.MODULE_ITEMS, known.id, "module_item", item.identifier)
        elif known.type == "ExternalUrl":
            self.importing.remember(Kind.MODULE_ITEMS, known.id, "weblink", item.identifierref)
        if known.type in ("ExternalTool", "ExternalUrl") and resource is not None and web_links.is_web_link(resource):
            self.source.used.update(resource.files)

    def _new(self, item: Item, module: Module, indent: int) -> None:
        reference = item.identifierref or ""
        resource = self.source.manifest.resources.get(reference)
        if reference and resource is None:
            self.importing.warn("item_dangling", MANIFEST, f"The item {item.title} points at no resource.")
        kind = "SubHeader" if resource is None else item_type(resource)
        identifier = _unused(reference if kind == "ExternalTool" else item.identifier or "item", self.taken)
        made = ModuleItem(
            id=self.importing.id_of(Kind.MODULE_ITEMS, identifier),
            migration_id=identifier,
            module_id=module.id,
            title=item.title,
            type=kind,
            position=self._place(module.id),
            indent=indent,
        )
        if kind == "ExternalUrl" and resource is not None:
            self._web_link(made, resource)
        elif kind in CONTENT_KINDS:
            made.content_id = self.importing.id_of(CONTENT_KINDS[kind], reference)
        self.taken.add(identifier)
        self.importing.add(Kind.MODULE_ITEMS, made)
        self._companions(item, made)

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


def _unused(identifier: str, taken: Container[str]) -> str:
    """The identifier, or one made of it where another object has it already."""
    number, candidate = 2, identifier
    while candidate in taken:
        candidate, number = f"{identifier}_{number}", number + 1
    return candidate
