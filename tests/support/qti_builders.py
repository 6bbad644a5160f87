"""Quizzes and questions that say only what matters, and what they become in a package."""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any

from lxml import etree

from shared.domain.content.course import Course
from shared.domain.content.quizzes import BankQuestion, QuizQuestion
from shared.domain.kinds import Kind
from shared.domain.selection import Selection, read_select
from shared.formats.identifiers import Keys
from shared.formats.importing import Importing
from shared.formats.packing import PackageRequest, Packing
from shared.formats.qti.completed_question import completed
from shared.formats.qti.item import item
from shared.formats.qti.item_view import ItemView
from shared.formats.qti.profiles import QtiProfile
from shared.formats.qti.read_item import read_item
from tests.support.memory_course import MemoryCourse

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"

# What both forms of QTI are scored on: comments of a question, answers of a choice, rows of a matching.
COMMENTS = {"neutral_comments": "seen", "correct_comments": "right", "incorrect_comments": "wrong"}

CHOICES = [
    {"id": 1, "text": "a", "weight": 0, "comments": "cold"},
    {"id": 2, "text": "b", "weight": 100, "comments": "warm"},
    {"id": 3, "text": "c", "weight": 0},
]

PAIRS: dict[str, Any] = {
    "answers": [
        {"id": 21, "left": "Sweden", "match_id": 31, "comments": "look north"},
        {"id": 22, "left": "Norway", "match_id": 32},
    ],
    "matches": [{"match_id": n, "text": str(n)} for n in (31, 32, 33)],
}


class PlainLinks:
    """Leaves HTML as it is, and remembers which files it saw."""

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        return html

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> tuple[int, ...]:
        return ()

    def settle(self, selection: Selection) -> None: ...


def a_packing(
    objects: dict[Kind, list[Any]] | None = None, select: Any = None, export_type: str = "qti", links: Any = None
) -> Packing:
    course = MemoryCourse(Course(id=1, name="Physics"), objects or {}, {})
    request = PackageRequest(101, export_type, date(2026, 1, 31))
    return Packing(course, request, read_select(select), Keys(), links or PlainLinks())


def a_question(question_type: str, answers: list[dict[str, Any]] | None = None, **fields: Any) -> QuizQuestion:
    """A question as REST gives it."""
    data = {"id": 7, "quiz_id": 5, "assessment_question_id": 9, "points_possible": 1.0, "question_text": "<p>?</p>"}
    return QuizQuestion.from_json({**data, "question_type": question_type, "answers": answers or [], **fields})


def item_of(question: QuizQuestion | BankQuestion, profile: QtiProfile = QtiProfile.FULL) -> etree._Element:
    """The item as a reader of the package gets it."""
    return etree.fromstring(etree.tostring(item(completed(question), profile, a_packing())))


def read_back(element: etree._Element) -> tuple[QuizQuestion, list[tuple[str, str]]]:
    """The question that an item is read as, and what was warned of."""
    warnings: list[tuple[str, str]] = []
    question = QuizQuestion(id=7)
    read_item(ItemView(element, lambda code, sentence: warnings.append((code, sentence))), question)
    return question, warnings


def an_importing() -> Importing:
    return Importing(course_id=1, next_id=itertools.count(1).__next__, course=Course(id=1))


def canonical(xml: str | bytes | etree._Element) -> str:
    """XML in one spelling: attributes sorted, no white space between elements."""
    text = xml if isinstance(xml, (str, bytes)) else etree.tostring(xml)
    root = etree.fromstring(text, etree.XMLParser(remove_blank_text=True))
    spelled = etree.tostring(root, method="c14n").decode()
    return re.sub(r">\s+<", "><", spelled)


def part(element: etree._Element, name: str) -> str:
    """The canonical form of one child of an item."""
    found = element.find(f"{{*}}{name}")
    assert found is not None, f"no <{name}>"
    return canonical(found)


def qti(xml: str) -> str:
    """The canonical form of an expected fragment, which stands in the namespace of QTI."""
    name = re.match(r"\s*<(\w+)", xml)
    assert name is not None
    return canonical(xml.replace(f"<{name[1]}", f'<{name[1]} xmlns="{QTI}"', 1))
