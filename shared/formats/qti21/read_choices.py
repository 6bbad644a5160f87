"""Interactions that choose, order, match or point, as answers of a question."""

from __future__ import annotations

import re
from collections.abc import Callable

from shared.domain.content.answers import Answer, Identity, Match
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.types.matching import name_distractors
from shared.formats.qti.types.table import TRUE_FALSE_WORDS
from shared.formats.qti21.item_view import Declared, ItemView
from shared.formats.qti21.names import CATEGORIES, SOURCE, TARGET, identity_of
from shared.formats.qti21.read_markup import said
from shared.formats.xml import Element

Name = Callable[[str], Identity]  # the id behind an identifier

_CHOICES = ("simpleChoice", "inlineChoice", "hottext", "simpleAssociableChoice", "hotspotChoice")
_TAG = re.compile(r"<[^>]*>")


def choices(interaction: Element) -> list[Element]:
    """The elements that can be chosen, wherever they stand in the interaction."""
    return [element for element in interaction.iter() if xml.local(element) in _CHOICES]


def read_choice(view: ItemView, interaction: Element, question: Question) -> None:
    """One choice or several. Where choices are worth different points, each keeps its own."""
    declared = view.response(interaction)
    several = declared.cardinality == "multiple"
    right = declared.accepted if several else declared.right or _rewarded(view, declared)
    question.answers = [_answer(choice, right) for choice in choices(interaction)]
    words = {_TAG.sub("", answer.text or answer.html or "").strip().lower() for answer in question.answers}
    question.question_type = "true_false_question" if words in TRUE_FALSE_WORDS else "multiple_choice_question"
    if several:
        question.question_type = "multiple_answers_question"
        _tell_partial(view, declared)
    elif len({worth for worth in declared.mapping.values() if worth > 0}) > 1 or len(declared.mapping) > 1:
        _read_points(question, declared)


def _answer(choice: Element, right: list[str]) -> Answer:
    identifier, material = choice.get("identifier") or "", said(choice)
    weight = 100 if identifier in right else 0
    return Answer(id=identity_of(identifier), text=material.text, html=material.html, weight=weight)


def _read_points(question: Question, declared: Declared) -> None:
    """The right one is the declared one, else the one that is worth the most."""
    most = max(declared.mapping.values())
    for answer in question.answers:
        key = next((key for key in declared.mapping if identity_of(key) == answer.id), None)
        answer.points = None if key is None else declared.mapping[key]
        if not declared.correct:
            answer.weight = 100 if key is not None and declared.mapping[key] == most > 0 else 0


def _tell_partial(view: ItemView, declared: Declared) -> None:
    """A question with several answers scores all or nothing in Canvas."""
    if declared.mapping and (view.processing is None or view.processing.find(".//{*}correct") is None):
        view.warn("qti2_partial_credit", "gives credit for each choice; here it scores all or nothing")


def _rewarded(view: ItemView, declared: Declared) -> list[str]:
    """The values that the rules compare the response with, where a score follows."""
    found: list[str] = []
    branches = [] if view.processing is None else view.processing.iterfind(".//{*}responseCondition/*")
    for branch in branches:
        sets = [child for child in branch if xml.local(child) == "setOutcomeValue"]
        if any((xml.number_of(xml.inner_text(rule)) or 0) > 0 for rule in sets):
            named = {variable.get("identifier") for variable in branch.iterfind("*//{*}variable")}
            if declared.identifier in named:
                found += [xml.inner_text(value).strip() for value in branch[0].iterfind(".//{*}baseValue")]
    return found


def read_order(view: ItemView, interaction: Element, question: Question) -> None:
    """An ordering question; without a declared order, as the choices stand."""
    declared = view.response(interaction)
    found = choices(interaction)
    order = declared.correct or [choice.get("identifier") or "" for choice in found]
    if not declared.correct:
        view.warn("qti2_answer_not_mapped", "declares no order; the one in which its choices stand was taken")
    for choice in found:
        answer = _answer(choice, order)
        identifier = choice.get("identifier") or ""
        answer.order = order.index(identifier) + 1 if identifier in order else None
        answer.weight = 100
        question.answers.append(answer)
    question.question_type = "ordering_question"
    orientation = interaction.get("orientation")
    if orientation is not None:
        question.new_quiz = NewQuizItem(display_answers_paragraph=orientation == "horizontal")


def read_match(view: ItemView, interaction: Element, question: Question) -> None:
    """Sources with their targets: a matching question, or categories where that is what the targets are."""
    sets = xml.find_all(interaction, "simpleMatchSet")
    if len(sets) != 2:
        view.warn("qti2_answer_not_mapped", "matches without two sets to match")
        return
    pairs = [tuple(pair.split(None, 1)) for pair in view.response(interaction).accepted if len(pair.split()) == 2]
    sources, targets = (choices(found) for found in sets)
    name = _unprefixed if _is_prefixed(sources, SOURCE) and _is_prefixed(targets, TARGET) else identity_of
    partners: dict[str, list[str]] = {}
    for source, target in pairs:
        partners.setdefault(source, []).append(target)
    if interaction.get("class") == CATEGORIES or any(len(found) > 1 for found in partners.values()):
        _read_categories(sources, targets, pairs, question, name)
    else:
        _read_pairs(sources, targets, {source: found[0] for source, found in partners.items()}, question, name)


def _is_prefixed(found: list[Element], prefix: str) -> bool:
    return all((choice.get("identifier") or "").startswith(prefix) for choice in found)


def _unprefixed(identifier: str) -> Identity:
    """Without what keeps our sources and targets apart."""
    return identity_of(identifier[len(SOURCE) :])


def read_associate(view: ItemView, interaction: Element, question: Question) -> None:
    """Pairs of one set: the first of each is its left side, the others are what can be matched."""
    pairs = [pair.split() for pair in view.response(interaction).accepted if len(pair.split()) == 2]
    lefts = {pair[0]: pair[1] for pair in pairs}
    found = choices(interaction)
    sources = [choice for choice in found if choice.get("identifier") in lefts]
    targets = [choice for choice in found if choice.get("identifier") not in lefts]
    _read_pairs(sources, targets, lefts, question, identity_of)


def _read_pairs(
    sources: list[Element], targets: list[Element], right: dict[str, str], question: Question, name: Name
) -> None:
    question.question_type = "matching_question"
    question.matches = [_match(target, name) for target in targets]
    texts = {match.match_id: match.text for match in question.matches}
    for source in sources:
        identifier, material = source.get("identifier") or "", said(source)
        match_id = name(right[identifier]) if identifier in right else None
        question.answers.append(
            Answer(
                id=name(identifier),
                text=material.text,
                html=material.html,
                left=material.text,
                left_html=material.html,
                right=texts.get(match_id),
                match_id=match_id,
                weight=100,
            )
        )
    name_distractors(question)


def _match(target: Element, name: Name) -> Match:
    material = said(target)
    text = material.html if material.text is None else material.text
    return Match(match_id=name(target.get("identifier") or ""), text=text)


def _read_categories(
    sources: list[Element], targets: list[Element], pairs: list[tuple[str, ...]], question: Question, name: Name
) -> None:
    question.question_type = "categorization_question"
    for source in sources:
        material, identifier = said(source), source.get("identifier") or ""
        question.matches.append(Match(match_id=name(identifier), text=material.text, html=material.html))
    for target in targets:
        material, identifier = said(target), target.get("identifier") or ""
        belongs = [name(source) for source, found in pairs if found == identifier]
        question.answers.append(
            Answer(id=name(identifier), text=material.text, html=material.html, match_ids=belongs, weight=100)
        )


def read_hot_spot(view: ItemView, interaction: Element, question: Question) -> None:
    """Areas that are right, as parts of the picture's size; without a size they cannot be told."""
    declared = view.response(interaction)
    picture = interaction.find("{*}object")
    size = [] if picture is None else [xml.number_of(picture.get(name) or "") or 0 for name in ("width", "height")]
    question.question_type = "hot_spot_question"
    question.new_quiz = NewQuizItem(
        image_url=None if picture is None else picture.get("data"),
        cardinality="Multiple" if declared.cardinality == "multiple" else "Single",
    )
    right = set(declared.right)
    spots = [spot for spot in choices(interaction) if spot.get("identifier") in right] or declared.areas
    ids = view.ids_for()
    for place, spot in enumerate(spots):
        found = _area(spot, size) if all(size) else None
        if found is None:
            view.warn(
                "qti2_area_not_mapped", f"has an area ({spot.get('coords')}) that no part of its picture is known by"
            )
            continue
        identifier = spot.get("identifier")
        found.id = identity_of(identifier) if identifier else ids.draw(place)
        question.answers.append(found)


def _area(spot: Element, size: list[int | float]) -> Answer | None:
    """Source: QTI 2.1, shapes; New Quizzes names rectangles and ellipses by two corners."""
    numbers = [xml.number_of(part) for part in (spot.get("coords") or "").split(",")]
    shape, values = spot.get("shape") or "", [float(number) for number in numbers if number is not None]
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
