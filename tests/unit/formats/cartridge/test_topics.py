from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.assignments import Assignment
from shared.domain.content.files import File, Folder
from shared.domain.content.topics import DiscussionTopic, TopicAttachment
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.cartridge import read_topics, topics
from shared.formats.identifiers import key
from shared.formats.importing import Importing
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource
from tests.support.formats import a_packing, a_source, an_importing, children, packed, parsed, text_of

K = key(Kind.DISCUSSION_TOPICS, 9)
M = key(Kind.DISCUSSION_TOPICS, 9, "meta")
DT = "{http://www.imsglobal.org/xsd/imsccv1p1/imsdt_v1p1}"
FILES = {
    Kind.FOLDERS: [Folder(id=1, name="course files"), Folder(id=2, name="Week 1", parent_folder_id=1)],
    Kind.FILES: [File(id=6, display_name="a b.pdf", folder_id=2)],
}


def topic(**values: Any) -> DiscussionTopic:
    return DiscussionTopic(id=9, **{"title": "Hello", "message": "<p>Hi</p>", "published": True, **values})


def write(*items: DiscussionTopic, others: dict[Kind, list[Any]] | None = None, **arguments: Any) -> Any:
    packing = a_packing({Kind.DISCUSSION_TOPICS: list(items), **(others or {})}, **arguments)
    return (*packed(topics.write, packing), packing)


def meta(item: DiscussionTopic, **arguments: Any) -> Any:
    members, _, _ = write(item, **arguments)
    return parsed(members[f"{M}.xml"])


def read(members: dict[str, Any], resources: list[Resource]) -> Importing:
    importing = an_importing()
    read_topics.read(a_source(members, resources), importing)
    return importing


def test_a_topic_is_two_members_and_two_resources_the_first_needing_the_second() -> None:
    members, resources, _ = write(topic())
    assert list(members) == [f"{K}.xml", f"{M}.xml"]
    assert list(resources) == [
        Resource(K, "imsdt_xmlv1p1", files=(f"{K}.xml",), dependencies=(M,)),
        Resource(M, LEARNING_APPLICATION, href=f"{M}.xml", files=(f"{M}.xml",)),
    ]


def test_the_topic_holds_its_html_rewritten_as_text() -> None:
    members, _, _ = write(topic(message='<a href="/courses/7/files">&nbsp;</a>'))
    root = parsed(members[f"{K}.xml"])
    assert root.tag == f"{DT}topic"
    assert root.findtext(f"{DT}title") == "Hello"
    text = root.find(f"{DT}text")
    assert text is not None
    assert (text.get("texttype"), text.text) == ("text/html", '<a href="$COURSE$/files">&nbsp;</a>')
    assert root.find(f"{DT}attachments") is None


def test_the_meta_of_a_plain_topic_has_the_elements_that_are_always_there() -> None:
    root = meta(topic(discussion_type="threaded"))
    assert root.get("identifier") == M
    assert children(root) == [
        ("topic_id", K),
        ("title", "Hello"),
        ("position", ""),
        ("type", "topic"),
        ("discussion_type", "threaded"),
        ("has_group_category", "false"),
        ("workflow_state", "active"),
        ("module_locked", "false"),
        ("allow_rating", "false"),
        ("only_graders_can_rate", "false"),
        ("sort_by_rating", "false"),
        ("sort_order", "desc"),
        ("sort_order_locked", "false"),
        ("expanded", "false"),
        ("expanded_locked", "false"),
        ("todo_date", ""),
    ]


@pytest.mark.parametrize("name", ["pinned", "require_initial_post", "locked", "is_anonymous_author"])
def test_some_flags_are_written_only_where_they_are_true(name: str) -> None:
    assert text_of(meta(topic(**{name: True})), name) == "true"
    assert text_of(meta(topic(**{name: False})), name) is None


def test_an_announcement_is_a_topic_of_the_type_announcement() -> None:
    packing = a_packing({Kind.ANNOUNCEMENTS: [topic(is_announcement=True)]})
    members, resources = packed(topics.write, packing)
    assert text_of(parsed(members[f"{M}.xml"]), "type") == "announcement"
    importing = read(members, list(resources))
    assert [found.title for found in importing.all(Kind.ANNOUNCEMENTS)] == ["Hello"]
    assert importing.all(Kind.DISCUSSION_TOPICS) == []
    assert packing.report.packed == {"announcements": 1}


def test_a_to_do_date_is_a_raw_time_and_the_others_are_not() -> None:
    root = meta(topic(todo_date="2026-01-31T06:59:00Z", lock_at="2026-01-31T06:59:00Z"))
    assert text_of(root, "todo_date") == "2026-01-31 06:59:00 UTC"
    assert text_of(root, "lock_at") == "2026-01-31T06:59:00"


def test_an_attachment_is_named_by_its_path_and_its_key() -> None:
    item = topic(attachments=[TopicAttachment(id=6)])
    members, _, _ = write(item, others=FILES)
    (attachment,) = parsed(members[f"{K}.xml"]).iter(f"{DT}attachment")
    assert attachment.get("href") == "$IMS-CC-FILEBASE$/Week 1/a b.pdf"
    assert text_of(parsed(members[f"{M}.xml"]), "attachment_identifierref") == key(Kind.FILES, 6)


def test_an_attachment_that_is_not_in_the_course_is_a_warning() -> None:
    _, _, packing = write(topic(attachments=[TopicAttachment(id=6)]))
    assert [warning.code for warning in packing.report.warnings] == ["attachment_missing"]


def test_the_assignment_of_a_graded_topic_stands_in_its_meta() -> None:
    graded = Assignment(id=42, name="Hello", submission_types=["discussion_topic"], discussion_topic_id=9)
    members, resources, packing = write(topic(assignment_id=42), others={Kind.ASSIGNMENTS: [graded]})
    root = parsed(members[f"{M}.xml"])
    element = next(child for child in root if child.tag.endswith("}assignment"))
    assert element.get("identifier") == key(Kind.ASSIGNMENTS, 42)
    assert packing.report.packed == {"discussion_topics": 1, "assignments": 1}
    importing = read(members, list(resources))
    (found,), (assignment,) = importing.all(Kind.DISCUSSION_TOPICS), importing.all(Kind.ASSIGNMENTS)
    assert found.assignment_id == assignment.id
    assert assignment.discussion_topic_id == found.id


def test_the_assignment_that_rest_repeats_in_a_topic_stands_in_for_a_missing_one() -> None:
    root = meta(topic(assignment_id=42, assignment={"id": 42, "name": "Graded", "points_possible": 3}))
    assert text_of(root, "assignment/points_possible") == "3"


def test_replies_are_counted_only_where_they_are_required() -> None:
    assert text_of(meta(topic(reply_to_entry_required_count=0)), "reply_to_entry_required_count") is None
    assert text_of(meta(topic(reply_to_entry_required_count=3)), "reply_to_entry_required_count") == "3"


FULL = topic(
    is_announcement=False,
    published=False,
    workflow_state="unpublished",
    posted_at="2026-01-01T00:00:00Z",
    delayed_post_at="2026-01-02T00:00:00Z",
    lock_at="2026-01-03T00:00:00Z",
    todo_date="2026-01-04T00:00:00Z",
    position=3,
    locked=True,
    pinned=True,
    module_locked=True,
    discussion_type="side_comment",
    require_initial_post=True,
    allow_rating=True,
    only_graders_can_rate=True,
    sort_by_rating=True,
    sort_order="asc",
    sort_order_locked=True,
    expanded=True,
    expanded_locked=True,
    anonymous_state="partial_anonymity",
    is_anonymous_author=True,
    reply_to_entry_required_count=2,
    group_category="Teams",
)


def test_everything_that_a_topic_can_say_comes_back() -> None:
    members, resources, _ = write(FULL)
    importing = read(members, list(resources))
    assert importing.warnings == []
    (found,) = importing.all(Kind.DISCUSSION_TOPICS)
    before, after = FULL.to_json(), found.to_json()
    assert {n: v for n, v in after.items() if n not in ("id", "migration_id")} == {
        n: v for n, v in before.items() if n != "id"
    }


def test_a_topic_and_its_meta_are_exported_under_the_identifiers_they_came_with() -> None:
    members, _, _ = write(topic())
    renamed = {"t1.xml": members[f"{K}.xml"], "m1.xml": members[f"{M}.xml"].replace(M.encode(), b"m1")}
    renamed["m1.xml"] = renamed["m1.xml"].replace(K.encode(), b"t1")
    resources = [
        Resource("t1", "imsdt_xmlv1p1", files=("t1.xml",), dependencies=("m1",)),
        Resource("m1", LEARNING_APPLICATION, files=("m1.xml",)),
    ]
    importing = read(renamed, resources)
    packing = a_packing(importing.objects, identifiers=dict(importing.identifiers))
    again, listed = packed(topics.write, packing)
    assert again == renamed
    assert [resource.identifier for resource in listed] == ["t1", "m1"]


@pytest.mark.parametrize("version", ["imsccv1p0/imsdt_v1p0", "imsccv1p1/imsdt_v1p1", "imsccv1p3/imsdt_v1p3"])
def test_a_topic_of_another_tool_is_read_whatever_its_version(version: str) -> None:
    body = f"""<topic xmlns="http://www.imsglobal.org/xsd/{version}"><title>T</title>
      <text texttype="text/plain">1 &lt; 2</text>
      <attachments><attachment href="../files/My%20file.pdf"/><attachment href="gone.pdf"/></attachments></topic>"""
    resources = [
        Resource("T1", f"imsdt_xml{version[-4:]}", files=("forum/t.xml",)),
        Resource("F1", WEBCONTENT, href="files/My file.pdf", files=("files/My file.pdf",)),
    ]
    importing = read({"forum/t.xml": body, "files/My file.pdf": "x"}, resources)
    (found,) = importing.all(Kind.DISCUSSION_TOPICS)
    assert (found.title, found.message, found.published) == ("T", "1 &lt; 2", True)
    assert [a.id for a in found.attachments] == [importing.id_of(Kind.FILES, "F1"), None]
    assert [warning.code for warning in importing.warnings] == ["attachment_missing"]


def test_what_a_topic_has_no_place_for_is_named() -> None:
    body = "<topic><title>T</title><text>m</text><!-- c --><rating>5</rating></topic>"
    importing = read({"t.xml": body}, [Resource("T1", "imsdt_xmlv1p1", files=("t.xml",))])
    assert [(w.code, w.message) for w in importing.warnings] == [
        ("element_unknown", "<rating> of a topic has no place here.")
    ]


def test_a_topic_whose_document_is_not_xml_is_left_out_with_a_warning() -> None:
    importing = read({"t.xml": "no markup"}, [Resource("T1", "imsdt_xmlv1p1", files=("t.xml",))])
    assert list(importing.all(Kind.DISCUSSION_TOPICS)) == []
    assert len(importing.warnings) == 1


@given(title=st.text(max_size=60), message=st.text(max_size=80))
def test_titles_and_html_of_any_characters_come_back(title: str, message: str) -> None:
    members, resources, _ = write(topic(title=title, message=message))
    (found,) = read(members, list(resources)).all(Kind.DISCUSSION_TOPICS)
    assert found.title == xml.legal(title)
    assert (found.message or "") == xml.legal(message.replace("/courses/7", "$COURSE$"))


def test_the_file_that_the_meta_names_is_matched_by_its_path_and_a_lost_one_stays_lost() -> None:
    item = topic(attachments=[TopicAttachment(href="../elsewhere/lost.jpg"), TopicAttachment(id=6)])
    members, resources, _ = write(item, others=FILES)
    webcontent = Resource(key(Kind.FILES, 6), "webcontent", files=("web_resources/Week 1/a b.pdf",))
    members["web_resources/Week 1/a b.pdf"] = b"%PDF"
    importing = read(members, [*resources, webcontent])
    (found,) = importing.all(Kind.DISCUSSION_TOPICS)
    assert found.attachments == [
        TopicAttachment(href="../elsewhere/lost.jpg"),
        TopicAttachment(id=importing.id_of(Kind.FILES, key(Kind.FILES, 6)), href="$IMS-CC-FILEBASE$/Week 1/a b.pdf"),
    ]
    assert [warning.code for warning in importing.warnings] == ["attachment_missing"]
