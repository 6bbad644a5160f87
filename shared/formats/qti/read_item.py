"""An `<item>`, as Canvas or another tool wrote it, as a question of the model."""

from __future__ import annotations

import html
import re

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, GENERAL, INCORRECT
from shared.formats.qti.item_view import ItemView, with_comment
from shared.formats.qti.material import Material, unwrapped
from shared.formats.qti.resprocessing import RESPONSE
from shared.formats.qti.types.table import NEW_QUIZZES_ONLY, TYPES, type_of_item

# Fields of the metadata that have a field in the model, or repeat the type in the words of another tool.
_KNOWN = frozenset(
    {
        "question_type",
        "points_possible",
        "original_answer_ids",
        "assessment_question_identifierref",
        "passage",
        "parent_stimulus_item_ident",
        "cc_profile",
        "cc_weighting",
        "qmd_computerscored",
        "qmd_itemtype",
        "qmd_maximumscore",
        "qmd_weighting",
        "qmd_absolutescore_max",
        "bbmd_questiontype",
        "respondusapi_qtype",
        "respondusapi_qpoints",
    }
)
# In order of trust: Canvas's own field, Common Cartridge's, Respondus's, QTI's.
_POINTS = (
    *("points_possible", "cc_weighting", "respondusapi_qpoints", "qmd_weighting", "qmd_maximumscore"),
    "qmd_absolutescore_max",
)
# Scores in which tools count a question as right or not, or in percent: they say nothing of its points.
_OUTCOME = "{*}resprocessing/{*}outcomes/{*}decvar"
_NO_POINTS = (0, 1, 100)
# Other tools name feedback by words or by endings: _C for right, _IC for wrong responses; _AC is neither.
_INCORRECT = re.compile(r"incorrect|(^|_)IC$", re.IGNORECASE)
_CORRECT = re.compile(r"correct|_C$", re.IGNORECASE)
_GENERAL = re.compile(r"^general", re.IGNORECASE)


def read_item(view: ItemView, question: Question) -> None:
    """Fill a question from its item; `view.warn` receives what cannot be mapped."""
    row = type_of_item(view)
    stated = view.metadata.get("question_type", "").strip()
    question.question_name = view.title or None
    question.question_type = stated if stated.endswith("_question") else row.name
    question.points_possible = _points(view)
    _read_prompt(view, question)
    if view.responses and (ident := view.responses[0].get("ident")) != RESPONSE and len(view.responses) == 1:
        question.response_ident = ident
    row.read(view, question)
    _read_comments(view, question)
    _keep_order(view, question)
    question.item_metadata = {label: entry for label, entry in view.metadata.items() if label not in _KNOWN}
    if stated and stated not in TYPES:
        view.warn(WarningCode.QTI_TYPE_UNKNOWN, f"is of the type {stated}; it was read as a {row.name}")
    if row.name in NEW_QUIZZES_ONLY:
        view.warn(
            WarningCode.QTI_TYPE_OF_NEW_QUIZZES,
            f"is of the type {row.name}, which classic quizzes do not have; it is kept",
        )


def _points(view: ItemView) -> Number:
    """Points where the item states some, else 1, as Canvas reads it; never negative."""
    for label in _POINTS:
        number = xml.number_of(view.metadata.get(label, ""))
        if number is not None:
            return max(number, 0)
    return _highest_score(view) or 1.0


def _highest_score(view: ItemView) -> Number | None:
    """The highest score that the item declares, else the one that its conditions add up to."""
    declared = (xml.number_of(o.get("maxvalue") or "") for o in view.element.iterfind(_OUTCOME))
    highest = max((number for number in declared if number is not None), default=None)
    if highest is None:
        earned = [condition for condition in view.scoring if condition.score is not None]
        added = [c.score or 0 for c in earned if xml.find(c.element, "setvar[@action='Add']") is not None]
        highest = max([sum(added), *(c.score or 0 for c in earned)], default=None)
    return None if highest is None or highest in _NO_POINTS or highest < 0 else highest


def _read_prompt(view: ItemView, question: Question) -> None:
    text, was_wrapped = unwrapped(view.prompt.as_html)
    question.question_text = text or None
    question.unwrapped = bool(text) and not was_wrapped


def _read_comments(view: ItemView, question: Question) -> None:
    """The comments on the question, and those of other tools, by their idents or by the conditions that show them."""
    answers = {f"{answer.id}_fb": answer for answer in question.answers}
    shown = _shown_to(view, question.answers)
    for ident, material in view.feedback.items():
        field = _field_of(ident)
        if field is not None:
            setattr(question, field, material.text)
            setattr(question, f"{field}_html", material.html)
        elif ident not in answers:
            _read_foreign(view, shown.get(ident), ident, material)


def _field_of(ident: str) -> str | None:
    if ident == INCORRECT or _INCORRECT.search(ident):
        return "incorrect_comments"
    if ident == CORRECT or (_CORRECT.search(ident) and not ident.endswith("_AC")):
        return "correct_comments"
    return "neutral_comments" if ident == GENERAL or _GENERAL.search(ident) else None


def _shown_to(view: ItemView, answers: list[Answer]) -> dict[str, Answer]:
    """The answer whose condition shows a comment, by the ident of the comment; conditions name ids or texts."""
    by_ident: dict[str, Answer] = {}
    for answer in answers:
        by_ident.setdefault(str(answer.id), answer)
        by_ident.setdefault(answer.text or "", answer)
    shown: dict[str, Answer] = {}
    for condition in view.conditions:
        values = {value for _, value in (*condition.equals, *condition.substrings)} if condition.shows else set()
        if len(values) == 1 and (shown_answer := by_ident.get(values.pop())) is not None:
            for ident in condition.shows:
                shown.setdefault(ident, shown_answer)
    return shown


def _read_foreign(view: ItemView, answer: Answer | None, ident: str, material: Material) -> None:
    """Set a comment on the answer whose condition shows it; a warning for a comment that no condition shows."""
    if answer is not None:
        with_comment(answer, material)
    elif material != Material():
        view.warn(
            WarningCode.QTI_FEEDBACK_NOT_MAPPED, f"has feedback ({ident}) that no answer shows: {_start(material)}"
        )


def _start(material: Material) -> str:
    text = html.unescape(re.sub(r"<[^>]*>", " ", material.as_html)).strip()
    return text if len(text) <= 60 else f"{text[:60]}…"


def _keep_order(view: ItemView, question: Question) -> None:
    """Sort answers in the order of their stated ids; a matching question keeps that order beside its own."""
    ids = [answer.id for answer in question.answers]
    if not view.original_ids or view.original_ids == ids or set(view.original_ids) != set(ids):
        return
    # The ids of a bank of words are repeated in each blank, so that they give no order.
    if len(set(ids)) != len(ids):
        return
    if question.question_type == "matching_question":
        question.original_answer_ids = view.original_ids
        return
    place = {answer_id: n for n, answer_id in enumerate(view.original_ids)}
    question.answers = sorted(question.answers, key=lambda answer: place.get(answer.id or 0, len(place)))
