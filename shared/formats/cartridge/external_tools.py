"""LTI tools of the course: a file each, in the form of LTI 1.0 links with Canvas's extensions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from shared.domain.content.external_tools import Extension, ExternalTool, Property, Vendor
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.cartridge import lti
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing

TYPE = "imsbasiclti_xmlv1p0"

# Properties of Canvas's extension that are fields of the tool, in the order in which Canvas writes them.
_FIELDS = ("tool_id", "privacy_level", "domain", "lti_version", "selection_width", "selection_height", "client_id")
_NUMBERS = ("selection_width", "selection_height")
# Names that Canvas repeats among the other settings: the field tells the value, the setting only that it is there.
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
_MIGRATION = "content_migration"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for every selected tool of the course. Never a consumer key or secret. Source: Canvas."""
    return packing.each(Kind.EXTERNAL_TOOLS, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, tool: ExternalTool) -> Iterator[Entry]:
    identifier = packing.key(Kind.EXTERNAL_TOOLS, tool.id)
    body = xml.serialize(_link(tool))
    resources.add(Resource(identifier, TYPE, files=(f"{identifier}.xml",)))
    yield Entry(f"{identifier}.xml", body)


def _link(tool: ExternalTool) -> xml.Element:
    root = lti.link(lti.LINK_1P0)
    lti.add(root, lti.BLTI, "title", tool.name)
    lti.add(root, lti.BLTI, "description", tool.description)
    if tool.launch_url and tool.url:
        lti.add(root, lti.BLTI, "launch_url", tool.launch_url)
        lti.add(root, lti.BLTI, "secure_launch_url", tool.url)
    else:
        lti.add_url(root, tool.url or tool.launch_url)
    lti.add_if(root, lti.BLTI, "icon", tool.icon_url)
    lti.add_if(root, lti.BLTI, "secure_icon", tool.secure_icon_url)
    _vendor(lti.add(root, lti.BLTI, "vendor"), tool.vendor or Vendor())
    lti.add_custom(root, tool.custom_fields)
    _canvas_extension(root, tool)
    for extension in tool.extensions:
        element = lti.add(root, lti.BLTI, "extensions", platform=extension.platform)
        lti.add_properties(element, extension.properties)
        lti.add_options(element, extension.options)
    return root


def _vendor(element: xml.Element, vendor: Vendor) -> None:
    lti.add(element, lti.LTICP, "code", vendor.code or "unknown")
    lti.add(element, lti.LTICP, "name", vendor.name or "unknown")
    lti.add_if(element, lti.LTICP, "description", vendor.description)
    lti.add_if(element, lti.LTICP, "url", vendor.url)
    if vendor.contact_email:
        lti.add(lti.add(element, lti.LTICP, "contact"), lti.LTICP, "email", vendor.contact_email)


def _canvas_extension(root: xml.Element, tool: ExternalTool) -> None:
    """The fields, the content migration, the other settings, the placements."""
    element = lti.add(root, lti.BLTI, "extensions", platform=lti.CANVAS_PLATFORM)
    values = {name: getattr(tool, name) for name in _FIELDS}
    written = {name: xml.text_of(value) for name, value in values.items() if value not in (None, "")}
    lti.add_properties(element, (Property(name, value) for name, value in written.items()))
    lti.add_options(element, (group for group in tool.options if group.name == _MIGRATION))
    lti.add_properties(element, (_current(setting, tool) for setting in tool.settings))
    lti.add_options(element, (group for group in tool.options if group.name != _MIGRATION))


def _current(setting: Property, tool: ExternalTool) -> Property:
    """A setting with the value of the field that it repeats, where it repeats one."""
    value = getattr(tool, setting.name) if setting.name in _REPEATED else None
    return setting if value is None else Property(setting.name, xml.text_of(value))


def read(source: PackageSource, importing: Importing) -> None:
    """Every LTI link of the package, resource links aside, is a tool of the course."""
    for root, identifier, path in lti.read_links(source, importing, _is_tool):
        importing.add(Kind.EXTERNAL_TOOLS, _tool(root, identifier, path, importing))


def _is_tool(resource: Resource) -> bool:
    return resource.type.startswith("imsbasiclti") and not lti.is_resource_link(resource)


def _tool(root: xml.Element, identifier: str, member: str, importing: Importing) -> ExternalTool:
    secure, plain = xml.text_at(root, "secure_launch_url"), xml.text_at(root, "launch_url")
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
        custom_fields=lti.read_custom(root, member, importing),
    )
    for element in xml.find_all(root, "extensions"):
        if element.get("platform") == lti.CANVAS_PLATFORM:
            tool = _with_extension(tool, element, member, importing)
        else:
            tool.extensions.append(_extension(element, member, importing))
    for name in sorted({xml.local(child) for child in root} - _KNOWN - {""}):
        importing.warn(WarningCode.ELEMENT_UNKNOWN, member, f"<{name}> of a tool has no meaning here.")
    return tool


def _read_vendor(root: xml.Element) -> Vendor | None:
    """The vendor; None where nothing of it is known."""
    texts = {
        name: (xml.text_at(root, f"vendor/{name}") or "").strip() for name in ("code", "name", "description", "url")
    }
    texts["contact_email"] = (xml.text_at(root, "vendor/contact/email") or "").strip()
    known = {name: text for name, text in texts.items() if text not in ("", "unknown")}
    return Vendor(**known) if known else None


def _with_extension(tool: ExternalTool, element: xml.Element, member: str, importing: Importing) -> ExternalTool:
    """The tool with Canvas's extension: the first mention of a field is the field, all else are settings."""
    values: dict[str, str | int] = {}
    for item in lti.read_properties(element, member, importing):
        if item.name in _FIELDS and item.name not in values and getattr(tool, item.name) is None:
            values[item.name] = _number(item.value) if item.name in _NUMBERS else item.value
        else:
            tool.settings.append(item)
    tool.options.extend(lti.read_options(element, member, importing))
    return replace(tool, **values)


def _number(text: str) -> int | str:
    """A size in pixels; text that is no plain number stays."""
    return int(text) if text.isascii() and text.isdigit() and text == str(int(text)) else text


def _extension(element: xml.Element, member: str, importing: Importing) -> Extension:
    return Extension(
        platform=element.get("platform") or "",
        properties=lti.read_properties(element, member, importing),
        options=lti.read_options(element, member, importing),
    )
