"""A writer's and a reader's surroundings in memory: a course to pack, and a package to read."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lxml import etree

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.domain.selection import Selection, read_select
from shared.formats.entry import Entry
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.imscp.package_source import PackageManifest, PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import PackageRequest, Packing
from tests.support.memory_course import MemoryCourse

COURSE_ID = 7
NS = {"c": "http://canvas.instructure.com/xsd/cccv1p0"}


class MarkedLinks:
    """Links that show where they have been: `/courses/7` becomes `$COURSE$`."""

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        return html.replace(f"/courses/{COURSE_ID}", "$COURSE$")

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> tuple[int, ...]:
        return ()

    def settle(self, selection: Selection) -> None: ...


def a_packing(
    objects: Mapping[Kind, Sequence[Any]] | None = None,
    *,
    course: Course | None = None,
    select: Any = None,
    version: str = "1.1",
    identifiers: dict[Any, str] | None = None,
) -> Packing:
    """An export of a course with these objects; of everything, or of a `select`."""
    content = MemoryCourse(course or Course(id=COURSE_ID, name="Biology"), objects or {}, identifiers or {})
    request = PackageRequest(
        export_id=1,
        export_type="common_cartridge",
        date=date(2026, 1, 31),
        version=version,
        host="https://canvas.example.edu",
    )
    return Packing(content, request, read_select(select), Keys(content.identifiers()), MarkedLinks())


def linked(packing: Packing) -> Packing:
    """The packing with the links that exports have."""
    host = packing.request.host
    packing.links = PackageLinks(packing.course, packing.keys, packing.selection, host, packing.report)
    return packing


def a_source(
    members: Mapping[str, bytes | str], resources: Iterable[Resource] = (), title: str = "Biology"
) -> PackageSource:
    """A package with these members, and these resources in its manifest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("imsmanifest.xml", "<manifest/>")
        for path, body in members.items():
            archive.writestr(path, body)
    listed = {resource.identifier: resource for resource in resources}
    manifest = PackageManifest("m", "IMS Common Cartridge", "1.1.0", title, listed)
    return PackageSource(PackageReader.open(buffer), manifest)


def an_importing(first_id: int = 1000) -> Importing:
    """A package on its way in; ids are given from `first_id` on, so that they differ from those of the export."""
    return Importing(course_id=COURSE_ID, next_id=itertools.count(first_id).__next__)


def packed(write: Any, packing: Packing) -> tuple[dict[str, bytes], Resources]:
    """Every member that a writer yields, by path, and the resources that it registered."""
    resources = Resources()
    entries: list[Entry] = list(write(packing, resources))
    assert len({entry.path for entry in entries}) == len(entries), "a path was written twice"
    return {entry.path: entry.body for entry in entries}, resources  # type: ignore[misc]


def parsed(data: bytes | None) -> etree._Element:
    """A document as an independent strict parser reads it."""
    assert data is not None, "there is no such document"
    return etree.fromstring(data)


def children(element: etree._Element) -> list[tuple[str, str]]:
    """(name, text) of the children, in order."""
    return [(etree.QName(child).localname, child.text or "") for child in element]


def text_of(element: etree._Element, path: str) -> str | None:
    """The text at `a/b` of a Canvas document; None where there is no such element."""
    found = element.find("/".join(f"{{{NS['c']}}}{step}" for step in path.split("/")))
    return None if found is None else found.text or ""
