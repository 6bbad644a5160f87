"""Questions with named blanks in their text: fill in multiple blanks and multiple dropdowns."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.choice import add_choices, read_choices
from shared.formats.qti.conditions import add_condition, add_score, share
from shared.formats.qti.item_view import ItemView
from shared.formats.qti.material import add_bare_material, read_material
from shared.formats.qti.question_type import QuestionType
from shared.formats.xml import Element

_PREFIX = "response_"


def by_blank(question: Question) -> dict[str, list[Answer]]:
    """The answers of each blank, blanks in the order in which the answers first name them."""
    blanks: dict[str, list[Answer]] = {}
    for answer in question.answers:
        blanks.setdefault(answer.blank_id or "", []).append(answer)
    return blanks


def _present(presentation: Element, question: Question) -> None:
    for blank, answers in by_blank(question).items():
        response = xml.add(presentation, "response_lid", ident=f"{_PREFIX}{blank}")
        add_bare_material(response, blank)
        add_choices(response, answers)


def _score(resprocessing: Element, question: Question) -> None:
    """The first right answer of a blank earns its share; a blank without one earns nothing, yet counts."""
    blanks = by_blank(question)
    for blank, answers in blanks.items():
        right = next((answer for answer in answers if answer.correct), None)
        if right is not None:
            respcondition, wanted = add_condition(resprocessing)
            xml.add(wanted, "varequal", right.id, respident=f"{_PREFIX}{blank}")
            add_score(respcondition, share(len(blanks)))


def _told(question: Question, answer: Answer) -> tuple[str, str]:
    return f"{_PREFIX}{answer.blank_id or ''}", xml.text_of(answer.id)


def _read_dropdowns(view: ItemView, question: Question) -> None:
    for response in view.responses:
        blank = _blank_of(response)
        for answer in read_choices(view, response):
            answer.blank_id = blank
            question.answers.append(answer)


def _read_blanks(view: ItemView, question: Question) -> None:
    """Every text from the scoring one on is accepted: the format names only the first of a blank."""
    _read_dropdowns(view, question)
    for answers in by_blank(question).values():
        first = next((place for place, answer in enumerate(answers) if answer.correct), len(answers))
        for answer in answers[first:]:
            answer.weight = 100


def _blank_of(response: Element) -> str:
    name = read_material(response).text
    return name if name is not None else (response.get("ident") or "").removeprefix(_PREFIX)


FILL_IN_MULTIPLE_BLANKS = QuestionType(
    "fill_in_multiple_blanks_question", _read_blanks, _present, _score, told=_told, incorrect_shown=False
)
MULTIPLE_DROPDOWNS = QuestionType(
    "multiple_dropdowns_question", _read_dropdowns, _present, _score, told=_told, incorrect_shown=False
)
