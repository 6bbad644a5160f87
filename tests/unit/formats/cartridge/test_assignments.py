from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.assignments import Assignment
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.cartridge import assignments, read_assignments
from shared.formats.identifiers import key
from shared.formats.importing import Importing
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource
from tests.support.formats import a_packing, a_source, an_importing, packed, parsed

K = key(Kind.ASSIGNMENTS, 42)
LEGAL = st.text(max_size=60).map(xml.legal)  # an HTML page may hold characters that XML cannot
EXT = "{http://www.imsglobal.org/xsd/imscc_extensions/assignment}"


def essay(**values: Any) -> Assignment:
    return Assignment(id=42, **{"name": "First Essay", "description": "<p>Write.</p>", **values})


def write(*items: Assignment, others: dict[Kind, list[Any]] | None = None, **arguments: Any) -> Any:
    packing = a_packing({Kind.ASSIGNMENTS: list(items), **(others or {})}, **arguments)
    return (*packed(assignments.write, packing), packing)


def read(members: dict[str, bytes], resources: list[Resource]) -> tuple[list[Any], Importing]:
    importing = an_importing()
    read_assignments.read(a_source(members, resources), importing)
    return importing.all(Kind.ASSIGNMENTS), importing


def test_an_assignment_of_1_1_is_a_page_and_settings_under_one_resource_page_first() -> None:
    members, resources, _ = write(essay())
    page, settings = f"{K}/first-essay.html", f"{K}/assignment_settings.xml"
    assert list(members) == [page, settings]
    assert list(resources) == [Resource(K, LEARNING_APPLICATION, href=page, files=(page, settings))]
    assert b"<title>Assignment: First Essay</title>" in members[page]
    assert b"<p>Write.</p>" in members[page]
    assert parsed(members[settings]).get("identifier") == K


def test_an_assignment_of_1_3_is_a_document_with_the_page_as_its_fallback() -> None:
    members, resources, _ = write(essay(), version="1.3")
    page, document = f"{K}/first-essay.html", f"{K}/assignment.xml"
    assert set(members) == {page, document}
    assert list(resources) == [
        Resource(K, "assignment_xmlv1p0", href=document, files=(document,)),
        Resource(f"{K}_fallback", WEBCONTENT, files=(page,), variant_of=K),
    ]


def test_the_document_of_1_3_shows_any_tool_what_it_can() -> None:
    types = ["online_text_entry", "online_url", "online_upload", "media_recording"]
    members, _, _ = write(essay(points_possible=10.0, submission_types=types), version="1.3")
    root = parsed(members[f"{K}/assignment.xml"])
    assert root.findtext(f"{EXT}title") == "First Essay"
    text = root.find(f"{EXT}text")
    assert text is not None
    assert (text.get("texttype"), text.text) == ("text/html", "<p>Write.</p>")
    gradable = root.find(f"{EXT}gradable")
    assert gradable is not None
    assert (gradable.get("points_possible"), gradable.text) == ("10.0", "true")
    formats = [form.get("type") for form in root.iterfind(f"{EXT}submission_formats/{EXT}format")]
    assert formats == ["html", "url", "file"]
    extension = root.find(f"{EXT}extensions")
    assert extension is not None
    assert extension[0].tag == "{http://canvas.instructure.com/xsd/cccv1p0}assignment"
    assert extension[0].get("identifier") == f"{K}_canvas"


def test_what_is_not_graded_is_not_gradable() -> None:
    members, _, _ = write(essay(submission_types=["not_graded"]), version="1.3")
    assert parsed(members[f"{K}/assignment.xml"]).findtext(f"{EXT}gradable") == "false"


def test_the_html_of_a_description_is_rewritten() -> None:
    for version in ("1.1", "1.3"):
        members, _, _ = write(essay(description='<a href="/courses/7/pages/x">'), version=version)
        assert all(b"/courses/7" not in body for body in members.values())
        assert b"$COURSE$/pages/x" in members[f"{K}/first-essay.html"]


@pytest.mark.parametrize(
    ("backed", "kind", "backer"),
    [
        ({"quiz_id": 5}, Kind.QUIZZES, Quiz(id=5, assignment_id=42)),
        ({"submission_types": ["online_quiz"]}, Kind.QUIZZES, Quiz(id=5, assignment_id=42)),
        ({"discussion_topic_id": 5}, Kind.DISCUSSION_TOPICS, DiscussionTopic(id=5, assignment_id=42)),
        ({"submission_types": ["discussion_topic"]}, Kind.DISCUSSION_TOPICS, DiscussionTopic(id=5, assignment_id=42)),
        ({"submission_types": ["wiki_page"]}, Kind.PAGES, Page(id=5, assignment_id=42)),
    ],
)
def test_an_assignment_that_something_stands_for_has_no_folder(backed: Any, kind: Kind, backer: Any) -> None:
    members, resources, packing = write(essay(**backed), others={kind: [backer]})
    assert not members
    assert not len(resources)
    assert not packing.report.expected


def test_an_assignment_whose_quiz_is_gone_is_exported_itself() -> None:
    members, _, packing = write(essay(quiz_id=5, submission_types=["online_quiz"]))
    assert f"{K}/assignment_settings.xml" in members
    assert packing.report.packed == {"assignments": 1}


def test_only_selected_assignments_are_exported() -> None:
    members, _, packing = write(essay(), Assignment(id=43, name="Other"), select={"assignments": ["43"]})
    assert {path.split("/")[0] for path in members} == {key(Kind.ASSIGNMENTS, 43)}
    assert packing.report.expected == {"assignments": 1}


def test_an_assignment_that_cannot_be_written_is_skipped_and_the_rest_goes_on() -> None:
    odd = essay(turnitin_enabled=True, turnitin_settings={"x": object()})
    members, resources, packing = write(odd, Assignment(id=43, name="Other"))
    assert {path.split("/")[0] for path in members} == {key(Kind.ASSIGNMENTS, 43)}
    assert len(resources) == 1
    assert packing.report.failed == {"assignments": 1}
    assert packing.report.packed == {"assignments": 1}
    assert packing.report.warnings[0].title == "First Essay"


@pytest.mark.parametrize("version", ["1.1", "1.3"])
@given(name=LEGAL.filter(lambda name: not name or name.strip(" \t\r\n")), description=LEGAL)
def test_name_and_description_of_any_legal_characters_come_back(version: str, name: str, description: str) -> None:
    members, resources, _ = write(essay(name=name, description=description), version=version)
    (found,), _ = read(members, list(resources))
    again, _, _ = write(found, version=version)
    first, second = ({path.split("/")[1]: body for path, body in m.items()} for m in (members, again))
    assert first.keys() == second.keys()
    page = next(path for path in first if path.endswith(".html"))
    assert first[page] == second[page]


def test_the_name_of_a_page_that_is_not_made_from_the_title_is_kept() -> None:
    members, resources, _ = write(essay())
    renamed = {path.replace("first-essay", "old_name"): body for path, body in members.items()}
    files = tuple(renamed)
    (found,), _ = read(renamed, [Resource(K, LEARNING_APPLICATION, href=files[0], files=files)])
    assert found.html_name == "old_name"
    again, _, _ = write(found)
    assert any(path.endswith("/old_name.html") for path in again)
    (plain,), _ = read(members, list(resources))
    assert plain.html_name is None


def test_settings_without_a_page_and_a_page_without_settings_are_both_taken_in() -> None:
    members, _, _ = write(essay())
    page, settings = members
    resource = Resource(K, LEARNING_APPLICATION, files=(page, settings))
    (found,), importing = read({settings: members[settings]}, [resource])
    assert (found.name, found.description) == ("First Essay", None)
    (found,), importing = read({page: members[page]}, [resource])
    assert (found.name, found.description, found.migration_id) == ("First Essay", "<p>Write.</p>", K)
    assert [warning.code for warning in importing.warnings] == ["member_missing"]


def test_a_meta_in_the_page_of_an_assignment_is_named() -> None:
    members, _, _ = write(essay())
    page, settings = members
    members[page] = members[page].replace(b"</head>", b'<meta name="colour" content="red"/></head>')
    _, importing = read(members, [Resource(K, LEARNING_APPLICATION, files=(page, settings))])
    assert [(warning.code, warning.message) for warning in importing.warnings] == [
        ("meta_unknown", "The meta colour has no meaning here.")
    ]


def test_the_assignment_of_another_tool_is_read_from_its_own_elements() -> None:
    document = """<assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment" identifier="other1">
      <title>Sketch</title><text texttype="text/plain">a &lt; b\nnext</text>
      <gradable points_possible="5">true</gradable>
      <submission_formats><format type="file"/><format type="smell"/></submission_formats></assignment>"""
    (found,), importing = read(
        {"a/x.xml": document.encode()}, [Resource("r1", "assignment_xmlv1p0", files=("a/x.xml",))]
    )
    assert (found.name, found.points_possible, found.submission_types) == ("Sketch", 5, ["online_upload"])
    assert found.description == "a &lt; b<br>\nnext"
    assert found.migration_id == "r1"  # as items and links name it
    assert importing.id_of(Kind.ASSIGNMENTS, "other1") == found.id
    assert [warning.code for warning in importing.warnings] == ["value_unreadable"]


def test_the_same_course_gives_the_same_bytes() -> None:
    first, _, _ = write(essay(points_possible=1.5))
    second, _, _ = write(essay(points_possible=1.5))
    assert first == second


CORE = '<assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment" identifier="K"><title>Essay</title>{}</assignment>'
STUDENTS = '<text texttype="text/html">&lt;p&gt;Write&lt;/p&gt;</text>'
INSTRUCTORS = '<instructor_text texttype="text/html">&lt;p&gt;Solution&lt;/p&gt;</instructor_text>'


@pytest.mark.parametrize(
    ("texts", "description", "kept", "codes"),
    [
        (STUDENTS, "<p>Write</p>", None, []),
        (INSTRUCTORS, "<p>Solution</p>", None, ["instructor_text"]),
        (STUDENTS + INSTRUCTORS, "<p>Write</p>", "<p>Solution</p>", ["instructor_text"]),
        ("<text>&amp;nbsp;</text>" + INSTRUCTORS, "<p>Solution</p>", None, ["instructor_text"]),
        ("<text><p xmlns='http://www.w3.org/1999/xhtml'>In <b>line</b></p></text>", "<p>In <b>line</b></p>", None, []),
    ],
)
def test_the_words_for_instructors_are_kept_and_shown_to_students_only_where_there_are_no_others(
    texts: str, description: str, kept: str | None, codes: list[str]
) -> None:
    resource = Resource(K, "assignment_xmlv1p0", files=("K/assignment.xml",))
    (found,), importing = read({"K/assignment.xml": CORE.format(texts).encode()}, [resource])
    assert (found.description, found.extra.get("instructor_text")) == (description, kept)
    assert [warning.code for warning in importing.warnings] == codes
    for version in ("1.1", "1.3"):
        members, resources, _ = write(found, version=version)
        (again,), _ = read(members, list(resources))
        assert (again.description, again.extra.get("instructor_text")) == (description, kept)


def test_an_attached_file_for_instructors_is_named_as_one_that_students_see() -> None:
    attached = '<text>Write</text><attachments><attachment href="a.pdf" role="Instructor"/></attachments>'
    resource = Resource(K, "assignment_xmlv1p0", files=("a.xml",))
    _, importing = read({"a.xml": CORE.format(attached).encode(), "a.pdf": b"x"}, [resource])
    assert [warning.code for warning in importing.warnings] == ["instructor_text"]
