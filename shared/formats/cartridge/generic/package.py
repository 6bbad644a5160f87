"""A Common Cartridge for readers other than Canvas: every member, in the order of Canvas's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial

from shared.domain.kinds import Kind
from shared.formats.canvas import files
from shared.formats.cartridge import complete_selection, manifest, web_links
from shared.formats.cartridge.generic import (
    assignments,
    external_tools,
    organization,
    pages,
    quizzes,
    topics,
    unsupported,
)
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.entry import Entry
from shared.formats.html.package_links import site_of
from shared.formats.html.portable_links import TO_ROOT, PortableLinks
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import WEB_RESOURCES
from shared.formats.packing import Packing


def entries(packing: Packing) -> Iterator[Entry]:
    """The members, the manifest last. The selection is completed before anything is written."""
    packing.make_xml_safe()
    # Schemas and readers refuse identifiers that begin with a digit, which Canvas's own importer knows objects by.
    packing.keys.only_valid = True
    complete_selection.settle(packing)
    site = site_of(packing.course.course, packing.request.host)
    links = PortableLinks(packing.links, packing.course, packing.keys, site, f"{TO_ROOT}{WEB_RESOURCES}")
    packing = replace(packing, links=links)
    paths, listing = MemberPaths(packing), TitledResources()
    links.address_of = paths.address
    unsupported.warn_of_kinds(packing)
    yield from pages.write_syllabus(packing, listing)
    yield from pages.write(packing, listing, paths)
    yield from assignments.write(packing, listing, paths)
    yield from topics.write(packing, listing, paths)
    yield from web_links.write(packing, listing.resources)
    yield from quizzes.write(packing, listing, paths)
    yield from files.write(packing, listing.resources)
    yield from external_tools.write(packing, listing)
    _list_files(packing, listing, links.linked_paths)
    write_organization = partial(organization.write, titles=listing.titles)
    yield Entry(MANIFEST, manifest.document(packing, listing.resources, write_organization, variant_last=True))


def _list_files(packing: Packing, listing: TitledResources, linked: Collection[str]) -> None:
    """Give a title to each file that no HTML leads to: readers that show items alone would not show it."""
    paths = packing.file_paths.files
    for file in packing.course.each(Kind.FILES):
        if packing.selected(Kind.FILES, file.id) and file.stored and paths.get(file.id) not in linked:
            listing.titles[packing.key(Kind.FILES, file.id)] = file.display_name
