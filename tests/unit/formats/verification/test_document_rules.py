"""Topics, web links and the question profile of Common Cartridge keep to their schemas in every finished package."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.formats.cartridge import package
from shared.formats.entry import Entry
from shared.formats.verification import document_rules
from shared.formats.verification.element_rules import ElementCheck, checked
from tests.support.finished_package import finished
from tests.support.formats import a_packing, linked
from tests.support.qti_builders import CHOICES, a_question
from tests.support.shared import SHARED, needs_shared, schema

COURSE: dict[Kind, list[Any]] = {
    Kind.QUIZZES: [Quiz(id=5, title="Optics")],
    Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES, correct_comments="right")],
    Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=3, title="Talk", message="<p>x</p>")],
    Kind.MODULES: [Module(id=8, name="Week 1")],
    Kind.MODULE_ITEMS: [
        ModuleItem(id=9, module_id=8, type="ExternalUrl", title="Web", external_url="https://a.example")
    ],
}
QUIZ, TOPIC, LINK = b"<assessment ", b"<topic ", b"<webLink "
CHANGES = [
    (QUIZ, b'rcardinality="Single"', b'rce="true"', "attribute_unknown"),
    (QUIZ, b'<item ident="', b'<item name="', "attribute_missing"),
    (QUIZ, b"<presentation>", b"<itemproc_extension/><presentation>", "element_misplaced"),
    (
        QUIZ,
        b"<resprocessing>",
        b"<itemfeedback ident='x'><material/></itemfeedback><resprocessing>",
        "element_misplaced",
    ),
    (QUIZ, b"<fieldentry>", b"<fieldlabel/><fieldentry>", None),
    (TOPIC, b"<title>", b"<attachments/><title>", "element_missing"),
    (TOPIC, b' texttype="text/html"', b"", "attribute_missing"),
    (LINK, b" href=", b" to=", "attribute_missing"),
    (LINK, b"</webLink>", b"", "document_unreadable"),
]


@pytest.mark.parametrize(("where", "old", "new", "code"), CHANGES)
def test_a_document_against_its_schema_fails_the_package(
    where: bytes, old: bytes, new: bytes, code: str | None
) -> None:
    packing = linked(a_packing(COURSE))
    entries = list(package.entries(packing))
    place = next(n for n, entry in enumerate(entries) if isinstance(entry.body, bytes) and where in entry.body)
    body = entries[place].body
    assert isinstance(body, bytes)
    assert old in body
    entries[place] = Entry(entries[place].path, body.replace(old, new, 1), entries[place].item)
    codes = finished(packing, entries).codes()
    assert (codes[:1] == [code]) if code else (codes == [])


def test_a_package_as_it_is_written_keeps_to_its_schemas() -> None:
    packing = linked(a_packing(COURSE))
    assert finished(packing, package.entries(packing)).codes() == []


def test_a_document_in_pieces_is_checked_as_a_whole() -> None:
    document = b"<webLink><title>x</title><url/></webLink>"
    check = ElementCheck("a.xml", document_rules.WEB_LINK)
    pieces = [document[:15], document[15:]]
    assert list(checked(pieces, check)) == pieces
    assert [finding.code for finding in check.findings] == ["attribute_missing"]


@needs_shared
def test_the_rules_name_the_elements_and_the_attributes_of_the_official_schema() -> None:
    assert schema("ccv1p1_qtiasiv1p2p1_v1p0.xsd") is not None
    text = (SHARED / "schemas" / "ccv1p1" / "ccv1p1_qtiasiv1p2p1_v1p0.xsd").read_text()
    for name, rule in document_rules.QUESTIONS.items():
        assert f'name="{name}"' in text
        for known in (*rule.children, *rule.required, *(rule.optional or ())):
            assert f'name="{known}"' in text or f'ref="{known}"' in text, (name, known)
