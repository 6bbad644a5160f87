"""A thin cartridge: the modules of a course with links alone, for readers that show what stays where it is.

A tool is an LTI link, everything else a web link: that of an item, or one to the object in the course. The manifest holds
all links itself, and is the only member. Source: IMS Thin Common Cartridge for Common Cartridge 1.2 and 1.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

import msgspec

from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.cartridge import assignments, complete_selection, manifest
from shared.formats.cartridge.exported_modules import content_key, exported, link_key
from shared.formats.cartridge.external_tools import TYPE as LTI_LINK
from shared.formats.cartridge.generic import external_tools, organization, unsupported
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.entry import Entry
from shared.formats.html.package_links import site_of
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Resource
from shared.formats.packing import Packing
from shared.formats.xml import Element

# What has an address in the course, by the step of its path in front of the id.
_ROUTES = {
    Kind.PAGES: "pages",
    Kind.ASSIGNMENTS: "assignments",
    Kind.DISCUSSION_TOPICS: "discussion_topics",
    Kind.ANNOUNCEMENTS: "discussion_topics",
    Kind.QUIZZES: "quizzes",
    Kind.FILES: "files",
}
_KINDS = (Kind.PAGES, Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS, Kind.QUIZZES)


def entries(packing: Packing) -> Iterator[Entry]:
    """The manifest, after the selection is completed."""
    packing.make_xml_safe()
    packing.keys.only_valid = True
    complete_selection.settle(packing)
    unsupported.warn_of_kinds(packing)
    links = _Links(packing)
    links.add_all()
    links.warn_of_objects()
    write_organization = partial(organization.write, titles=links.listing.titles)
    yield Entry(
        MANIFEST, manifest.document(packing, links.listing.resources, write_organization, inline=links.documents)
    )


@dataclass(slots=True)
class _Links:
    """The links of the package, each with its document."""

    packing: Packing
    listing: TitledResources = field(default_factory=TitledResources)
    documents: dict[str, Element] = field(default_factory=dict)  # by the identifier of the resource
    linked: Counter[Kind] = field(default_factory=Counter)  # the objects that are links to the course

    def add_all(self) -> None:
        """Add the tools, the objects of the course, and what the items of modules lead to."""
        packing = self.packing
        for tool in packing.course.each(Kind.EXTERNAL_TOOLS):
            if packing.selected(Kind.EXTERNAL_TOOLS, tool.id):
                packing.packed(Kind.EXTERNAL_TOOLS, tool, self._add_tool)
        for ref in packing.course.refs(*_KINDS):
            if packing.selected(ref.kind, ref.id):
                self._add_object(ref.kind, ref.id, ref.title, ref.slug)
        for assignment in assignments.alone(packing):
            self._add_object(Kind.ASSIGNMENTS, assignment.id, assignment.name)
        for item in (item for _, items in exported(packing) for item in items):
            self._add_item(item)

    def warn_of_objects(self) -> None:
        """One warning for each kind of objects that the package has only links to."""
        for kind, count in self.linked.items():
            sentence = f"A thin cartridge has links alone: {count} {kind.replace('_', ' ')} are links to the course."
            self.packing.report.warn(WarningCode.KIND_NOT_EXPRESSED, sentence, kind=kind)

    def _add_tool(self, tool: ExternalTool) -> None:
        self._add(self.packing.key(Kind.EXTERNAL_TOOLS, tool.id), LTI_LINK, tool.name, external_tools.document(tool))

    def _add_object(self, kind: Kind, object_id: int, title: str, slug: str | None = None) -> None:
        identifier = self.packing.key(kind, object_id)
        if identifier in self.documents:
            return
        course = self.packing.course.course
        site = site_of(course, self.packing.request.host)
        address = f"{site}/courses/{course.id}/{_ROUTES[kind]}/{quote(slug) if slug else object_id}"
        self._add_web_link(identifier, title, address)
        self.linked[kind] += 1

    def _add_item(self, item: ModuleItem) -> None:
        """What an item leads to, unless it is there already: an address, a tool at an address, an object of the course."""
        identifier, kind = link_key(self.packing, item), item.content_kind
        shown = None if kind is None or item.content_id is None else self.packing.course.get(kind, item.content_id)
        if item.type == "ExternalUrl" and identifier and item.external_url:
            self._add_web_link(identifier, item.title, item.external_url)
        elif kind is Kind.EXTERNAL_TOOLS and identifier and (shown or item.external_url):
            tool = shown or ExternalTool(id=item.id)
            placed = msgspec.structs.replace(tool, name=item.title, url=item.external_url or tool.url)
            self._add(identifier, LTI_LINK, item.title, external_tools.document(placed))
        elif shown is not None and kind in _ROUTES and content_key(self.packing, item) not in self.documents:
            self._add_object(kind, shown.id, item.title, getattr(shown, "url", None) if kind is Kind.PAGES else None)

    def _add_web_link(self, identifier: str, title: str, address: str) -> None:
        release = "v1p2" if self.packing.request.version == "1.2" else "v1p3"
        root = xml.element("webLink", f"http://www.imsglobal.org/xsd/imscc{release}/imswl_{release}")
        xml.add(root, "title", title)
        xml.add(root, "url", href=address)
        self._add(identifier, f"imswl_xml{release}", title, root)

    def _add(self, identifier: str, kind: str, title: str, document: Element) -> None:
        self.documents[identifier] = document
        self.listing.add(Resource(identifier, kind), title)
