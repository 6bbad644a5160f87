"""Pages and the syllabus as plain HTML."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import html_page
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.entry import Entry
from shared.formats.imscp.resource import WEBCONTENT, Resource
from shared.formats.packing import Packing

SYLLABUS = "syllabus/syllabus.html"


def write_syllabus(packing: Packing, listing: TitledResources) -> Iterator[Entry]:
    """The syllabus, if it is selected and has a text."""
    course = packing.course.course
    if not course.syllabus_body or not packing.selection.flag("syllabus_body"):
        return
    body = packing.html(Kind.COURSES, course).syllabus_body
    identifier = f"{packing.key(Kind.COURSES, course.id)}_syllabus"
    listing.add(Resource(identifier, WEBCONTENT, SYLLABUS, (SYLLABUS,), intendeduse="syllabus"), "Syllabus")
    yield Entry(SYLLABUS, html_page.write("Syllabus", body))


def write(packing: Packing, listing: TitledResources, paths: MemberPaths) -> Iterator[Entry]:
    """The selected pages in course order; an unpublished one is for instructors."""
    return packing.each(Kind.PAGES, partial(_write, packing, listing, paths))


def _write(packing: Packing, listing: TitledResources, paths: MemberPaths, page: Page) -> Iterator[Entry]:
    shown: Page = packing.html(Kind.PAGES, page)
    path, identifier = paths.of(Kind.PAGES, page.id), packing.key(Kind.PAGES, page.id)
    if page.block_editor_attributes is not None:
        sentence = "The format has no place for the blocks of this page; its text is packed as it last was."
        packing.report.warn(
            WarningCode.HTML_REDUCED, sentence, kind=Kind.PAGES, item_id=page.id, title=page.label, place="body"
        )
    hidden = page.published is False
    listing.add(Resource(identifier, WEBCONTENT, path, (path,), instructor_only=hidden), page.title)
    yield Entry(path, html_page.write(page.title, shown.body or ""))
