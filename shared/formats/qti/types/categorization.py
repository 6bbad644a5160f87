"""Categorization questions, of New Quizzes: a pool of things, each of which belongs into at most one category."""

from __future__ import annotations

from shared.domain.content.answers import Answer, Match
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.item_view import ItemView, identity, labels, with_comment
from shared.formats.qti.material import add_material, read_material
from shared.formats.qti.resprocessing import add_condition, add_score, share
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def _present(presentation: Element, question: Question) -> None:
    """A response for each category, which lists the whole pool."""
    for category in question.answers:
        response = xml.add(presentation, "response_lid", ident=category.id, rcardinality="Multiple")
        add_material(response, category.text, category.html)
        choices = xml.add(response, "render_choice")
        for match in question.matches:
            add_material(xml.add(choices, "response_label", ident=match.match_id), match.text, match.html)


def _score(resprocessing: Element, question: Question) -> None:
    """A category earns its share when everything that belongs into it is there."""
    for category in question.answers:
        respcondition, conditionvar = add_condition(resprocessing)
        for match_id in category.match_ids:
            xml.add(conditionvar, "varequal", match_id, respident=category.id)
        add_score(respcondition, share(len(question.answers)))


def _read(view: ItemView, question: Question) -> None:
    pool: dict[str, Match] = {}
    for response in view.responses:
        for ident, material in labels(response):
            pool.setdefault(ident, Match(match_id=identity(ident), text=material.text, html=material.html))
        ident = response.get("ident") or ""
        material = read_material(response)
        right = [identity(value) for value in view.right_values(ident)]
        category = Answer(id=identity(ident), text=material.text, html=material.html, match_ids=right, weight=100)
        question.answers.append(with_comment(category, view.comment(ident)))
    question.matches = list(pool.values())


CATEGORIZATION = QuestionType(
    "categorization_question", _read, _present, _score, answer_condition=None, incorrect_shown=False, ids_stated=False
)
