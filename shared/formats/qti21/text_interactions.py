"""Interactions for texts, numbers and files.

`<textEntryInteraction>`: short answers, numbers, blanks; `<inlineChoiceInteraction>`: dropdowns;
`<extendedTextInteraction>`: essays; `<uploadInteraction>`: files.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.identifiers import is_name
from shared.formats.qti.types.blanks import by_blank
from shared.formats.qti.types.numerical_interval import DECIMALS, NO_BOUNDS, PRECISION, interval_of, plain
from shared.formats.qti21.item_type import (
    ItemBody,
    ItemType,
    Scoring,
    points_of,
    score_by_parts,
    score_whole,
)
from shared.formats.qti21.markup import Blanks
from shared.formats.qti21.response_declaration import declare
from shared.formats.qti21.response_processing import all_of, any_of, mapped, node, set_score, value, variable
from shared.formats.qti21.vocabulary import MAP_RESPONSE, QTI, RESPONSE, identifier_of
from shared.formats.xml import Element

_BLANK = "BLANK_"


def _text_is(identifier: str, text: str | None) -> Element:
    """Whether a response is this text. Canvas compares without regard to case."""
    return node("stringMatch", variable(identifier), value("string", text), caseSensitive=False)


def _declare_text(item: Element, question: Question) -> None:
    texts = [answer.text or "" for answer in question.answers]
    worth = [(text, xml.number(points_of(question))) for text in texts]
    declare(item, RESPONSE, "single", "string", texts[:1], worth=worth)


def _present_line(body: ItemBody, question: Question) -> None:
    xml.add(xml.add(body.element, "p"), "textEntryInteraction", responseIdentifier=RESPONSE)


def _score_text(question: Question) -> Scoring | None:
    if not question.answers:
        return None
    right = any_of([_text_is(RESPONSE, answer.text) for answer in question.answers])
    comments = [(_text_is(RESPONSE, answer.text), answer) for answer in question.answers if answer.commented]
    return Scoring(right, [set_score(mapped(RESPONSE))], MAP_RESPONSE, comments)


def blank_identifiers(question: Question) -> dict[str, str]:
    """The identifier of each blank's response: its name where that can be an identifier, else its place."""
    names = list(by_blank(question))
    # The dot keeps the place of a blank apart from a blank that is called by a number.
    return {name: _BLANK + (name if is_name(f"_{name}") else f"{place}.") for place, name in enumerate(names, start=1)}


def _right(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.correct]


def _key(answer: Answer, *, listed: bool) -> str:
    return identifier_of(answer.id) if listed else answer.text or ""


def _declare_blanks(item: Element, question: Question, *, listed: bool) -> None:
    identifiers = blank_identifiers(question)
    for name, answers in by_blank(question).items():
        right = [_key(answer, listed=listed) for answer in _right(answers)]
        base_type = "identifier" if listed else "string"
        declare(item, identifiers[name], "single", base_type, right[:1], worth=[(key, 1) for key in right])


def _text_blanks(question: Question) -> Blanks:
    return {name: partial(_entry, identifier) for name, identifier in blank_identifiers(question).items()}


def _entry(identifier: str) -> Element:
    return xml.element("textEntryInteraction", QTI, responseIdentifier=identifier)


def _list_blanks(question: Question) -> Blanks:
    identifiers = blank_identifiers(question)
    return {name: partial(_list, identifiers[name], answers) for name, answers in by_blank(question).items()}


def _list(identifier: str, answers: list[Answer]) -> Element:
    interaction = xml.element("inlineChoiceInteraction", QTI, responseIdentifier=identifier, shuffle=False)
    for answer in answers:
        xml.add(interaction, "inlineChoice", answer.text, identifier=identifier_of(answer.id))
    return interaction


def _score_blanks(question: Question, *, listed: bool) -> Scoring | None:
    identifiers, blanks = blank_identifiers(question), by_blank(question)
    scored = [identifiers[name] for name, answers in blanks.items() if _right(answers)]
    scoring = score_by_parts(question, scored, len(blanks))
    if scoring is not None:
        commented = [(name, a) for name, answers in blanks.items() for a in answers if a.commented]
        scoring.comments.extend((_is_given(identifiers[name], a, listed=listed), a) for name, a in commented)
    return scoring


def _is_given(identifier: str, answer: Answer, *, listed: bool) -> Element:
    if not listed:
        return _text_is(identifier, answer.text)
    return node("match", variable(identifier), value("identifier", identifier_of(answer.id)))


def _declare_number(item: Element, question: Question) -> None:
    """The correct response is one number: that of the first answer, or the middle of its range."""
    right = []
    for answer in question.answers[:1]:
        accepted = interval_of(answer)
        bounds = [bound for bound in (accepted.low, accepted.high) if bound is not None]
        right = (
            [plain(accepted.point if accepted.point is not None else sum(bounds, Decimal(0)) / len(bounds))]
            if bounds
            else []
        )
    declare(item, RESPONSE, "single", "float", right)


def _score_number(question: Question) -> Scoring | None:
    conditions = [(_number_is(answer), answer) for answer in question.answers if interval_of(answer) != NO_BOUNDS]
    if not conditions:
        return None
    scoring = score_whole(question, any_of([condition for condition, _ in conditions]))
    scoring.comments.extend((condition, answer) for condition, answer in conditions if answer.commented)
    return scoring


def _number_is(answer: Answer) -> Element:
    """Whether the response equals a number within its margin, rounds to it, or is in a range."""
    accepted, response = interval_of(answer), variable(RESPONSE)
    if accepted.point is None:
        comparisons = (("gte", accepted.low), ("lte", accepted.high))
        tests = [node(name, response, value("float", plain(bound))) for name, bound in comparisons if bound is not None]
        return all_of(tests)
    point = value("float", plain(accepted.point))
    # Significant figures and decimal places are what QTI 2.1 rounds by; any other interval is a tolerance.
    if accepted.strict_low and answer.numerical_answer_type == PRECISION:
        mode = "decimalPlaces" if answer.precision_type == DECIMALS else "significantFigures"
        return node("equalRounded", response, point, roundingMode=mode, figures=answer.precision)
    if answer.margin is None:
        return node("equal", response, point, toleranceMode="exact")
    margin = plain((accepted.high or accepted.point) - accepted.point)
    return node("equal", response, point, toleranceMode="absolute", tolerance=f"{margin} {margin}")


def _declare_essay(item: Element, question: Question) -> None:
    declare(item, RESPONSE, "single", "string")


def _present_essay(body: ItemBody, question: Question) -> None:
    xml.add(body.element, "extendedTextInteraction", responseIdentifier=RESPONSE)


def _declare_file(item: Element, question: Question) -> None:
    declare(item, RESPONSE, "single", "file")


def _present_file(body: ItemBody, question: Question) -> None:
    xml.add(body.element, "uploadInteraction", responseIdentifier=RESPONSE)


def _blanks(name: str, blanks: Callable[[Question], Blanks], *, listed: bool) -> ItemType:
    declared, scored = partial(_declare_blanks, listed=listed), partial(_score_blanks, listed=listed)
    return ItemType(name, declared, blanks=blanks, score=scored)


TEXT_INTERACTIONS = (
    ItemType("short_answer_question", _declare_text, _present_line, score=_score_text),
    ItemType("numerical_question", _declare_number, _present_line, score=_score_number),
    _blanks("fill_in_multiple_blanks_question", _text_blanks, listed=False),
    _blanks("multiple_dropdowns_question", _list_blanks, listed=True),
    ItemType("essay_question", _declare_essay, _present_essay),
    ItemType("file_upload_question", _declare_file, _present_file),
    ItemType("text_only_question"),
)
