"""A Common Cartridge: as Canvas writes it, every member in its order, or for other readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.domain.packages.package_options import Target
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import files
from shared.formats.cartridge import (
    assignments,
    complete_selection,
    external_tools,
    lti_resource_links,
    manifest,
    pages,
    quizzes,
    syllabus,
    tool_profiles,
    topics,
    web_links,
)
from shared.formats.cartridge.generic import package as generic
from shared.formats.cartridge.generic import thin
from shared.formats.cartridge.settings import external_content, settings_resource
from shared.formats.entry import Entry
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.restored import restored


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of a cartridge for the target of the request, each path once, the manifest last."""
    write = generic.entries if packing.request.target is Target.GENERIC else _canvas_entries
    write = thin.entries if packing.request.thin else write
    return _each_path_once(write(packing), packing)


def _each_path_once(entries: Iterable[Entry], packing: Packing) -> Iterator[Entry]:
    """The entries without those whose path is taken, with a warning for each."""
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            packing.lose(entry, WarningCode.MEMBER_REPEATED, f"Two members are called {entry.path}.")
        else:
            seen.add(entry.path)
            yield entry


def _canvas_entries(packing: Packing) -> Iterator[Entry]:
    """The members as Canvas writes them.

    The order is Canvas's. The selection is completed before anything is written.
    """
    packing.make_xml_safe()
    complete_selection.settle(packing)
    resources = Resources()
    yield from restored(_stages(packing, resources), packing)
    # The manifest lists the resources that the other members added, so it comes last.
    yield Entry(MANIFEST, manifest.document(packing, resources))


def _stages(packing: Packing, resources: Resources) -> Iterator[Entry]:
    # Canvas's order of resources (lib/cc/resource.rb); files_meta.xml and media_tracks.xml follow the files they
    # describe.
    yield from syllabus.write(packing, resources)
    yield from settings_resource.write(packing, resources)
    yield from pages.write(packing, resources)
    yield from lti_resource_links.write(packing, resources)
    yield from assignments.write(packing, resources)
    yield from topics.write(packing, resources)
    yield from web_links.write(packing, resources)
    yield from quizzes.write(packing, resources)
    yield from files.write(packing, resources)
    yield from settings_resource.write_late(packing)
    yield from external_tools.write(packing, resources)
    yield from tool_profiles.write(packing, resources)
    yield from settings_resource.write_unlisted(packing)
    yield from external_content.write(packing)
