"""Links for readers other than Canvas: what would be a token is a path or an address."""

from __future__ import annotations

import pytest

from shared.domain.kinds import Kind
from shared.formats.html.portable_links import PortableLinks
from tests.support.linked_course import HOST, Linked

COURSE = f"{HOST}/courses/1"


@pytest.fixture
def linked() -> Linked:
    return Linked()


def outside(linked: Linked, html: str) -> str:
    links = PortableLinks(linked.links, linked.course, linked.links._keys, HOST, "../web_resources")
    return links.export(html, Kind.PAGES, 30, "body")


@pytest.mark.parametrize(
    ("address", "becomes"),
    [
        ("/courses/1/files/5/preview", "../web_resources/Week%201/name.pdf"),
        ("/courses/1/files/5/download?wrap=1", "../web_resources/Week%201/name.pdf"),
        ("/courses/1/files/5#page=2", "../web_resources/Week%201/name.pdf#page=2"),
        ("/courses/1/pages/some-slug", f"{COURSE}/pages/some-slug"),
        ("/courses/1/assignments/3?a=1&amp;b=2", f"{COURSE}/assignments/3?a=1&amp;b=2"),
        ("/courses/1/quizzes/3", f"{COURSE}/quizzes/3"),
        ("/courses/1/discussion_topics/4", f"{COURSE}/discussion_topics/4"),
        ("/courses/1/modules/items/9", f"{COURSE}/modules/items/9"),
        ("/courses/1/grades", f"{COURSE}/grades"),
        ("/courses/1", f"{COURSE}/"),
        ("/courses/2/files/5", f"{HOST}/courses/2/files/5"),
        ("https://example.org/x", "https://example.org/x"),
        ("$CANVAS_OBJECT_REFERENCE$/quizzes/gone", f"{COURSE}/quizzes/gone"),
    ],
)
def test_an_address_is_a_path_or_leads_to_canvas(linked: Linked, address: str, becomes: str) -> None:
    assert outside(linked, f'<a href="{address}">x</a>') == f'<a href="{becomes}">x</a>'


def test_files_that_are_named_are_known(linked: Linked) -> None:
    links = PortableLinks(linked.links, linked.course, linked.links._keys, HOST, "../web_resources")
    assert [*links.files('<img src="/courses/1/files/6/preview">', Kind.PAGES, 30, "body")] == [6]


def test_text_without_references_is_left_alone(linked: Linked) -> None:
    text = "<p>5 < 6 & $REFERENCE of _REFERENCE</p>"
    assert outside(linked, text) == text


@pytest.mark.parametrize(("before", "behind"), [("See ", ". Then"), ("(", ")"), ("", "!"), ("Is it ", "?")])
def test_punctuation_behind_an_address_in_a_text_is_not_part_of_it(linked: Linked, before: str, behind: str) -> None:
    links = PortableLinks(linked.links, linked.course, linked.links._keys, HOST, "../web_resources")
    text = f"{before}{COURSE}/quizzes/3{behind}"
    assert outside(linked, f"<p>{text}</p>") == f"<p>{text}</p>"
    token = linked.links.export(text, Kind.PAGES, 30, "body")
    assert token != text
    assert links.shown_address(token) == text
