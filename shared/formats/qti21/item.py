"""`<assessmentItem>`: one question with its scoring and its feedback. Source: QTI 2.1, items."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.packing import NothingToPack
from shared.formats.qti.feedback import GENERAL
from shared.formats.qti.portable_items import Heading, Loss, Losses
from shared.formats.qti21.choice_interactions import CHOICE_INTERACTIONS
from shared.formats.qti21.feedback import Comment, add_comment_rules, add_modal_feedback, comments_of
from shared.formats.qti21.item_type import ItemBody, ItemType, Scoring, points_of
from shared.formats.qti21.markup import Markup
from shared.formats.qti21.match_interactions import MATCH_INTERACTIONS
from shared.formats.qti21.response_processing import add_processing, show
from shared.formats.qti21.text_interactions import TEXT_INTERACTIONS
from shared.formats.qti21.vocabulary import FEEDBACK, MAXSCORE, QTI, QTI_XSD, SCORE
from shared.formats.xml import Element

TYPES = {row.name: row for row in (*CHOICE_INTERACTIONS, *TEXT_INTERACTIONS, *MATCH_INTERACTIONS)}
# A formula has no place in QTI 2.1 without templates, and its areas are in pixels, those of New Quizzes in parts of a
# picture whose size is unknown here.
UNSUPPORTED_TYPES = frozenset({"calculated_question", "hot_spot_question"})
# The choices without which an interaction is invalid.
_CHOICES = {
    **dict.fromkeys(("choiceInteraction", "orderInteraction"), "simpleChoice"),
    "inlineChoiceInteraction": "inlineChoice",
}


def item(question: Question, heading: Heading, *, shuffle: bool = False) -> tuple[Element, Losses]:
    """(the item of a complete question whose type QTI 2.1 has, a code and a sentence for each thing that is lost).

    Raises ValueError for a number that a numerical answer cannot have.
    """
    row = TYPES[question.question_type]
    element = xml.root("assessmentItem", QTI, QTI_XSD, identifier=heading.identifier, title=heading.title)
    # Both are required by the schema, and no question of Canvas adapts or is timed by itself.
    element.set("adaptive", "false")
    element.set("timeDependent", "false")
    markup, losses = Markup(blanks=row.blanks(question)), Losses()
    row.declare(element, question)
    scoring, comments = row.score(question), comments_of(question)
    _add_outcomes(element, question, with_feedback=bool(comments))
    _add_body(element, question, row, ItemBody(xml.element("itemBody", QTI), markup, shuffle))
    _require_choices(element)
    shown = _add_processing(element, question, scoring, comments)
    for identifier, comment in comments.items():
        if identifier in shown:
            add_modal_feedback(element, identifier, comment, markup)
        else:
            sentence = f"No response to this question would show its comment {identifier}; it is not in the package."
            losses.append((WarningCode.FEEDBACK_NOT_SHOWN, sentence))
    return element, [*losses, *_reduced(question, markup)]


def _add_outcomes(element: Element, question: Question, *, with_feedback: bool) -> None:
    """The score, which starts at 0, and its maximum; then the identifiers of feedback that is shown."""
    maximum = xml.number(points_of(question)) or "0.0"
    # Readers take the maximum from MAXSCORE, or from normalMaximum of SCORE (QTI 2.1, outcomeDeclaration).
    for identifier, start in ((SCORE, "0.0"), (MAXSCORE, maximum)):
        declaration = xml.add(
            element, "outcomeDeclaration", identifier=identifier, cardinality="single", baseType="float"
        )
        # A maximum of 0 is invalid (QTI 2.1, normalMaximum: positive).
        if identifier == SCORE and points_of(question) > 0:
            declaration.set("normalMaximum", maximum)
        xml.add(xml.add(declaration, "defaultValue"), "value", start)
    if with_feedback:
        xml.add(element, "outcomeDeclaration", identifier=FEEDBACK, cardinality="multiple", baseType="identifier")


def _add_body(element: Element, question: Question, row: ItemType, body: ItemBody) -> None:
    """The text in a `<div>`, then the interactions, those of blanks that the text does not name last."""
    # Appending the text pops each blank that it names from `blanks`: those that remain have no place in it.
    body.markup.append(xml.add(body.element, "div"), question.question_text)
    row.present(body, question)
    for name in list(body.markup.blanks):
        line = xml.add(body.element, "p")
        line.text = f"{xml.text_of(name)}: "
        line.append(body.markup.blanks.pop(name)())
    element.append(body.element)


def _require_choices(element: Element) -> None:
    """Raise NothingToPack for an interaction without choices: the format has none (QTI 2.1, choiceInteraction)."""
    for name, choice in _CHOICES.items():
        if any(interaction.find(f"{{*}}{choice}") is None for interaction in element.iter(f"{{*}}{name}")):
            sentence = "It has no choices, and the format has no question of its type without them."
            raise NothingToPack(WarningCode.QUESTION_NOT_EXPRESSED, sentence)


def _add_processing(
    element: Element, question: Question, scoring: Scoring | None, comments: dict[str, Comment]
) -> set[str]:
    """Append the standard's template where it suffices, else rules; the identifiers of the feedback that they show."""
    rules: list[Element] = list(scoring.rules) if scoring is not None else []
    shown = {GENERAL} & comments.keys() if question.question_type != "text_only_question" else set()
    if shown:
        rules.append(show(GENERAL))
    if scoring is not None:
        shown |= add_comment_rules(rules, scoring, comments)
    # A template sets no feedback, so that an item with feedback needs its rules.
    add_processing(element, rules, scoring.template if scoring is not None and not shown else None)
    return shown


def _reduced(question: Question, markup: Markup) -> Iterator[Loss]:
    if markup.lost:
        yield (
            WarningCode.HTML_REDUCED,
            f"The format has no place for parts of its HTML: {', '.join(sorted(markup.lost))}.",
        )
    settings = question.new_quiz
    if settings is not None and (settings.top_label or settings.bottom_label):
        yield WarningCode.SETTINGS_NOT_EXPRESSED, "The format has no place for labels at the ends of an order."
    if question.item_metadata:
        yield WarningCode.SETTINGS_NOT_EXPRESSED, f"The format has no place for: {', '.join(question.item_metadata)}."
    # An inline choice holds text alone (QTI 2.1, inlineChoice).
    if question.question_type == "multiple_dropdowns_question" and any(answer.html for answer in question.answers):
        yield WarningCode.HTML_REDUCED, "Answers in a list are plain text in this format."
