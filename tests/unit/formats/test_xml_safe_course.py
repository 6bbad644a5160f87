"""Characters that XML cannot hold are in no member of a package, and the report states where each was dropped."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.xml import ILLEGAL
from shared.formats.xml_safe_course import DroppedCharacters, XmlSafeCourse
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse
from tests.support.roundtrip import Loaded, export
from tests.unit.formats.test_any_text import titled

BELL = "Be\x07ll"


def xml_safe_course(*pages: Page) -> tuple[XmlSafeCourse, DroppedCharacters]:
    dropped = DroppedCharacters()
    return XmlSafeCourse(MemoryCourse(Course(id=1, name="C"), {Kind.PAGES: list(pages)}, {}), dropped), dropped


def test_an_object_without_such_characters_is_passed_through_untouched() -> None:
    page = Page(id=1, url="p", title="é\u0085\u2028\t\r\n\U0001f600", body="\\u0001 is an escape")
    course, dropped = xml_safe_course(page)
    assert course.get(Kind.PAGES, 1) is page
    assert dropped.fields == {}


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_what_is_left_is_legal_in_every_way_of_reading_and_nothing_else_is_gone(title: str) -> None:
    course, dropped = xml_safe_course(Page(id=1, url="p", title=title))
    expected = ILLEGAL.sub("", title)
    found = [*course.each(Kind.PAGES), course.get(Kind.PAGES, 1), *course.children(Kind.PAGES, 1)]
    assert {page.title for page in found} == {expected}
    assert dropped.fields == ({} if expected == title else {(Kind.PAGES, 1): ["title"]})


@pytest.mark.parametrize("export_type", ["common_cartridge", "qti"])
def test_each_object_that_loses_characters_is_reported_once_with_its_field(tmp_path: Path, export_type: str) -> None:
    objects = titled(BELL)
    course = Course(id=1, name=BELL, syllabus_body=BELL)
    report = export(
        Loaded(an_importing(), MemoryCourse(course, objects, {})), tmp_path / "p.zip", export_type=export_type
    )
    packed = (
        objects
        if export_type == "common_cartridge"
        else objects.keys() & {Kind.QUIZZES, Kind.QUIZ_QUESTIONS, Kind.QUIZ_GROUPS}
    )
    reported = [(w.kind, w.item_id, w.place) for w in report.warnings if w.code == "character_dropped"]
    expected: set[Any] = {(kind, item.id, field_of(item)) for kind in packed for item in objects[kind]}
    assert set(reported) == expected | {(Kind.COURSES, 1, "name"), (Kind.COURSES, 1, "syllabus_body")}
    assert len(reported) == len(set(reported))
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        texts = [name + package.read(name).decode() for name in package.namelist()]
    assert not [text for text in texts if ILLEGAL.search(text)]


def field_of(item: Any) -> str:
    return next(name for name, value in item.to_json().items() if value == BELL)
