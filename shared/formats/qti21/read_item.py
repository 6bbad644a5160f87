"""An `<assessmentItem>` of QTI 2, as any tool wrote it, as a question of the model."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.material import unwrapped
from shared.formats.qti21.item_view import ItemView
from shared.formats.qti21.read_choices import (
    read_associate,
    read_choice,
    read_hot_spot,
    read_match,
    read_order,
)
from shared.formats.qti21.read_feedback import read_comments
from shared.formats.qti21.read_markup import as_html
from shared.formats.qti21.read_text_entries import (
    blank_name,
    read_blanks,
    read_entry,
    read_gaps,
    read_slider,
    stands_alone,
)
from shared.formats.xml import Element

Read = Callable[[ItemView, Element, Question], None]

_ENTRIES = ("textEntryInteraction", "inlineChoiceInteraction")
_NAMED = ("gap", "printedVariable")  # what stands in the text by its name
_SCORED = ("choice_question", "false_question", "blanks_question", "dropdowns_question", "numerical_question")
_LINE = "____"  # where a number or a text is to be filled into a sentence
_UNSAID = ("templateDeclaration", "templateProcessing", "assessmentStimulusRef")
_HIDDEN_RUBRICS = ("scorer", "tutor", "author", "proctor", "testConstructor")


def _handed_in(name: str) -> Read:
    def read(_view: ItemView, _interaction: Element, question: Question) -> None:
        question.question_type = name

    return read


_READERS: dict[str, Read] = {
    "choiceInteraction": read_choice,
    "hottextInteraction": read_choice,
    "orderInteraction": read_order,
    "matchInteraction": read_match,
    "associateInteraction": read_associate,
    "gapMatchInteraction": read_gaps,
    "textEntryInteraction": read_entry,
    "inlineChoiceInteraction": lambda view, entry, question: read_blanks(view, [entry], question),
    "extendedTextInteraction": _handed_in("essay_question"),
    "drawingInteraction": _handed_in("file_upload_question"),
    "uploadInteraction": _handed_in("file_upload_question"),
    "hotspotInteraction": read_hot_spot,
    "selectPointInteraction": read_hot_spot,
    "sliderInteraction": read_slider,
}


def read_item(view: ItemView, question: Question) -> bool:
    """Fill a question from its item; False, with a warning, for an item that maps to no type of question."""
    kinds = [xml.local(interaction) for interaction in view.interactions]
    question.question_name = view.title or None
    question.points_possible = view.points
    _tell_unsaid(view)
    if not view.interactions:
        question.question_type = "text_only_question"
    elif len(kinds) == 1 and kinds[0] in _READERS:
        _READERS[kinds[0]](view, view.interactions[0], question)
    elif set(kinds) <= set(_ENTRIES):
        read_blanks(view, view.interactions, question)
    elif set(kinds) == {"extendedTextInteraction"}:
        question.question_type = "essay_question"
        view.warn("qti2_answers_joined", f"asks for {len(kinds)} texts; they are one essay here")
    else:
        view.warn(
            "qti2_item_not_mapped", f"has interactions that no question type has: {', '.join(sorted(set(kinds)))}"
        )
        return False
    if question.question_type.endswith(_SCORED) and not any(answer.correct for answer in question.answers):
        view.warn("qti2_answer_not_mapped", "does not say what is right")
    _read_text(view, question)
    read_comments(view, question)
    return True


def _tell_unsaid(view: ItemView) -> None:
    found = sorted({xml.local(child) for child in view.element if xml.local(child) in _UNSAID})
    if found:
        view.warn(
            "qti2_template_not_mapped", f"has parts that are made anew each time ({', '.join(found)}); they are not"
        )
    if view.element.get("adaptive") == "true":
        view.warn("qti2_adaptive_not_mapped", "adapts to its answers in several steps; only the first was taken in")


def _read_text(view: ItemView, question: Question) -> None:
    """The body without its interactions; where one stood, its prompt, or the name of its blank."""
    if view.body is None:
        return
    names = {answer.blank_id for answer in question.answers if answer.blank_id is not None}

    def stand(element: Element) -> str | None:
        name = xml.local(element)
        if name in _NAMED:
            return f"[{element.get('identifier')}]"
        if name == "rubricBlock" and element.get("view") in _HIDDEN_RUBRICS:
            view.warn("qti2_rubric_not_mapped", "has a note for those who score it, which was left out")
            return ""
        if name in _ENTRIES:
            blank = blank_name(element.get("responseIdentifier") or "")
            return f"[{blank}]" if blank in names else "" if stands_alone(element) else _LINE
        return None

    text, was_wrapped = unwrapped(as_html(view.body, stand))
    question.question_text = text or None
    question.unwrapped = bool(text) and not was_wrapped
