"""`course_settings/module_meta.xml`: the modules with everything that the organization cannot express."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from shared.domain.content.modules import CompletionRequirement, Module, ModuleItem
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import json_text, xml
from shared.formats.canvas import fields, workflow_state
from shared.formats.canvas.settings_document import FOLDER, is_due, open_root
from shared.formats.cartridge import web_links
from shared.formats.cartridge.exported_modules import content_key, exported
from shared.formats.cartridge.read_organization import item_type
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource
from shared.formats.packing import Packing

NAME = "module_meta.xml"
MEMBER = f"{FOLDER}{NAME}"

# What Canvas calls the REST types of module items.
CONTENT_TYPES = {
    "Assignment": "Assignment",
    "Quiz": "Quizzes::Quiz",
    "Discussion": "DiscussionTopic",
    "Page": "WikiPage",
    "File": "Attachment",
    "ExternalUrl": "ExternalUrl",
    "ExternalTool": "ContextExternalTool",
    "SubHeader": "ContextModuleSubHeader",
}
REST_TYPES = {name: rest for rest, name in CONTENT_TYPES.items()}

# Canvas: the elements of a module before its containers, in its order.
_MODULE = (
    fields.whole("position").required,
    fields.moment("start_at"),
    fields.moment("end_at"),
    fields.moment("unlock_at"),
    fields.flag("require_sequential_progress"),
    fields.whole("requirement_count"),
    fields.flag("locked").or_else(False),
)
_MODULE_TITLE = fields.text("title", "name").required
_ITEM_TITLE = fields.text("title").required
_TOOL = (
    fields.text("url", "external_url"),
    fields.text("global_identifierref"),
    fields.text("lti_resource_link_lookup_uuid"),
)
_ITEM = (fields.whole("position").required, fields.flag("new_tab").required, fields.whole("indent").or_else(0))
_REQUIREMENT = (fields.number("min_score"), fields.number("min_percentage"))
_MODULE_CONTAINERS = ("workflow_state", "prerequisites", "items", "completionRequirements")
_ITEM_OTHERS = ("content_type", "workflow_state", "identifierref", "link_settings_json")


def document(packing: Packing) -> bytes | None:
    """`<modules>` with the selected modules; None for a course without modules."""
    if not is_due(packing, NAME, Kind.MODULES):
        return None
    return xml.serialize_all(xml.root("modules"), _modules(packing))


def _modules(packing: Packing) -> Iterator[xml.Element]:
    """One element at a time, since a large course has many items."""
    for module, items in exported(packing):
        element = packing.packed(Kind.MODULES, module, partial(_module, packing, items))
        if element is not None:
            yield element


def _module(packing: Packing, items: list[ModuleItem], module: Module) -> xml.Element:
    element = xml.element("module", identifier=packing.key(Kind.MODULES, module.id))
    fields.append(element, module, (_MODULE_TITLE,))
    xml.add(element, "workflow_state", workflow_state.written(module.published, module.workflow_state, "active"))
    # Canvas stores how many items must be completed; REST only whether all or one of them.
    counted = 1 if module.requirement_type == "one" else None
    fields.append(element, replace(module, requirement_count=module.requirement_count or counted), _MODULE)
    if module.prerequisite_module_ids:
        _prerequisites(packing, module, xml.add(element, "prerequisites"))
    container = xml.add(element, "items")
    for item in items:
        child = packing.packed(Kind.MODULE_ITEMS, item, partial(_item, packing))
        if child is not None:
            container.append(child)
    required = [item for item in items if item.completion_requirement]
    if required:
        container = xml.add(element, "completionRequirements")
        for item in required:
            _requirement(packing, item, container)
    return element


def _prerequisites(packing: Packing, module: Module, container: xml.Element) -> None:
    for module_id in module.prerequisite_module_ids:
        # Written even for a module that is not in the package, so that an importer can connect it (its
        # lib/cc/module_meta.rb).
        before = packing.course.get(Kind.MODULES, module_id)
        title = module.prerequisite_titles.get(str(module_id)) if before is None else before.name
        element = xml.add(container, "prerequisite", type="context_module")
        xml.add(element, "title", title)
        xml.add(element, "identifierref", packing.key(Kind.MODULES, module_id))


def _item(packing: Packing, item: ModuleItem) -> xml.Element:
    own = packing.key(Kind.MODULE_ITEMS, item.id)
    element = xml.element("item", identifier=own)
    xml.add(element, "content_type", CONTENT_TYPES.get(item.type, item.type))
    xml.add(element, "workflow_state", workflow_state.written(item.published, item.workflow_state, "active"))
    fields.append(element, item, (_ITEM_TITLE,))
    if item.type != "SubHeader":
        # An item without an object, such as a web address, refers to itself.
        xml.add(element, "identifierref", content_key(packing, item) or own)
    fields.append(element, item, (*_TOOL, *_ITEM))
    xml.add(element, "link_settings_json", json_text.dump(item.link_settings))
    return element


def _requirement(packing: Packing, item: ModuleItem, container: xml.Element) -> None:
    requirement = item.completion_requirement
    assert requirement is not None
    element = xml.add(container, "completionRequirement", type=requirement.type)
    fields.append(element, requirement, _REQUIREMENT)
    xml.add(element, "identifierref", packing.key(Kind.MODULE_ITEMS, item.id))


def read(source: PackageSource, importing: Importing) -> None:
    """Add the modules and items of the document. Their order is that of their positions."""
    root = open_root(source, importing, NAME, "modules")
    for number, element in enumerate(() if root is None else xml.find_all(root, "module"), 1):
        _read_module(element, number, source, importing)


def _read_module(element: xml.Element, number: int, source: PackageSource, importing: Importing) -> None:
    identifier = element.get("identifier") or f"module_{number}"
    module_id = importing.id_of(Kind.MODULES, identifier)
    module = Module(
        id=module_id,
        migration_id=identifier,
        **fields.read(element, (_MODULE_TITLE, *_MODULE), importing, MEMBER, _MODULE_CONTAINERS),
        **workflow_state.read(xml.text_at(element, "workflow_state")),
    )
    for before in xml.find_all(element, "prerequisites/prerequisite"):
        _read_prerequisite(before, module, importing)
    importing.add(Kind.MODULES, module)
    items = [_read_item(each, module_id, source, importing) for each in xml.find_all(element, "items/item")]
    # A requirement for one of two items of an identifier is for the first.
    named = {item.migration_id: item for item in reversed(items)}
    for requirement in xml.find_all(element, "completionRequirements/completionRequirement"):
        _read_requirement(requirement, named, importing)
    for item in items:
        importing.add(Kind.MODULE_ITEMS, item)


def _read_prerequisite(element: xml.Element, module: Module, importing: Importing) -> None:
    identifier = (xml.text_at(element, "identifierref") or "").strip()
    if not identifier:
        importing.warn(WarningCode.PREREQUISITE_UNKNOWN, MEMBER, f"A prerequisite of {module.name} names no module.")
        return
    before = importing.id_of(Kind.MODULES, identifier)
    module.prerequisite_module_ids.append(before)
    module.prerequisite_titles[str(before)] = xml.text_at(element, "title") or ""


def _read_item(element: xml.Element, module_id: int, source: PackageSource, importing: Importing) -> ModuleItem:
    identifier = element.get("identifier") or f"{module_id}_{xml.text_at(element, 'position')}"
    reference = (xml.text_at(element, "identifierref") or "").strip()
    item = ModuleItem(
        id=importing.id_of(Kind.MODULE_ITEMS, identifier),
        migration_id=identifier,
        module_id=module_id,
        type=_read_type(element, source.manifest.resources.get(reference), importing),
        link_settings=_read_link_settings(element, importing),
        **fields.read(element, (_ITEM_TITLE, *_TOOL, *_ITEM), importing, MEMBER, _ITEM_OTHERS),
        **workflow_state.read(xml.text_at(element, "workflow_state")),
    )
    if item.type == "ExternalUrl" and not item.external_url:
        importing.warn(WarningCode.ITEM_WITHOUT_CONTENT, MEMBER, f"The item {item.title} is a link without an address.")
    # An item of a web link refers to itself (see `_item`), and so does that of a tool which the course lacks (Canvas); a
    # web link of that identifier is its own (web_links.py), any other resource is what it shows.
    resource = source.manifest.resources.get(reference)
    refers = reference != identifier or (resource is not None and not web_links.is_web_link(resource))
    if item.content_kind is not None and reference and refers:
        item.content_id = importing.id_of(item.content_kind, reference)
    return item


def _read_type(element: xml.Element, resource: Resource | None, importing: Importing) -> str:
    """The REST type of an item; for a type that Canvas does not have, that of its resource."""
    written = (xml.text_at(element, "content_type") or "").strip()
    if written in REST_TYPES:
        return REST_TYPES[written]
    if resource is not None:
        return item_type(resource)
    importing.warn(WarningCode.ITEM_TYPE_UNKNOWN, MEMBER, f"An item is of an unknown type: {written}.")
    return written or "SubHeader"


def _read_link_settings(element: xml.Element, importing: Importing) -> dict[str, object] | None:
    text = (xml.text_at(element, "link_settings_json") or "").strip()
    if text in ("", "null"):
        return None
    try:
        value = json_text.load(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        importing.warn(WarningCode.VALUE_UNREADABLE, MEMBER, f"link_settings_json is no JSON object: {text[:100]!r}")
        return None
    return value


def _read_requirement(element: xml.Element, items: dict[str | None, ModuleItem], importing: Importing) -> None:
    item = items.get((xml.text_at(element, "identifierref") or "").strip())
    values = fields.read(element, _REQUIREMENT, importing, MEMBER, ("identifierref",))
    if item is None:
        importing.warn(
            WarningCode.REQUIREMENT_DANGLING, MEMBER, "A completion requirement is for an item of no module."
        )
        return
    item.completion_requirement = CompletionRequirement(type=element.get("type") or "must_view", **values)
