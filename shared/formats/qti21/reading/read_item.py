"""An `<assessmentItem>` of QTI 2, as any tool wrote it, as a question of the model."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.material import unwrapped
from shared.formats.qti21.reading.item_view import AssessmentItemView
from shared.formats.qti21.reading.read_choice_interactions import (
    read_choice,
    read_hot_spot,
    read_order,
)
from shared.formats.qti21.reading.read_feedback import read_comments
from shared.formats.qti21.reading.read_markup import as_html
from shared.formats.qti21.reading.read_match_interactions import read_associate, read_match
from shared.formats.qti21.reading.read_text_interactions import (
    blank_name,
    read_blanks,
    read_entry,
    read_gaps,
    read_slider,
    stands_alone,
)
from shared.formats.xml import Element

Read = Callable[[AssessmentItemView, Element, Question], None]

_ENTRIES = ("textEntryInteraction", "inlineChoiceInteraction")
# Elements that the text names in brackets.
_NAMED_IN_TEXT = ("gap", "printedVariable")
# Types whose answers are right or wrong, by the end of their names.
_SCORED = ("choice_question", "false_question", "blanks_question", "dropdowns_question", "numerical_question")
# In place of the one entry of a question, amid a sentence.
_LINE = "____"
# A template makes new numbers for each attempt; a quiz has only the values that are in the item.
_UNMAPPED_PARTS = ("templateDeclaration", "templateProcessing", "assessmentStimulusRef")
# Texts for these views are not for students (QTI 2.1, view).
_HIDDEN_RUBRICS = ("scorer", "tutor", "author", "proctor", "testConstructor")


def _of_type(name: str) -> Read:
    def read(_view: AssessmentItemView, _interaction: Element, question: Question) -> None:
        question.question_type = name

    return read


def _read_essay(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    question.question_type = "essay_question"
    for text in view.response(interaction).accepted:
        view.warn(
            WarningCode.QTI2_FEEDBACK_NOT_MAPPED, f"has a sample solution, for which an essay has no place: {text}"
        )


_READERS: dict[str, Read] = {
    "choiceInteraction": read_choice,
    "hottextInteraction": read_choice,
    "orderInteraction": read_order,
    "matchInteraction": read_match,
    "associateInteraction": read_associate,
    "gapMatchInteraction": read_gaps,
    "textEntryInteraction": read_entry,
    "inlineChoiceInteraction": lambda view, entry, question: read_blanks(view, [entry], question),
    "extendedTextInteraction": _read_essay,
    "drawingInteraction": _of_type("file_upload_question"),
    "uploadInteraction": _of_type("file_upload_question"),
    "hotspotInteraction": read_hot_spot,
    "selectPointInteraction": read_hot_spot,
    "sliderInteraction": read_slider,
}


def read_item(view: AssessmentItemView, question: Question) -> bool:
    """Fill a question from its item; False, with a warning, for an item that maps to no type of question."""
    question.question_name = view.title or None
    question.points_possible = view.points
    _warn_unmapped_parts(view)
    if not _read_interactions(view, question):
        return False
    if question.question_type.endswith(_SCORED) and not any(answer.correct for answer in question.answers):
        view.warn(WarningCode.QTI2_ANSWER_NOT_MAPPED, "does not state a right answer")
    _read_text(view, question)
    read_comments(view, question)
    return True


def _read_interactions(view: AssessmentItemView, question: Question) -> bool:
    """Set the type and the answers; False for interactions that no type of question has together."""
    kinds = [xml.local(interaction) for interaction in view.interactions]
    if not view.interactions:
        question.question_type = "text_only_question"
        return True
    if len(kinds) == 1 and kinds[0] in _READERS:
        _READERS[kinds[0]](view, view.interactions[0], question)
        return True
    if set(kinds) <= set(_ENTRIES):
        read_blanks(view, view.interactions, question)
        return True
    if set(kinds) == {"extendedTextInteraction"}:
        question.question_type = "essay_question"
        view.warn(WarningCode.QTI2_ANSWERS_JOINED, f"has {len(kinds)} texts to write; they are one essay here")
        return True
    names = ", ".join(sorted(set(kinds)))
    view.warn(WarningCode.QTI2_ITEM_NOT_MAPPED, f"has interactions that no question type has: {names}")
    return False


def _warn_unmapped_parts(view: AssessmentItemView) -> None:
    parts = sorted({xml.local(child) for child in view.element if xml.local(child) in _UNMAPPED_PARTS})
    if parts:
        view.warn(
            WarningCode.QTI2_TEMPLATE_NOT_MAPPED,
            f"has parts that vary with each attempt ({', '.join(parts)}); they were left out",
        )
    if xml.find(view.element, "stylesheet") is not None:
        view.warn(WarningCode.HEAD_DROPPED, "names a style sheet, which a question does not have")
    if view.element.get("adaptive") == "true":
        view.warn(
            WarningCode.QTI2_ADAPTIVE_NOT_MAPPED, "adapts to its answers in several steps; only the first was read"
        )


def _read_text(view: AssessmentItemView, question: Question) -> None:
    """The body as the text of the question: its interactions become their prompts, or the names of their blanks."""
    if view.body is None:
        return
    names = {answer.blank_id for answer in question.answers if answer.blank_id is not None}

    def replacement(element: Element) -> str | None:
        name = xml.local(element)
        if name in _NAMED_IN_TEXT:
            return f"[{element.get('identifier')}]"
        if name == "rubricBlock" and element.get("view") in _HIDDEN_RUBRICS:
            view.warn(WarningCode.QTI2_RUBRIC_NOT_MAPPED, "has a note for scorers, which was left out")
            return ""
        if name in _ENTRIES:
            blank = blank_name(element.get("responseIdentifier") or "")
            return f"[{blank}]" if blank in names else "" if stands_alone(element) else _LINE
        return None

    text, was_wrapped = unwrapped(as_html(view.body, replacement))
    question.question_text = text or None
    question.unwrapped = bool(text) and not was_wrapped
