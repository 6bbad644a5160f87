from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.formats.cartridge import syllabus
from shared.formats.identifiers import key
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource
from tests.support.formats import COURSE_ID, a_packing, a_source, an_importing, packed

BODY = '<p>Read <a href="/courses/7/pages/a">this</a></p>'


def test_a_syllabus_is_a_page_of_its_own_meant_as_the_syllabus() -> None:
    members, resources = packed(syllabus.write, a_packing(course=Course(id=COURSE_ID, syllabus_body=BODY)))
    assert b"<title>Syllabus</title>\n</head>" in members[syllabus.PATH]
    assert b'<body>\n<p>Read <a href="$COURSE$/pages/a">this</a></p>\n</body>' in members[syllabus.PATH]
    identifier = f"{key(Kind.COURSES, COURSE_ID)}_syllabus"
    expected = Resource(
        identifier, LEARNING_APPLICATION, href=syllabus.PATH, files=(syllabus.PATH,), intendeduse="syllabus"
    )
    assert list(resources) == [expected]


def test_a_course_without_a_syllabus_and_one_that_is_not_selected_have_none() -> None:
    course = Course(id=COURSE_ID, syllabus_body=BODY)
    assert packed(syllabus.write, a_packing(course=Course(id=COURSE_ID)))[0] == {}
    assert packed(syllabus.write, a_packing(course=course, select={"pages": ["1"]}))[0] == {}
    for flag in ("syllabus_body", "all_syllabus_body"):
        assert list(packed(syllabus.write, a_packing(course=course, select={flag: "1"}))[0]) == [syllabus.PATH]


def test_an_empty_syllabus_is_one() -> None:
    assert list(packed(syllabus.write, a_packing(course=Course(id=COURSE_ID, syllabus_body="")))[0]) == [syllabus.PATH]


def test_the_body_comes_back_into_the_course_with_its_tokens() -> None:
    page = b"<html><head><title>Syllabus</title></head><body>\n<p>$WIKI_REFERENCE$</p>\n</body></html>"
    importing = an_importing()
    syllabus.read(a_source({syllabus.PATH: page}), importing)
    assert importing.course is not None
    assert importing.course.syllabus_body == "<p>$WIKI_REFERENCE$</p>"


def test_a_package_without_a_syllabus_leaves_the_course_as_it_is() -> None:
    importing = an_importing()
    syllabus.read(a_source({}), importing)
    assert importing.course is None
