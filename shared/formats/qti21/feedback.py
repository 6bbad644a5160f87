"""`<modalFeedback>`: the comments of a question and of its answers, and the rules that show them.

Source: QTI 2.1, modalFeedback: it is shown when the outcome variable FEEDBACK contains its identifier.
"""

from __future__ import annotations

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, GENERAL, INCORRECT
from shared.formats.qti21.item_type import Scoring
from shared.formats.qti21.markup import Markup
from shared.formats.qti21.response_processing import keep_feedback, show, when
from shared.formats.qti21.vocabulary import FEEDBACK, feedback_of
from shared.formats.xml import Element

Comment = tuple[str | None, str | None]  # (plain text, HTML)


def comments_of(question: Question) -> dict[str, Comment]:
    """The comments that are not empty by the identifiers of their feedback, those on the question first."""
    comments: dict[str, Comment] = {
        GENERAL: (question.neutral_comments, question.neutral_comments_html),
        CORRECT: (question.correct_comments, question.correct_comments_html),
        INCORRECT: (question.incorrect_comments, question.incorrect_comments_html),
    }
    for answer in question.answers:
        comments[feedback_of(answer)] = (answer.comments, answer.comments_html)
    return {identifier: comment for identifier, comment in comments.items() if any(comment)}


def add_comment_rules(rules: list[Element], scoring: Scoring, comments: dict[str, Comment]) -> set[str]:
    """Append the rules that show comments on right, on wrong and on single responses; the identifiers they show."""
    shown = {CORRECT, INCORRECT} & comments.keys()
    # Some readers refuse a branch without a rule. A negation would not show the comment to an empty response.
    right = [show(CORRECT)] if CORRECT in shown else [keep_feedback()]
    wrong = [show(INCORRECT)] if INCORRECT in shown else []
    if shown:
        rules.append(when(scoring.right, *right, otherwise=tuple(wrong)))
    for condition, answer in scoring.comments:
        rules.append(when(condition, show(feedback_of(answer))))
        shown.add(feedback_of(answer))
    return shown


def add_modal_feedback(item: Element, identifier: str, comment: Comment, markup: Markup) -> None:
    """Append one comment, as HTML where it has any; `markup` collects what the format has no place for."""
    feedback = xml.add(item, "modalFeedback", outcomeIdentifier=FEEDBACK, identifier=identifier, showHide="show")
    text, as_html = comment
    if as_html:
        markup.append(feedback, as_html)
    else:
        feedback.text = xml.text_of(text)
