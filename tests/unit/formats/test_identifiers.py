"""Identifiers are those that Canvas computes: a letter and the MD5 of prefix, type and id."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.course_content import LOADED_AS
from shared.domain.kinds import SHARD, Kind
from shared.formats.identifiers import Keys, hashed, key, local_key
from tests.support.formats import an_importing


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("course_7", "i77cc7d3093a4e829cb2fb89b1788a0e1"),
        ("common_cartridge_course_7", "ic352915405127a2daa434387c623d388"),
        ("assignment_42", "i47919f976843380de39a0339818f272b"),
        ("quizzes:quiz_5", "i071e7766358493f20d74567ea679ab04"),
        ("canvas_quizzes:quiz_5", "i2f86fda30827ce1d921b6862bc97561d"),
        ("discussion_topic_9", "i39441b986c2602698a95da13786adeaf"),
        ("metadiscussion_topic_9", "ieb6ec08b14a03e124b4cdb3cd6973422"),
        ("content_tag_100", "i6c83aa3899915add35e7dbb5405664cb"),
        ("weblinkcontent_tag_100", "i5d63f898028f964cbfa39d1556434035"),
        ("module_itemcontent_tag_100", "i13143652a46a5c9c4bee359a64d63442"),
    ],
)
def test_a_text_gives_the_identifier_of_the_worked_example(text: str, identifier: str) -> None:
    assert hashed(text, "i") == identifier


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.COURSES, "course_7"),
        (Kind.ASSIGNMENTS, "assignment_7"),
        (Kind.ASSIGNMENT_GROUPS, "assignment_group_7"),
        (Kind.DISCUSSION_TOPICS, "discussion_topic_7"),
        (Kind.ANNOUNCEMENTS, "discussion_topic_7"),
        (Kind.PAGES, "wiki_page_7"),
        (Kind.QUIZZES, "quizzes:quiz_7"),
        (Kind.QUIZ_GROUPS, "quizzes/quiz_group_7"),
        (Kind.FILES, "attachment_7"),
        (Kind.MODULES, "context_module_7"),
        (Kind.MODULE_ITEMS, "content_tag_7"),
        (Kind.EXTERNAL_TOOLS, "context_external_tool_7"),
        (Kind.CALENDAR_EVENTS, "calendar_event_7"),
        (Kind.RUBRICS, "rubric_7"),
        (Kind.LEARNING_OUTCOMES, "learning_outcome_7"),
        (Kind.LEARNING_OUTCOME_GROUPS, "learning_outcome_group_7"),
        (Kind.GRADING_STANDARDS, "grading_standard_7"),
        (Kind.EXTERNAL_FEEDS, "external_feed_7"),
        (Kind.QUESTION_BANKS, "assessment_question_bank_7"),
        (Kind.LATE_POLICIES, "late_policy_7"),
        (Kind.COURSE_PACES, "course_pace_7"),
        (Kind.NAV_MENU_LINKS, "nav_menu_link_7"),
        (Kind.TOOL_PROFILES, "tool_profile_7"),
        (Kind.LTI_RESOURCE_LINKS, "lti:resource_link_7"),
        (Kind.LTI_CONTEXT_CONTROLS, "lti:context_control_7"),
    ],
)
def test_every_kind_has_the_name_that_canvas_hashes(kind: Kind, text: str) -> None:
    assert local_key(kind, 7) == hashed(text, "i")
    name, _, _ = text.rpartition("_")
    assert key(kind, 7) == hashed(f"{name}_{SHARD + 7}", "g")


def test_an_identifier_is_of_the_global_id_and_a_prefix_goes_before_the_name() -> None:
    assert key(Kind.ASSIGNMENTS, 42) == key(Kind.ASSIGNMENTS, SHARD + 42) == "g5c85f58b06b03488b75ef42e0ad2b2c9"
    assert local_key(Kind.ASSIGNMENTS, SHARD + 42) == "i47919f976843380de39a0339818f272b"
    assert key(Kind.QUIZZES, 5, "canvas_") == hashed(f"canvas_quizzes:quiz_{SHARD + 5}")


def test_what_the_package_of_origin_called_an_object_comes_before_what_canvas_would_compute() -> None:
    keys = Keys({(Kind.DISCUSSION_TOPICS, 9, ""): "topic", (Kind.DISCUSSION_TOPICS, 9, "meta"): "about"})
    assert [keys.of(Kind.ANNOUNCEMENTS, 9), keys.of(Kind.ANNOUNCEMENTS, 9, "meta")] == ["topic", "about"]
    assert keys.of(Kind.ASSIGNMENTS, 9) == key(Kind.ASSIGNMENTS, 9)


ID = etree.XMLSchema(
    etree.fromstring(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:complexType>'
        '<xs:attribute name="id" type="xs:ID"/></xs:complexType></xs:element></xs:schema>'
    )
)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12)
)
@example("MANIFEST 1")
@example("1item")
@example("ä:b")
@example("Übung-1")
def test_every_identifier_of_another_tool_is_written_as_a_valid_one(text: str) -> None:
    importing = an_importing()
    page, question = importing.id_of(Kind.PAGES, text), importing.id_of(Kind.QUIZ_QUESTIONS, text)
    importing.make_identifiers_valid()
    keys = Keys(importing.identifiers)
    assert ID.validate(etree.Element("a", id=keys.of(Kind.PAGES, page)))
    assert keys.of(Kind.QUIZ_QUESTIONS, question) == text  # the ident of a question is any text
    assert importing.identifiers.get((Kind.PAGES, page, LOADED_AS), text) == text  # a second load finds the page


@pytest.mark.parametrize("text", ["MANIFEST 1", "a:b", "ä b", "<"])
def test_no_identifier_is_written_that_canvas_never_wrote_and_xml_does_not_have(text: str) -> None:
    keys = Keys({(Kind.PAGES, 1, ""): text})
    assert ID.validate(etree.Element("a", id=keys.of(Kind.PAGES, 1)))
    assert text in keys.names(Kind.PAGES, 1)


def test_an_identifier_of_canvas_that_begins_with_a_digit_stays_as_it_is() -> None:
    assert Keys({(Kind.PAGES, 1, ""): "68caee44"}).of(Kind.PAGES, 1) == "68caee44"


@pytest.mark.parametrize("text", ["g0123", "i_1.a-b", "Übung-1", "資源1"])
def test_a_valid_identifier_stays_as_it_is(text: str) -> None:
    assert Keys({(Kind.PAGES, 1, ""): text}).of(Kind.PAGES, 1) == text
