"""Interactions that match one thing with another, as matching questions and as categories."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.content.answers import Answer, Identity, Match
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.types.matching import name_distractors
from shared.formats.qti21.reading.item_view import AssessmentItemView
from shared.formats.qti21.reading.read_choice_interactions import choices
from shared.formats.qti21.reading.read_markup import material_of
from shared.formats.qti21.vocabulary import CATEGORIES, SOURCE, TARGET, identity_of
from shared.formats.xml import Element

IdentityOf = Callable[[str], Identity]  # the id of an answer or a match, from the identifier of its choice


def read_match(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """Sources with their targets: a matching question, or categories where a source has several targets."""
    sets = xml.find_all(interaction, "simpleMatchSet")
    if len(sets) != 2:
        view.warn(WarningCode.QTI2_ANSWER_NOT_MAPPED, "matches without two sets to match")
        return
    accepted = [pair.split() for pair in view.response(interaction).accepted]
    pairs: list[tuple[str, ...]] = [tuple(pair) for pair in accepted if len(pair) == 2]
    sources, targets = (choices(match_set) for match_set in sets)
    names = {choice.get("identifier") for choice in targets}
    if pairs and all(first in names for first, _ in pairs):  # some tools name the second set first
        pairs = [(source, target) for target, source in pairs]
    identity_for = _unprefixed if _is_prefixed(sources, SOURCE) and _is_prefixed(targets, TARGET) else identity_of
    partners: dict[str, list[str]] = {}
    for source, target in pairs:
        partners.setdefault(source, []).append(target)
    if interaction.get("class") == CATEGORIES or any(len(belonging) > 1 for belonging in partners.values()):
        _read_categories(sources, targets, pairs, question, identity_for)
    else:
        _read_pairs(
            sources, targets, {source: first for source, (first, *_) in partners.items()}, question, identity_for
        )


def _is_prefixed(elements: list[Element], prefix: str) -> bool:
    return all((choice.get("identifier") or "").startswith(prefix) for choice in elements)


def _unprefixed(identifier: str) -> Identity:
    """The id behind an identifier of a package of ours, whose sources and targets have prefixes that keep them apart."""
    return identity_of(identifier[len(SOURCE) :])


def read_associate(view: AssessmentItemView, interaction: Element, question: Question) -> None:
    """Pairs of one set: the first of each pair is a left side, all other choices are right sides."""
    pairs = [pair.split() for pair in view.response(interaction).accepted if len(pair.split()) == 2]
    # An association is without direction (QTI 2.1, pair), but a matching question has left and right sides.
    lefts = {pair[0]: pair[1] for pair in pairs}
    elements = choices(interaction)
    sources = [choice for choice in elements if choice.get("identifier") in lefts]
    targets = [choice for choice in elements if choice.get("identifier") not in lefts]
    _read_pairs(sources, targets, lefts, question, identity_of)


def _read_pairs(
    sources: list[Element], targets: list[Element], right: dict[str, str], question: Question, identity_for: IdentityOf
) -> None:
    question.question_type = "matching_question"
    question.matches = [_match(target, identity_for) for target in targets]
    texts = {match.match_id: match.text for match in question.matches}
    for source in sources:
        identifier, material = source.get("identifier") or "", material_of(source)
        match_id = identity_for(right[identifier]) if identifier in right else None
        question.answers.append(
            Answer(
                id=identity_for(identifier),
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


def _match(target: Element, identity_for: IdentityOf) -> Match:
    material = material_of(target)
    text = material.html if material.text is None else material.text
    return Match(match_id=identity_for(target.get("identifier") or ""), text=text)


def _read_categories(
    sources: list[Element],
    targets: list[Element],
    pairs: list[tuple[str, ...]],
    question: Question,
    identity_for: IdentityOf,
) -> None:
    question.question_type = "categorization_question"
    for source in sources:
        material, identifier = material_of(source), source.get("identifier") or ""
        question.matches.append(Match(match_id=identity_for(identifier), text=material.text, html=material.html))
    for target in targets:
        material, identifier = material_of(target), target.get("identifier") or ""
        belongs = [identity_for(source) for source, category in pairs if category == identifier]
        question.answers.append(
            Answer(id=identity_for(identifier), text=material.text, html=material.html, match_ids=belongs, weight=100)
        )
