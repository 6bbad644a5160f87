"""What one question type brings to an item of QTI 2.1: its responses, its interactions, how it is scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti21.markup import Blanks, Markup
from shared.formats.qti21.response_processing import mapped, node, set_score, value, when
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class Scoring:
    """How responses become a score.

    `template` names one of the standard's own, which does what the rules do and which every reader knows. It replaces
    the rules in an item that shows no feedback.
    """

    right: Element  # whether all is right
    rules: list[Element]  # which set the score
    template: str | None = None
    comments: list[tuple[Element, Answer]] = field(default_factory=list)  # when the comment to an answer is shown


@dataclass(frozen=True, slots=True)
class ItemBody:
    """An `<itemBody>` being written."""

    element: Element
    markup: Markup
    shuffle: bool


def _no_response(_element: Element, _question: Question) -> None:
    """The item declares no response: a text without a question."""


def _no_interaction(_body: ItemBody, _question: Question) -> None:
    """The item has no interaction below its text."""


def _no_blanks(_question: Question) -> Blanks:
    return {}


def _scored_by_hand(_question: Question) -> Scoring | None:
    return None


@dataclass(frozen=True, slots=True)
class ItemType:
    """A row of the table of types."""

    name: str
    declare: Callable[[Element, Question], None] = _no_response  # appends <responseDeclaration>s to the item
    present: Callable[[ItemBody, Question], None] = _no_interaction  # appends interactions below the text
    blanks: Callable[[Question], Blanks] = _no_blanks  # interactions in the text, where it has their names
    score: Callable[[Question], Scoring | None] = _scored_by_hand


def points_of(question: Question) -> float:
    """What a question is worth, in points; 0 where the course states nothing."""
    return float(question.points_possible or 0)


def points(question: Question) -> Element:
    """What a question is worth, as an expression of response processing."""
    return value("float", xml.number(points_of(question)))


def count_of(identifiers: list[str]) -> Element:
    """How many parts are right, each of which is mapped to one."""
    return node("sum", *(mapped(identifier) for identifier in identifiers))


def score_by_parts(question: Question, identifiers: list[str], parts: int) -> Scoring | None:
    """Each right part earns its share of the points; None where no part can be right.

    `identifiers` are the responses that can be right, `parts` the number of all of them: one that cannot be right
    still counts, as in Canvas.
    """
    if not identifiers or not parts:
        return None
    count = count_of(identifiers)
    whole = value("float", f"{float(parts)}")
    # Multiplied before it is divided, so that floats give exactly all points for all parts.
    share = node("divide", node("product", points(question), count), whole)
    return Scoring(node("gte", count, whole), [set_score(share)])


def score_whole(question: Question, right: Element, template: str | None = None) -> Scoring:
    """All points for the right response, none for any other."""
    return Scoring(right, [when(right, set_score(points(question)))], template)
