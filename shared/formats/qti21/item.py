"""`<assessmentItem>`: one question with its scoring and its feedback. Source: QTI 2.1, items."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, GENERAL, INCORRECT
from shared.formats.qti.outside_contents import Heading, Losses
from shared.formats.qti21.choices import CHOICES
from shared.formats.qti21.expressions import show, when
from shared.formats.qti21.item_type import Body, ItemType, Scoring, points_of
from shared.formats.qti21.markup import Markup
from shared.formats.qti21.matches import MATCHES
from shared.formats.qti21.names import FEEDBACK, MAXSCORE, QTI, QTI_XSD, SCORE, TEMPLATES, feedback_of
from shared.formats.qti21.text_entries import ENTRIES
from shared.formats.xml import Element

TYPES = {row.name: row for row in (*CHOICES, *ENTRIES, *MATCHES)}
LACKING = frozenset({"calculated_question", "hot_spot_question"})  # a formula and areas that are parts of a picture

_Said = tuple[str | None, str | None]  # a comment as text and as HTML


def item(question: Question, heading: Heading, *, shuffle: bool = False) -> tuple[Element, Losses]:
    """The item of a question that is prepared and of a type that QTI 2.1 has, and what it lacks.

    Raises ValueError for numbers that cannot be.
    """
    row = TYPES[question.question_type]
    element = xml.root("assessmentItem", QTI, QTI_XSD, identifier=heading.identifier, title=heading.title)
    element.set("adaptive", "false")
    element.set("timeDependent", "false")
    markup, losses = Markup(blanks=row.blanks(question)), Losses()
    row.declare(element, question)
    scoring, comments = row.score(question), _comments(question)
    _add_outcomes(element, question, with_feedback=bool(comments))
    _add_body(element, question, row, Body(xml.element("itemBody", QTI), markup, shuffle))
    shown = _add_processing(element, question, scoring, comments)
    for identifier, said in comments.items():
        if identifier in shown:
            _add_feedback(element, identifier, said, markup)
        else:
            sentence = f"No response to this question would show its comment {identifier}; it is not in the package."
            losses.append(("feedback_not_shown", sentence))
    return element, [*losses, *_reduced(question, markup)]


def _add_outcomes(element: Element, question: Question, *, with_feedback: bool) -> None:
    """The score, which starts at nothing, and the most that it can be."""
    most = xml.number(points_of(question)) or "0.0"
    for identifier, start in ((SCORE, "0.0"), (MAXSCORE, most)):
        declared = xml.add(element, "outcomeDeclaration", identifier=identifier, cardinality="single", baseType="float")
        if identifier == SCORE:
            declared.set("normalMaximum", most)
        xml.add(xml.add(declared, "defaultValue"), "value", start)
    if with_feedback:
        xml.add(element, "outcomeDeclaration", identifier=FEEDBACK, cardinality="multiple", baseType="identifier")


def _add_body(element: Element, question: Question, row: ItemType, body: Body) -> None:
    """The text in a `<div>`, then the interactions, those of blanks that the text does not name last."""
    body.markup.append(xml.add(body.element, "div"), question.question_text)
    row.present(body, question)
    for name in list(body.markup.blanks):
        line = xml.add(body.element, "p")
        line.text = f"{xml.text_of(name)}: "
        line.append(body.markup.blanks.pop(name)())
    element.append(body.element)


def _comments(question: Question) -> dict[str, _Said]:
    """The comments on the question and on its answers by their identifiers, those on the question first."""
    found: dict[str, _Said] = {
        GENERAL: (question.neutral_comments, question.neutral_comments_html),
        CORRECT: (question.correct_comments, question.correct_comments_html),
        INCORRECT: (question.incorrect_comments, question.incorrect_comments_html),
    }
    for answer in question.answers:
        found[feedback_of(answer)] = (answer.comments, answer.comments_html)
    return {identifier: said for identifier, said in found.items() if any(said)}


def _add_processing(
    element: Element, question: Question, scoring: Scoring | None, comments: dict[str, _Said]
) -> set[str]:
    """The standard's template where it says all, else rules for the score and for the feedback; what these show."""
    rules: list[Element] = list(scoring.rules) if scoring is not None else []
    shown = {GENERAL} & comments.keys() if question.question_type != "text_only_question" else set()
    if shown:
        rules.append(show(GENERAL))
    if scoring is not None:
        shown |= _add_comments(rules, scoring, comments)
    if scoring is not None and scoring.template and not shown:
        xml.add(element, "responseProcessing", template=TEMPLATES + scoring.template)
    elif rules:
        xml.add(element, "responseProcessing").extend(rules)
    return shown


def _add_comments(rules: list[Element], scoring: Scoring, comments: dict[str, _Said]) -> set[str]:
    shown = {CORRECT, INCORRECT} & comments.keys()
    right = [show(CORRECT)] if CORRECT in shown else []
    wrong = [show(INCORRECT)] if INCORRECT in shown else []
    if right or wrong:
        rules.append(when(scoring.right, *right, otherwise=tuple(wrong)))
    for condition, answer in scoring.comments:
        rules.append(when(condition, show(feedback_of(answer))))
        shown.add(feedback_of(answer))
    return shown


def _add_feedback(element: Element, identifier: str, said: _Said, markup: Markup) -> None:
    made = xml.add(element, "modalFeedback", outcomeIdentifier=FEEDBACK, identifier=identifier, showHide="show")
    text, as_html = said
    if as_html:
        markup.append(made, as_html)
    else:
        made.text = xml.text_of(text)


def _reduced(question: Question, markup: Markup) -> Iterator[tuple[str, str]]:
    if markup.lost:
        yield "html_reduced", f"The format has no place for parts of its HTML: {', '.join(sorted(markup.lost))}."
    settings = question.new_quiz
    if settings is not None and (settings.top_label or settings.bottom_label):
        yield "settings_not_expressed", "The format has no place for labels at the ends of an order."
    if question.item_metadata:
        yield "settings_not_expressed", f"The format has no place for: {', '.join(question.item_metadata)}."
    if question.question_type == "multiple_dropdowns_question" and any(answer.html for answer in question.answers):
        yield "html_reduced", "Answers in a list are plain text in this format."
