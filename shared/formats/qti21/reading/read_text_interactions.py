"""Interactions in the text of an item of QTI 2: entries, lists, gaps and sliders, as answers of a question."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.answer_ids import AnswerIds
from shared.formats.qti21.reading.item_view import AssessmentItemView, ResponseDeclaration
from shared.formats.qti21.reading.read_choice_interactions import choices
from shared.formats.qti21.reading.read_markup import material_of
from shared.formats.qti21.reading.read_numbers import read_numbers
from shared.formats.qti21.vocabulary import identity_of
from shared.formats.xml import Element

_PREFIX = "BLANK_"
_NUMBERS = ("float", "integer")
_PARAGRAPHS = ("p", "div")


def blank_name(identifier: str) -> str:
    """The name of a blank, from the identifier of its response."""
    return identifier.removeprefix(_PREFIX)


def stands_alone(entry: Element) -> bool:
    """Whether the entry is all that its paragraph holds."""
    parent = entry.getparent()
    if parent is None or xml.local(parent) not in _PARAGRAPHS:
        return False
    return len(parent) == 1 and not (parent.text or "").strip() and not (entry.tail or "").strip()


def read_entry(view: AssessmentItemView, entry: Element, question: Question) -> None:
    """One entry: a number, a short answer, or a blank in a sentence."""
    declared = view.response(entry)
    if declared.base_type in _NUMBERS:
        question.question_type = "numerical_question"
        question.answers = read_numbers(view, declared)
    elif stands_alone(entry):
        question.question_type = "short_answer_question"
        question.answers = _texts(view, declared, view.ids_for(), 0)
    else:
        read_blanks(view, [entry], question)


def read_blanks(view: AssessmentItemView, entries: list[Element], question: Question) -> None:
    """Blanks and lists. If some blanks list their answers and others do not, each answer has the type of its blank."""
    listed = [xml.local(entry) == "inlineChoiceInteraction" for entry in entries]
    ids = view.ids_for()
    for entry, is_list in zip(entries, listed, strict=True):
        declared = view.response(entry)
        if is_list:
            answers = [_listed(choice, declared) for choice in choices(entry)]
        else:
            answers = _texts(view, declared, ids, len(question.answers))
        for answer in answers:
            answer.blank_id = blank_name(declared.identifier)
            if any(listed) and not all(listed):
                answer.answer_type = "dropdown" if is_list else "openEntry"
        question.answers += answers
        if declared.base_type in _NUMBERS:
            view.warn(
                WarningCode.QTI2_NUMBER_AS_TEXT,
                f"has a number in its text ({declared.identifier}); it is compared as text",
            )
    question.question_type = "multiple_dropdowns_question" if all(listed) else "fill_in_multiple_blanks_question"


def _listed(choice: Element, declared: ResponseDeclaration) -> Answer:
    identifier = choice.get("identifier") or ""
    weight = 100 if identifier in declared.right else 0
    return Answer(id=identity_of(identifier), text=material_of(choice).text, weight=weight)


def _texts(view: AssessmentItemView, declared: ResponseDeclaration, ids: AnswerIds, place: int) -> list[Answer]:
    """The texts that earn points, by their declaration, else by the rules."""
    accepted = declared.accepted or view.rewarded(declared)
    patterns = [] if view.processing is None else view.processing.iter("{*}patternMatch")
    if any(each.find(f"{{*}}variable[@identifier='{declared.identifier}']") is not None for each in patterns):
        view.warn(
            WarningCode.QTI_PATTERN_AS_TEXT, f"accepts texts of a pattern in {declared.identifier}; it is left out"
        )
    points = {declared.mapping[text] for text in accepted if text in declared.mapping}
    if len(points) > 1:
        view.warn(WarningCode.QTI2_PARTIAL_CREDIT, "gives some texts a part of the points; here each of them earns all")
    return [Answer(id=ids.draw(place + number), text=text, weight=100) for number, text in enumerate(accepted)]


def read_gaps(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """Gaps for words: a list of all the words for each gap."""
    words = [element for element in interaction.iter() if xml.local(element) == "gapText"]
    right = {tuple(pair.split()) for pair in view.response(interaction).accepted}
    if interaction.find("{*}gapImg") is not None:
        view.warn(WarningCode.QTI2_ANSWER_NOT_MAPPED, "has pictures for its gaps, which were left out")
    ids = view.ids_for()
    for gap in interaction.iter("{*}gap"):
        name = gap.get("identifier") or ""
        for word in words:
            weight = 100 if (word.get("identifier"), name) in right else 0
            number = ids.draw(len(question.answers))
            material = material_of(word)
            answer = Answer(id=number, text=material.text, html=material.html, blank_id=name, weight=weight)
            question.answers.append(answer)
    question.question_type = "multiple_dropdowns_question"


def read_slider(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """A number on a scale, as a numerical question."""
    question.question_type = "numerical_question"
    question.answers = read_numbers(view, view.response(interaction))
