"""`<cartridge_basiclti_link>`: the elements that external tools and LTI resource links share, written and read.

Title, launch addresses, custom fields, extensions, properties and options. What only a tool has (icons, vendor) is in
external_tools. Source: IMS Common Cartridge 1.1, Basic LTI links; Canvas's lib/cc/basic_lti_links.rb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lxml import etree

from shared.domain.content.external_tools import SECRETS, Property, ToolOptions
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource

# Canvas writes its resource links into this folder, and recognises them by it.
RESOURCE_LINKS = "lti_resource_links/"
# The platform of Canvas's own extension; other extensions are kept as they are.
CANVAS_PLATFORM = "canvas.instructure.com"
LINK_1P0 = "http://www.imsglobal.org/xsd/imslticc_v1p0"
LINK_1P3 = "http://www.imsglobal.org/xsd/imslticc_v1p3"
BLTI = "http://www.imsglobal.org/xsd/imsbasiclti_v1p0"
LTICM = "http://www.imsglobal.org/xsd/imslticm_v1p0"
LTICP = "http://www.imsglobal.org/xsd/imslticp_v1p0"
_SCHEMAS = "http://www.imsglobal.org/xsd/lti/"
_XSDS = {
    LINK_1P0: f"{_SCHEMAS}ltiv1p0/imslticc_v1p0.xsd",
    LINK_1P3: f"{_SCHEMAS}ltiv1p3/imslticc_v1p3.xsd",
    BLTI: f"{_SCHEMAS}ltiv1p0/imsbasiclti_v1p0p1.xsd",
    LTICM: f"{_SCHEMAS}ltiv1p0/imslticm_v1p0.xsd",
    LTICP: f"{_SCHEMAS}ltiv1p0/imslticp_v1p0.xsd",
}


def is_resource_link(resource: Resource) -> bool:
    """Whether a resource is an LTI 1.3 resource link of Canvas; any other LTI link installs a tool."""
    return resource.type.endswith("imsbasiclti_xmlv1p3") and any(p.startswith(RESOURCE_LINKS) for p in resource.files)


def read_links(
    source: PackageSource, importing: Importing, selects: Callable[[Resource], bool]
) -> Iterator[tuple[xml.Element, str, str]]:
    """(root, identifier of the resource, member) of the LTI link in each selected resource; unreadable ones only warn."""
    for resource in source.manifest.resources.values():
        if selects(resource):
            document = source.document(resource, importing)
            if document is not None:
                member, root = document
                yield root, resource.identifier, member


def link(namespace: str, title: str, description: str | None) -> xml.Element:
    """The root, `LINK_1P0` for a tool or `LINK_1P3` for a resource link, with `title` and `description`."""
    nsmap: dict[Any, str] = {None: namespace, "blti": BLTI, "lticm": LTICM, "lticp": LTICP, "xsi": xml.XSI}
    root = etree.Element(f"{{{namespace}}}cartridge_basiclti_link", nsmap=nsmap)
    pairs = " ".join(f"{name} {_XSDS[name]}" for name in (namespace, BLTI, LTICM, LTICP))
    root.set(f"{{{xml.XSI}}}schemaLocation", pairs)
    add(root, BLTI, "title", title)
    add(root, BLTI, "description", description)
    return root


def add(parent: xml.Element, namespace: str, tag: str, value: Any = None, **attributes: Any) -> xml.Element:
    """Append an element of one of the LTI namespaces."""
    child = etree.SubElement(parent, f"{{{namespace}}}{tag}")
    for name, content in attributes.items():
        child.set(name, xml.text_of(content))
    child.text = xml.text_of(value) or None
    return child


def add_if(parent: xml.Element, namespace: str, tag: str, value: str | None) -> None:
    """Append an element that has a text; None and "" append nothing."""
    if value:
        add(parent, namespace, tag, value)


def add_launch_urls(parent: xml.Element, url: str | None, plain: str | None = None) -> None:
    """`launch_url` and `secure_launch_url`: both for a tool that has two addresses, else the one of its scheme, if any."""
    if url and plain:
        add(parent, BLTI, "launch_url", plain)
        add(parent, BLTI, "secure_launch_url", url)
    elif address := url or plain:
        # `secure_launch_url` is the address that is opened by https (Basic LTI 1.0).
        secure = address.lower().startswith("https:")
        add(parent, BLTI, "secure_launch_url" if secure else "launch_url", address)


def read_launch_urls(root: xml.Element) -> tuple[str | None, str | None]:
    """(`secure_launch_url`, `launch_url`); None for a missing one."""
    return xml.text_at(root, "secure_launch_url"), xml.text_at(root, "launch_url")


def add_extension(parent: xml.Element, platform: str = CANVAS_PLATFORM) -> xml.Element:
    """Append `<extensions>` for a platform, empty."""
    return add(parent, BLTI, "extensions", platform=platform)


def add_properties(parent: xml.Element, properties: Iterable[Property]) -> None:
    """A `property` for each pair, its name as an attribute and its value as text; never a secret."""
    for item in properties:
        # Canvas writes key and secret of a tool into internal copies of a course alone, never into a package.
        if item.name not in SECRETS:
            add(parent, LTICM, "property", item.value, name=item.name)


def add_custom(parent: xml.Element, properties: Iterable[Property] | None) -> None:
    """`<custom>` with a property for each field; None writes no element, an empty list an empty one."""
    if properties is not None:
        add_properties(add(parent, BLTI, "custom"), properties)


def add_options(parent: xml.Element, options: Iterable[ToolOptions]) -> None:
    """An `options` element for each group, with the groups inside it."""
    for group in options:
        element = add(parent, LTICM, "options", name=group.name)
        add_properties(element, group.properties)
        add_options(element, group.options)
        add_custom(element, group.custom_fields)


def read_properties(parent: xml.Element, member: str, importing: Importing) -> list[Property]:
    """The properties right below an element, in order. Secrets are left out, with a warning."""
    properties = []
    for element in xml.find_all(parent, "property"):
        name = element.get("name") or ""
        if name in SECRETS:
            importing.warn(WarningCode.SECRET_DROPPED, member, f"The {name} of a tool is not taken in.")
        else:
            properties.append(Property(name, "".join(str(part) for part in element.itertext())))
    return properties


def read_custom(parent: xml.Element, member: str, importing: Importing) -> list[Property] | None:
    """The custom fields below an element; None where it has no `<custom>`."""
    element = xml.find(parent, "custom")
    return None if element is None else read_properties(element, member, importing)


def read_options(parent: xml.Element, member: str, importing: Importing) -> list[ToolOptions]:
    """The groups of settings right below an element, and those inside them."""
    return [
        ToolOptions(
            name=element.get("name") or "",
            properties=read_properties(element, member, importing),
            options=read_options(element, member, importing),
            custom_fields=read_custom(element, member, importing),
        )
        for element in xml.find_all(parent, "options")
    ]
