from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.formats.canvas import files
from shared.formats.cartridge import syllabus
from shared.formats.identifiers import key
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource
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


SYLLABUS_USE = {"intendeduse": "Syllabus", "identifier": "s", "type": WEBCONTENT}


def test_what_another_tool_means_as_the_syllabus_is_the_syllabus() -> None:
    page = b'<html><body><h1>Weeks</h1><a href="plan.html">p</a></body></html>'
    meant = Resource(href="web/syl.html", files=("web/syl.html",), **SYLLABUS_USE)
    importing = an_importing()
    syllabus.read(a_source({"web/syl.html": page, "web/plan.html": b"x"}, [meant]), importing)
    assert importing.course is not None
    body = importing.course.syllabus_body
    assert body == '<h1>Weeks</h1><a href="$IMS-CC-FILEBASE$/web/plan.html">p</a>'


def test_a_syllabus_in_another_form_is_a_link_to_its_file() -> None:
    meant = Resource(href="web/My syllabus.pdf", files=("web/My syllabus.pdf",), **SYLLABUS_USE)
    importing = an_importing()
    syllabus.read(a_source({"web/My syllabus.pdf": b"%PDF"}, [meant]), importing)
    assert importing.course is not None
    body = importing.course.syllabus_body
    assert body == '<p><a href="$IMS-CC-FILEBASE$/web/My%20syllabus.pdf">My syllabus.pdf</a></p>'


def test_only_a_use_that_a_course_has_no_place_for_is_a_warning() -> None:
    uses = {"a.html": "syllabus", "b.html": "lessonplan", "c.html": "unspecified", "d.html": None}
    listed = [Resource(name, WEBCONTENT, href=name, files=(name,), intendeduse=use) for name, use in uses.items()]
    importing = an_importing()
    files.read(a_source(dict.fromkeys(uses, b"<p>x</p>"), listed), importing)
    assert [(w.code, w.place) for w in importing.warnings] == [("intended_use_dropped", "b.html")]
    assert len(importing.all(Kind.FILES)) == len(uses), "each is a file too: links and items lead to it"
