"""What one question type brings to an item of QTI 2.1: its responses, its interactions, how it is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti21.expressions import mapped, node, set_score, value, when
from shared.formats.qti21.markup import Blanks, Markup
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class Scoring:
    """How responses become a score.

    A `template` is one of the standard's own, which every reader knows; it does what the rules do, and is written where
    nothing else is to be processed.
    """

    right: Element  # whether all is right
    rules: list[Element]  # which set the score
    template: str | None = None
    comments: list[tuple[Element, Answer]] = field(default_factory=list)  # when the comment to an answer is shown


@dataclass(frozen=True, slots=True)
class Body:
    """An `<itemBody>` being written."""

    element: Element
    markup: Markup
    shuffle: bool


def _nothing(_element: Element, _question: Question) -> None:
    """No response is declared."""


def _no_interaction(_body: Body, _question: Question) -> None:
    """Nothing stands below the text."""


def _no_blanks(_question: Question) -> Blanks:
    return {}


def _by_a_person(_question: Question) -> Scoring | None:
    return None


@dataclass(frozen=True, slots=True)
class ItemType:
    """A row of the table of types."""

    name: str
    declare: Callable[[Element, Question], None] = _nothing  # appends <responseDeclaration>s to the item
    present: Callable[[Body, Question], None] = _no_interaction  # appends interactions below the text
    blanks: Callable[[Question], Blanks] = _no_blanks  # interactions in the text, where it has their names
    score: Callable[[Question], Scoring | None] = _by_a_person


def declare(
    item: Element,
    identifier: str,
    cardinality: str,
    base_type: str,
    right: Iterable[str] = (),
    *,
    worth: Iterable[tuple[str, object]] = (),
) -> None:
    """Append a `<responseDeclaration>` with its right values and, if values are worth something, a mapping."""
    made = xml.add(item, "responseDeclaration", identifier=identifier, cardinality=cardinality, baseType=base_type)
    values = list(dict.fromkeys(right))
    if values:
        correct = xml.add(made, "correctResponse")
        for text in values:
            xml.add(correct, "value", text)
    entries = dict(worth)
    if entries:
        mapping = xml.add(made, "mapping", defaultValue="0")
        for key, points in entries.items():
            entry = xml.add(mapping, "mapEntry", mapKey=key, mappedValue=points)
            if base_type == "string":
                entry.set("caseSensitive", "false")


def points_of(question: Question) -> float:
    """What a question is worth."""
    return float(question.points_possible or 0)


def points(question: Question) -> Element:
    """What a question is worth, as an expression."""
    return value("float", xml.number(points_of(question)))


def count_of(identifiers: list[str]) -> Element:
    """How many parts are right, each of which is mapped to one."""
    return node("sum", *(mapped(identifier) for identifier in identifiers))


def score_by_parts(question: Question, identifiers: list[str], parts: int) -> Scoring | None:
    """Each of so many parts earns its share of the points. Multiplied first, so that all parts earn exactly all."""
    if not identifiers or not parts:
        return None
    count = count_of(identifiers)
    whole = value("float", f"{float(parts)}")
    share = node("divide", node("product", points(question), count), whole)
    return Scoring(node("gte", count, whole), [set_score(share)])


def score_whole(question: Question, right: Element, template: str | None = None) -> Scoring:
    """All points or none."""
    return Scoring(right, [when(right, set_score(points(question)))], template)
