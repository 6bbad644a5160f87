from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.files import File, Folder
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.errors import DatabaseUnavailable
from shared.domain.kinds import Kind
from shared.formats.cartridge import package
from shared.formats.cartridge.settings import settings_resource
from shared.formats.entry import Entry
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import key
from shared.formats.packing import Packing
from tests.support.formats import COURSE_ID, a_packing
from tests.support.memory_course import stored

IMAGE = f'<p><img src="/courses/{COURSE_ID}/files/31/preview"></p>'
OBJECTS: dict[Kind, list[Any]] = {
    Kind.FOLDERS: [Folder(id=1, name="course files", full_name="course files")],
    Kind.FILES: [
        File(id=31, display_name="a & b.png", folder_id=1, **stored(b"image")),
        File(id=32, display_name="unused.pdf", folder_id=1, **stored(b"other")),
    ],
    Kind.PAGES: [Page(id=5, url="welcome", title="Welcome", body=IMAGE), Page(id=6, url="more", title="More")],
    Kind.ASSIGNMENTS: [Assignment(id=8, name="Essay"), Assignment(id=9, name="Quiz", quiz_id=11)],
    Kind.QUIZZES: [Quiz(id=11, title="Quiz", assignment_id=9)],
    Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=12, title="Talk", message="Hm")],
    Kind.EXTERNAL_TOOLS: [ExternalTool(id=4, name="Tool", url="https://t.example")],
    Kind.MODULES: [Module(id=1, name="One", position=1), Module(id=2, name="Two", position=2)],
    Kind.MODULE_ITEMS: [
        ModuleItem(id=41, module_id=1, position=1, title="P", type="Page", page_url="welcome"),
        ModuleItem(id=42, module_id=1, position=2, title="Q", type="Quiz", content_id=11),
        ModuleItem(
            id=43,
            module_id=1,
            position=3,
            title="T",
            type="ExternalTool",
            content_id=4,
            external_url="https://t.example",
        ),
        ModuleItem(id=44, module_id=1, position=4, title="U", type="ExternalUrl", external_url="https://example.org"),
        ModuleItem(id=45, module_id=2, position=1, title="P", type="Page", content_id=6),
    ],
}


def a_course(select: Any = None, objects: dict[Kind, list[Any]] = OBJECTS, **arguments: Any) -> Packing:
    packing = a_packing(objects, select=select, **arguments)
    host = packing.request.host
    packing.links = PackageLinks(packing.course, packing.keys, packing.selection, host, packing.report)
    return packing


def members(packing: Packing) -> dict[str, Entry]:
    return {entry.path: entry for entry in package.entries(packing)}


def resources(found: dict[str, Entry]) -> dict[str, etree._Element]:
    body = found["imsmanifest.xml"].body
    assert isinstance(body, bytes)
    return {str(e.get("identifier")): e for e in etree.fromstring(body).iter("{*}resource")}


def files(found: dict[str, Entry]) -> set[str]:
    return {path for path in found if not path.startswith("course_settings/") and not path.endswith("/")}


@pytest.mark.parametrize("version", ["1.1", "1.3"])
def test_every_file_of_a_resource_is_in_the_package_and_every_member_is_of_a_resource(version: str) -> None:
    found = members(a_course(version=version))
    listed = {str(f.get("href")) for r in resources(found).values() for f in r.iter("{*}file")}
    assert listed == {path for path in found if not path.endswith("/")} - {"imsmanifest.xml"}
    assert list(found)[-1] == "imsmanifest.xml"


def test_every_reference_of_the_organization_names_a_resource() -> None:
    found = members(a_course())
    items = etree.fromstring(found["imsmanifest.xml"].body).iter("{*}item")  # type: ignore[arg-type]
    references = [item.get("identifierref") for item in items if item.get("identifierref")]
    assert len(references) == len(OBJECTS[Kind.MODULE_ITEMS])
    assert set(references) <= set(resources(found))


def test_everything_is_packed_and_the_report_says_so() -> None:
    packing = a_course()
    members(packing)
    receipt = packing.report.receipt()
    assert receipt.complete, receipt.warnings
    assert receipt.packed == receipt.expected
    assert receipt.packed[Kind.ASSIGNMENTS] == receipt.packed[Kind.PAGES] == receipt.packed[Kind.FILES] == 2


def test_the_same_course_gives_the_same_members_in_the_same_order() -> None:
    def digest() -> str:
        return hashlib.sha256(repr(list(package.entries(a_course()))).encode()).hexdigest()

    assert digest() == digest()


def test_an_empty_course_is_a_whole_package() -> None:
    assert set(members(a_packing(course=Course(id=COURSE_ID, name="Empty")))) >= {
        "course_settings/course_settings.xml",
        "course_settings/files_meta.xml",
        "course_settings/context.xml",
        "course_settings/canvas_export.txt",
        "imsmanifest.xml",
    }


def test_the_resource_of_the_course_is_known_by_the_marker() -> None:
    resource = resources(members(a_course()))[key(Kind.COURSES, COURSE_ID)]
    assert resource.get("href") == "course_settings/canvas_export.txt"
    hrefs = [f.get("href") for f in resource.iter("{*}file")]
    assert hrefs[0] == "course_settings/course_settings.xml"
    assert hrefs[-1] == "course_settings/canvas_export.txt"


def test_a_module_brings_what_its_items_show_and_the_files_in_their_html() -> None:
    packing = a_course({"modules": ["1"]})
    found = members(packing)
    quiz, tool, link = key(Kind.QUIZZES, 11), key(Kind.EXTERNAL_TOOLS, 4), key(Kind.MODULE_ITEMS, 44, "weblink")
    assert files(found) == {
        "imsmanifest.xml",
        "wiki_content/welcome.html",
        f"{quiz}/assessment_qti.xml",
        f"{quiz}/assessment_meta.xml",
        f"non_cc_assessments/{quiz}.xml.qti",
        f"{tool}.xml",
        f"{link}.xml",
        f"{key(Kind.MODULE_ITEMS, 43)}.xml",
        "web_resources/a & b.png",
    }
    assert packing.selection.because[Kind.FILES, 31] == "referenced by pages 5"


def test_a_page_alone_is_a_package_of_that_page() -> None:
    found = members(a_course({"pages": ["6"]}))
    assert files(found) == {"imsmanifest.xml", "wiki_content/more.html"}
    assert "course_settings/course_settings.xml" not in found
    assert "course_settings/module_meta.xml" in found


def test_an_assignment_behind_a_quiz_brings_the_quiz() -> None:
    assert f"{key(Kind.QUIZZES, 11)}/assessment_meta.xml" in members(a_course({"assignments": ["9"]}))


def test_a_selection_may_name_objects_by_their_identifiers() -> None:
    found = members(a_course({"pages": {key(Kind.PAGES, 6): "1"}}))
    assert files(found) == {"imsmanifest.xml", "wiki_content/more.html"}


class FailingLinks:
    """Links that fail for one page, as a defect would."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        if (kind, object_id) == (Kind.PAGES, 5):
            raise self.error
        return html


def test_one_bad_object_is_a_gap_and_a_line_in_the_report() -> None:
    packing = a_course()
    packing.links = FailingLinks(ValueError("odd HTML"))
    found = members(packing)
    assert "wiki_content/more.html" in found
    assert "wiki_content/welcome.html" not in found
    assert packing.report.failed == {Kind.PAGES: 1}
    [warning] = [w for w in packing.report.warnings if w.item_id == 5]
    assert (warning.title, warning.message) == ("Welcome", "ValueError: odd HTML")
    item = etree.fromstring(found["imsmanifest.xml"].body).xpath(  # type: ignore[arg-type]
        "//*[local-name()='item'][@identifier=$i]", i=key(Kind.MODULE_ITEMS, 41)
    )[0]
    assert item.get("identifierref") is None


def test_what_is_wrong_with_the_system_ends_the_attempt() -> None:
    packing = a_course()
    packing.links = FailingLinks(DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        members(packing)


def test_a_document_that_cannot_be_made_is_reported_and_the_rest_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(packing: Packing) -> bytes:
        raise KeyError("x")

    with_broken = tuple((n, broken if n == "events.xml" else d) for n, d in settings_resource.DOCUMENTS)
    monkeypatch.setattr(settings_resource, "DOCUMENTS", with_broken)
    packing = a_course()
    found = members(packing)
    assert "course_settings/module_meta.xml" in found
    assert "course_settings/events.xml" not in found
    assert [w.place for w in packing.report.warnings] == ["course_settings/events.xml"]


def test_a_path_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(packing: Packing, collected: object) -> Iterator[Entry]:
        yield Entry("wiki_content/welcome.html", b"other")

    monkeypatch.setattr(package.topics, "write", twice)
    packing = a_course()
    paths = [entry.path for entry in package.entries(packing)]
    assert len(paths) == len(set(paths))
    assert [w.code for w in packing.report.warnings] == ["member_repeated"]
