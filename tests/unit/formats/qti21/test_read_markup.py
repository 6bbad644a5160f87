"""What the XHTML of QTI 2 becomes as HTML: pictures, attributes, interactions and their prompts."""

from __future__ import annotations

import pytest
from lxml import etree

from shared.formats.qti21.reading.read_markup import as_html


def read(body: str) -> str:
    return as_html(etree.fromstring(f"<itemBody>{body}</itemBody>"))


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ('<object type="image/png" data="a.png" width="4"/>', '<img src="a.png" width="4">'),
        ('<object type="video/mp4" data="a.mp4"/>', '<object type="video/mp4" data="a.mp4"></object>'),
        ('<p data="a" type="b">x</p>', '<p data="a">x</p>'),
        ('<div view="author" use="u" base="b" showHide="show" class="c">x</div>', '<div class="c">x</div>'),
        ('<rubricBlock view="candidate"><p>x</p></rubricBlock>', "<div><p>x</p></div>"),
        ("a<stylesheet/>b<feedbackInline>c</feedbackInline>d", "abd"),
        ("<p>a<!-- c -->b</p>", "<p>ab</p>"),
        ("<p>a<b>b</b>c<templateInline>d</templateInline>e</p>", "<p>a<b>b</b>cde</p>"),
    ],
)
def test_a_body_keeps_its_elements_and_loses_what_html_does_not_have(body: str, html: str) -> None:
    assert read(body) == html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (
            "<choiceInteraction><prompt>Which?</prompt><simpleChoice>a</simpleChoice></choiceInteraction>",
            "<p>Which?</p>",
        ),
        ("<choiceInteraction><prompt><p>Which?</p></prompt></choiceInteraction>", "<div><p>Which?</p></div>"),
        ("<choiceInteraction/>", ""),
        ("<p><textEntryInteraction/></p>", ""),  # a paragraph of nothing else
        ("<p>A <textEntryInteraction/></p>", "<p>A </p>"),
        ("<p/>", "<p></p>"),
        (
            "<gapMatchInteraction><prompt>Put</prompt><gapText>a</gapText><p>here</p></gapMatchInteraction>",
            "<p>Put</p><p>here</p>",
        ),
        ("<orderInteraction><simpleChoice>a</simpleChoice></orderInteraction>", ""),
    ],
)
def test_an_interaction_is_its_prompt_and_the_text_around_its_gaps(body: str, html: str) -> None:
    assert read(body) == html


def test_a_replacement_stands_for_an_element_and_all_in_it() -> None:
    body = etree.fromstring("<itemBody><p>A <textEntryInteraction responseIdentifier='r'/> b</p></itemBody>")
    assert (
        as_html(
            body,
            lambda element: f"[{element.get('responseIdentifier')}]" if element.get("responseIdentifier") else None,
        )
        == "<p>A [r] b</p>"
    )
