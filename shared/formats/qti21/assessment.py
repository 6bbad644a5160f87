"""`<assessmentTest>`: a quiz as a test of one part, its groups as sections that select some of their items.

Source: QTI 2.1, assessmentTest, testPart, assessmentSection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.identifiers import as_name
from shared.formats.packing import Packing
from shared.formats.qti.portable_items import Section
from shared.formats.qti21.markup import Markup
from shared.formats.qti21.serialize import serialize
from shared.formats.qti21.vocabulary import EDITIONS, QTI, QTI_XSD, SCORE, Edition
from shared.formats.xml import Element

# Settings of a quiz that a test has a place for, beside its time limit and its attempts.
_SUPPORTED_SETTINGS = ("shuffle_answers", "cant_go_back", "show_correct_answers")


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An item of a test: its identifier, and where it lies as seen from the test."""

    identifier: str
    href: str


TestContents = list[ItemRef | Section[ItemRef]]


def supported_settings(quiz: Quiz) -> tuple[str, ...]:
    """The settings of this quiz that its test expresses."""
    # A linear test shows one item at a time, so that it expresses both settings of a quiz without a way back.
    return (*_SUPPORTED_SETTINGS, "one_question_at_a_time") if quiz.cant_go_back else _SUPPORTED_SETTINGS


def document(quiz: Quiz, contents: TestContents, packing: Packing) -> tuple[bytes, set[str]]:
    """(the test, the parts of the description's HTML that it has no place for)."""
    # The schema of QTI 2.1 requires a title.
    title = quiz.title.strip() or "Quiz"
    test = xml.root("assessmentTest", QTI, QTI_XSD, identifier=as_name(packing.key(Kind.QUIZZES, quiz.id)), title=title)
    declared = xml.add(test, "outcomeDeclaration", identifier=SCORE, cardinality="single", baseType="float")
    xml.add(xml.add(declared, "defaultValue"), "value", "0.0")
    # 0 is no limit; a reader would take it to be over at once.
    if quiz.time_limit:
        # QTI 2.1 counts seconds, Canvas minutes. Some readers refuse a test with a fraction, even with ".0".
        xml.add(test, "timeLimits", maxTime=round(60 * quiz.time_limit))
    part = xml.add(test, "testPart", identifier="part", navigationMode="linear" if quiz.cant_go_back else "nonlinear")
    part.set("submissionMode", "individual")
    _add_control(part, quiz)
    section = _add_section(part, "root_section", title)
    markup = Markup()
    if quiz.description:
        _add_description(section, quiz.description, markup)
    for entry in contents:
        if isinstance(entry, Section):
            _add_group(section, entry, packing)
        else:
            _add_items(section, [entry])
    _add_score(test)
    return serialize(test, EDITIONS[packing.request.version]), markup.lost


def bank_document(identifier: str, title: str, items: Iterable[ItemRef], edition: Edition) -> bytes:
    """A bank as a section in a file of its own: QTI 2.1 has no element for a bank."""
    section = xml.root("assessmentSection", QTI, QTI_XSD, identifier=identifier, title=title.strip() or "Bank")
    section.set("visible", "true")
    _add_items(section, items)
    return serialize(section, edition)


def _add_control(part: Element, quiz: Quiz) -> None:
    """The attempts, which QTI 2.1 counts for each item, and whether solutions are shown; 0 attempts are any number."""
    attempts = quiz.allowed_attempts
    control = xml.add(part, "itemSessionControl", maxAttempts=0 if attempts == -1 else attempts or 1)
    if quiz.show_correct_answers is not None:
        control.set("showSolution", xml.text_of(quiz.show_correct_answers))


def _add_section(parent: Element, identifier: str, title: str) -> Element:
    return xml.add(parent, "assessmentSection", identifier=identifier, title=title, visible="true")


def _add_description(section: Element, description: str, markup: Markup) -> None:
    # A rubric is a text for one view, here that of students: QTI 2.1 has no description of a test.
    block = xml.add(section, "rubricBlock", view="candidate")
    markup.append(block, description, text_allowed=False)


def _add_group(parent: Element, entry: Section[ItemRef], packing: Packing) -> None:
    """A section that selects some of its items, in any order."""
    section = _add_section(parent, as_name(packing.key(Kind.QUIZ_GROUPS, entry.group.id)), entry.title)
    xml.add(section, "selection", select=entry.select_count)
    # Canvas draws the questions of a group at random; without `ordering` a reader would keep them in sequence.
    xml.add(section, "ordering", shuffle="true")
    _add_items(section, entry.items)


def _add_items(section: Element, items: Iterable[ItemRef]) -> None:
    for item in items:
        xml.add(section, "assessmentItemRef", identifier=item.identifier, href=item.href)


def _add_score(test: Element) -> None:
    """The score of the test is the sum of those of its items."""
    rule = xml.add(xml.add(test, "outcomeProcessing"), "setOutcomeValue", identifier=SCORE)
    xml.add(xml.add(rule, "sum"), "testVariables", variableIdentifier=SCORE)
