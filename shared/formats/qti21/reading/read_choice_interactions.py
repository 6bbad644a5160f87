"""Interactions that choose, order or point, as answers of a question."""

from __future__ import annotations

import re

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.types.table import TRUE_FALSE_WORDS
from shared.formats.qti21.reading.item_view import AssessmentItemView, ResponseDeclaration
from shared.formats.qti21.reading.read_markup import material_of
from shared.formats.qti21.vocabulary import identity_of
from shared.formats.xml import Element

_CHOICES = ("simpleChoice", "inlineChoice", "hottext", "simpleAssociableChoice", "hotspotChoice")
_TAG = re.compile(r"<[^>]*>")


def choices(interaction: Element) -> list[Element]:
    """The elements that can be chosen, wherever they stand in the interaction."""
    return [element for element in interaction.iter() if xml.local(element) in _CHOICES]


def read_choice(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """One choice or several. Where choices are worth different points, each keeps its own."""
    declared = view.response(interaction)
    several = declared.cardinality == "multiple"
    right = (declared.accepted if several else declared.right) or view.rewarded(declared)
    question.answers = [_answer(choice, right) for choice in choices(interaction)]
    words = {_TAG.sub("", answer.text or answer.html or "").strip().lower() for answer in question.answers}
    question.question_type = "true_false_question" if words in TRUE_FALSE_WORDS else "multiple_choice_question"
    if several:
        question.question_type = "multiple_answers_question"
        _warn_partial_credit(view, declared)
    elif len({worth for worth in declared.mapping.values() if worth > 0}) > 1 or len(declared.mapping) > 1:
        _read_points(question, declared)


def _answer(choice: Element, right: list[str]) -> Answer:
    identifier, material = choice.get("identifier") or "", material_of(choice)
    weight = 100 if identifier in right else 0
    return Answer(id=identity_of(identifier), text=material.text, html=material.html, weight=weight)


def _read_points(question: Question, declared: ResponseDeclaration) -> None:
    """Each choice has the points of the mapping; without a declared one, the choice with the most points is right."""
    maximum = max(declared.mapping.values())
    for answer in question.answers:
        key = next((key for key in declared.mapping if identity_of(key) == answer.id), None)
        answer.points = None if key is None else declared.mapping[key]
        if not declared.correct:
            answer.weight = 100 if key is not None and declared.mapping[key] == maximum > 0 else 0


def _warn_partial_credit(view: AssessmentItemView, declared: ResponseDeclaration) -> None:
    """Warn where choices earn points one by one: Canvas scores multiple answers all or nothing."""
    if declared.mapping and (view.processing is None or view.processing.find(".//{*}correct") is None):
        view.warn(WarningCode.QTI2_PARTIAL_CREDIT, "gives credit for each choice; here it scores all or nothing")


def read_order(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """An ordering question; without a declared order, the order of its choices is the right one."""
    declared = view.response(interaction)
    elements = choices(interaction)
    order = declared.correct or [choice.get("identifier") or "" for choice in elements]
    if not declared.correct:
        view.warn(WarningCode.QTI2_ANSWER_NOT_MAPPED, "declares no order; the order of its choices was taken")
    for choice in elements:
        answer = _answer(choice, order)
        identifier = choice.get("identifier") or ""
        answer.order = order.index(identifier) + 1 if identifier in order else None
        answer.weight = 100
        question.answers.append(answer)
    question.question_type = "ordering_question"
    orientation = interaction.get("orientation")
    if orientation is not None:
        question.new_quiz = NewQuizItem(display_answers_paragraph=orientation == "horizontal")


def read_hot_spot(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """The right areas, in parts of the picture's size; an area of a picture without a size is left out with a warning."""
    declared = view.response(interaction)
    # QTI 2 has the picture as an object, QTI 3 also as an image.
    picture = next(interaction.iterchildren("{*}object", "{*}img"), None)
    size = [] if picture is None else [xml.number_of(picture.get(name) or "") or 0 for name in ("width", "height")]
    question.question_type = "hot_spot_question"
    question.new_quiz = NewQuizItem(
        image_url=None if picture is None else picture.get("data") or picture.get("src"),
        cardinality="Multiple" if declared.cardinality == "multiple" else "Single",
    )
    right = set(declared.right)
    spots = [spot for spot in choices(interaction) if spot.get("identifier") in right] or declared.areas
    ids = view.ids_for()
    for place, spot in enumerate(spots):
        answer = _area(spot, size) if all(size) else None
        if answer is None:
            view.warn(
                WarningCode.QTI2_AREA_NOT_MAPPED,
                f"has an area ({spot.get('coords')}) which cannot be given in parts of its picture",
            )
            continue
        identifier = spot.get("identifier")
        answer.id = identity_of(identifier) if identifier else ids.draw(place)
        question.answers.append(answer)


def _area(spot: Element, size: list[int | float]) -> Answer | None:
    """An area in parts of the picture's size (width, height); None for a shape that New Quizzes does not have.

    Source: QTI 2.1, shape; New Quizzes gives rectangles and ellipses by two corners.
    """
    numbers = [xml.number_of(part) for part in (spot.get("coords") or "").split(",")]
    shape, values = spot.get("shape") or "", [float(number) for number in numbers if number is not None]
    # A circle is given by its centre and radius, an ellipse by two radii (QTI 2.1, shape).
    if shape == "circle" and len(values) == 3:
        values.append(values[2])
    if shape in ("circle", "ellipse") and len(values) == 4:
        x, y, across, down = values
        values = [x - across, y - down, x + across, y + down]
    kinds = {"rect": "rectangle", "circle": "ellipse", "ellipse": "ellipse", "poly": "bounded"}
    if shape not in kinds or None in numbers or len(values) < 4 or len(values) % 2:
        return None
    parts = [value / size[place % 2] for place, value in enumerate(values)]
    return Answer(shape=kinds[shape], coordinates=",".join(f"{part:.6g}" for part in parts), weight=100)
