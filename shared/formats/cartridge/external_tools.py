"""LTI tools of the course: a file each, in the form of LTI 1.0 links with Canvas's extensions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from shared.domain.content.external_tools import Extension, ExternalTool, Property, Vendor
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.cartridge import basiclti_link
from shared.formats.cartridge.basiclti_link import BLTI, LTICP
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing

TYPE = "imsbasiclti_xmlv1p0"

# Properties of Canvas's extension that are fields of the tool, in the order in which Canvas writes them.
_FIELDS = ("tool_id", "privacy_level", "domain", "lti_version", "selection_width", "selection_height", "client_id")
_NUMBERS = ("selection_width", "selection_height")
# Names that Canvas repeats among the other settings. The value comes from the field; the setting keeps its place.
_REPEATED = {*_FIELDS, "icon_url", "url"}
_KNOWN = {
    "title",
    "description",
    "launch_url",
    "secure_launch_url",
    "icon",
    "secure_icon",
    "vendor",
    "custom",
    "extensions",
}
# Canvas writes this group before the settings, all other groups (placements) after them.
_MIGRATION = "content_migration"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for every selected tool of the course. Never a consumer key or secret. Source: Canvas."""
    return packing.each(Kind.EXTERNAL_TOOLS, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, tool: ExternalTool) -> Iterator[Entry]:
    identifier = packing.key(Kind.EXTERNAL_TOOLS, tool.id)
    body = xml.serialize(link(tool))
    resources.add(Resource(identifier, TYPE, files=(f"{identifier}.xml",)))
    yield Entry(f"{identifier}.xml", body)


def link(tool: ExternalTool) -> xml.Element:
    """The document of a tool."""
    root = basiclti_link.link(basiclti_link.LINK_1P0, tool.name, tool.description)
    basiclti_link.add_launch_urls(root, tool.url, tool.launch_url)
    basiclti_link.add_if(root, BLTI, "icon", tool.icon_url)
    basiclti_link.add_if(root, BLTI, "secure_icon", tool.secure_icon_url)
    _vendor(basiclti_link.add(root, BLTI, "vendor"), tool.vendor or Vendor())
    basiclti_link.add_custom(root, tool.custom_fields)
    _canvas_extension(root, tool)
    for extension in tool.extensions:
        element = basiclti_link.add_extension(root, extension.platform)
        basiclti_link.add_properties(element, extension.properties)
        basiclti_link.add_options(element, extension.options)
    return root


def _vendor(element: xml.Element, vendor: Vendor) -> None:
    # Common Cartridge requires both; Canvas has no vendor and writes this word.
    basiclti_link.add(element, LTICP, "code", vendor.code or "unknown")
    basiclti_link.add(element, LTICP, "name", vendor.name or "unknown")
    basiclti_link.add_if(element, LTICP, "description", vendor.description)
    basiclti_link.add_if(element, LTICP, "url", vendor.url)
    if vendor.contact_email:
        basiclti_link.add(
            basiclti_link.add(element, LTICP, "contact"),
            LTICP,
            "email",
            vendor.contact_email,
        )


def _canvas_extension(root: xml.Element, tool: ExternalTool) -> None:
    """The fields, the content migration, the other settings, the placements."""
    element = basiclti_link.add_extension(root)
    values = {name: getattr(tool, name) for name in _FIELDS}
    written = {name: xml.text_of(value) for name, value in values.items() if value not in (None, "")}
    basiclti_link.add_properties(element, (Property(name, value) for name, value in written.items()))
    basiclti_link.add_options(element, (group for group in tool.options if group.name == _MIGRATION))
    basiclti_link.add_properties(element, (_current(setting, tool) for setting in tool.settings))
    basiclti_link.add_options(element, (group for group in tool.options if group.name != _MIGRATION))


def _current(setting: Property, tool: ExternalTool) -> Property:
    """A setting with the value of the field that it repeats, where it repeats one."""
    value = getattr(tool, setting.name) if setting.name in _REPEATED else None
    return setting if value is None else Property(setting.name, xml.text_of(value))


def read(source: PackageSource, importing: Importing) -> None:
    """Every LTI link of the package, resource links aside, is a tool of the course."""
    for root, identifier, path in basiclti_link.read_links(source, importing, _is_tool):
        importing.add(Kind.EXTERNAL_TOOLS, _tool(root, identifier, path, importing))


def _is_tool(resource: Resource) -> bool:
    return resource.type.startswith("imsbasiclti") and not basiclti_link.is_resource_link(resource)


def _tool(root: xml.Element, identifier: str, member: str, importing: Importing) -> ExternalTool:
    secure, plain = basiclti_link.read_launch_urls(root)
    tool = ExternalTool(
        id=importing.id_of(Kind.EXTERNAL_TOOLS, identifier),
        migration_id=identifier,
        position=len(importing.all(Kind.EXTERNAL_TOOLS)) + 1,
        name=xml.text_at(root, "title") or "",
        description=xml.text_at(root, "description"),
        url=secure or plain,
        launch_url=plain if secure else None,
        icon_url=xml.text_at(root, "icon") or None,
        secure_icon_url=xml.text_at(root, "secure_icon") or None,
        vendor=_read_vendor(root),
        custom_fields=basiclti_link.read_custom(root, member, importing),
    )
    for element in xml.find_all(root, "extensions"):
        if element.get("platform") == basiclti_link.CANVAS_PLATFORM:
            tool = _with_extension(tool, element, member, importing)
        else:
            tool.extensions.append(_extension(element, member, importing))
    for name in sorted({xml.local(child) for child in root} - _KNOWN - {""}):
        importing.warn(WarningCode.ELEMENT_UNKNOWN, member, f"<{name}> of a tool has no meaning here.")
    return tool


def _read_vendor(root: xml.Element) -> Vendor | None:
    """The vendor; None for one that Canvas wrote without knowing it."""
    texts = {
        name: (xml.text_at(root, f"vendor/{name}") or "").strip() for name in ("code", "name", "description", "url")
    }
    texts["contact_email"] = (xml.text_at(root, "vendor/contact/email") or "").strip()
    stated = {name: text for name, text in texts.items() if text not in ("", "unknown")}
    return Vendor(**stated) if stated else None


def _with_extension(tool: ExternalTool, element: xml.Element, member: str, importing: Importing) -> ExternalTool:
    """The tool with Canvas's extension: the first mention of a field is the field, all else are settings."""
    values: dict[str, str | int] = {}
    for item in basiclti_link.read_properties(element, member, importing):
        if item.name in _FIELDS and item.name not in values and getattr(tool, item.name) is None:
            values[item.name] = _number(item.value) if item.name in _NUMBERS else item.value
        else:
            tool.settings.append(item)
    tool.options.extend(basiclti_link.read_options(element, member, importing))
    return replace(tool, **values)


def _number(text: str) -> int | str:
    """A size in pixels; text that is no plain number stays."""
    return int(text) if text.isascii() and text.isdigit() and text == str(int(text)) else text


def _extension(element: xml.Element, member: str, importing: Importing) -> Extension:
    return Extension(
        platform=element.get("platform") or "",
        properties=basiclti_link.read_properties(element, member, importing),
        options=basiclti_link.read_options(element, member, importing),
    )
