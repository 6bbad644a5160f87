"""Web links: addresses outside of the course, each a module item and a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.cartridge.exported_modules import content_key, exported, link_key
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.manifest import version_of
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing

TYPE = "imswl_xmlv1p1"


class WebLink(NamedTuple):
    """The content of a web link's document."""

    title: str
    url: str
    new_tab: bool | None


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for every item of an exported module that leads out of the course.

    Canvas writes those of web addresses. Those of tools let a reader that knows no module_meta.xml follow the item
    to where the tool is; an item that goes under its tool's own name needs none.
    Source: Common Cartridge 1.1.
    """
    for item in (item for _, items in exported(packing) for item in items):
        identifier = link_key(packing, item)
        if identifier is None or (item.type == "ExternalTool" and _needless(packing, item)):
            continue
        # The item itself is counted in module_meta.xml.
        yield from packing.entries_beside(Kind.MODULE_ITEMS, item, partial(_write, packing, resources, identifier))


def _write(packing: Packing, resources: Resources, identifier: str, item: ModuleItem) -> Iterator[Entry]:
    body = _document(packing, item)
    resources.add(Resource(identifier, TYPE, files=(f"{identifier}.xml",)))
    yield Entry(f"{identifier}.xml", body)


def _needless(packing: Packing, item: ModuleItem) -> bool:
    """Whether the item of a tool has no address, or is listed under the identifier of the tool's own resource."""
    return not item.external_url or link_key(packing, item) == content_key(packing, item)


def _document(packing: Packing, item: ModuleItem) -> bytes:
    root = xml.root("webLink", *version_of(packing).document("imswl"))
    xml.add(root, "title", item.title)
    xml.add(root, "url", href=item.external_url)
    return xml.serialize(root)


def is_web_link(resource: Resource) -> bool:
    """Whether a resource is a web link, of any version."""
    return resource.type.startswith("imswl")


def address(resource: Resource) -> str:
    """The address of a resource that is not in the package at all, as IMS content packages may list it; "" for others."""
    return resource.href if resource.href and "://" in resource.href and not resource.files else ""


def read(resource: Resource, source: PackageSource, importing: Importing) -> WebLink | None:
    """The content of a web link; None, with a warning, for a document without an address.

    Namespaces are ignored: tools write those of 1.0 to 1.4, and wrong ones.
    """
    if not is_web_link(resource):
        return WebLink(title="", url=address(resource), new_tab=None)
    document = source.document(resource, importing)
    url = None if document is None else xml.find(document[1], "url")
    if document is None or url is None:
        place = next(iter(resource.members), resource.identifier)
        importing.warn(WarningCode.WEB_LINK_UNREADABLE, place, f"The web link {resource.identifier} names no address.")
        return None
    for unknown in (child for child in document[1] if xml.local(child) not in ("", "title", "url")):
        sentence = f"<{xml.local(unknown)}> of a web link has no place here."
        importing.warn(WarningCode.ELEMENT_UNKNOWN, document[0], sentence)
    target = url.get("target")
    return WebLink(
        title=(xml.text_at(document[1], "title") or "").strip(),
        url=(url.get("href") or "").strip(),
        new_tab=None if target is None else target == "_blank",
    )
