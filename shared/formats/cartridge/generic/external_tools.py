"""LTI tools with their elements in the order of the schema, which Canvas does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.external_tools import ExternalTool
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.cartridge import external_tools
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.entry import Entry
from shared.formats.imscp.resource import Resource
from shared.formats.packing import Packing

# Source: IMS Common Cartridge 1.1, imslticc_v1p0p1.xsd and imsbasiclti_v1p0p1.xsd.
_ORDER = (
    *("title", "description", "custom", "extensions", "launch_url", "secure_launch_url", "icon", "secure_icon"),
    "vendor",
)


def write(packing: Packing, listing: TitledResources) -> Iterator[Entry]:
    """A file and a resource for every selected tool. Never a consumer key or secret."""
    return packing.each(Kind.EXTERNAL_TOOLS, partial(_write, packing, listing))


def _write(packing: Packing, listing: TitledResources, tool: ExternalTool) -> Iterator[Entry]:
    identifier = packing.key(Kind.EXTERNAL_TOOLS, tool.id)
    listing.add(Resource(identifier, external_tools.TYPE, files=(f"{identifier}.xml",)), tool.name)
    yield Entry(f"{identifier}.xml", xml.serialize(document(tool)))


def document(tool: ExternalTool) -> xml.Element:
    """The LTI link of a tool."""
    root = external_tools.link(tool)
    root[:] = sorted(root, key=lambda child: _ORDER.index(xml.local(child)))
    return root
