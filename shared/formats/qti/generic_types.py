"""Question types by the letter of QTI 1.2, for readers other than Canvas.

Where they differ from Canvas's own items:
- each response has its cardinality and each condition its `continue`: the defaults of QTI 1.2 (Single and No) would
  score a question of several parts by its first part alone;
- each accepted value has a condition of its own: QTI 1.2 takes comparisons side by side as all required, and few
  readers know an `<or>` in a condition that scores;
- what is put into an order is a choice: the rendering of New Quizzes is an extension;
- a blank is a text to fill in: a list would show its answers;
- shares add up to 100, and a comment on the whole question has a condition of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, INCORRECT, answer_ident, response_of, show_correct
from shared.formats.qti.material import add_bare_material
from shared.formats.qti.resprocessing import add_condition, add_score, set_score, show
from shared.formats.qti.types.blanks import FILL_IN_MULTIPLE_BLANKS, MULTIPLE_DROPDOWNS, by_blank
from shared.formats.qti.types.choice import MULTIPLE_CHOICE, TRUE_FALSE, add_choices
from shared.formats.qti.types.matching import MATCHING
from shared.formats.qti.types.numerical import NUMERICAL
from shared.formats.qti.types.ordering import ORDERING
from shared.formats.qti.types.question_type import QuestionType, Write
from shared.formats.qti.types.short_answer import SHORT_ANSWER
from shared.formats.qti.types.table import TYPES
from shared.formats.xml import Element

UNSUPPORTED_TYPES = frozenset(
    {"file_upload_question", "categorization_question", "calculated_question", "hot_spot_question"}
)

RightValues = tuple[str, list[str]]  # (respident, the values of which one must be the response)
# The default is No, by which the first condition that holds ends the processing (QTI 1.2, respcondition).
_GO_ON = {"continue": "Yes"}


def shares(parts: int) -> list[str]:
    """The scores of several parts, with two decimals, 100 together: 33.33, 33.33, 33.34."""
    if not parts:
        return []
    # The last share takes the rest, so that all parts together earn exactly 100.
    each = (Decimal(100) / parts).quantize(Decimal("0.01"))
    return [str(each)] * (parts - 1) + [str(100 - each * (parts - 1))]


def _add_right_values(parent: Element, right: RightValues, **attributes: str) -> None:
    """Append the comparisons of a response with its right values."""
    response, values = right
    if len(values) != 1:
        parent = xml.add(parent, "or")
    for value in values:
        xml.add(parent, "varequal", value, respident=response, **attributes)


def _score_parts(resprocessing: Element, question: Question, parts: list[RightValues], **attributes: str) -> None:
    """A condition with its share for each part that can be right, then those for comments on the whole question."""
    for (response, values), score in zip(parts, shares(len(parts)), strict=True):
        # A response has one value, so that no more than one of these conditions holds.
        for value in values:
            respcondition, condition = add_condition(resprocessing, **_GO_ON)
            _add_right_values(condition, (response, [value]), **attributes)
            add_score(respcondition, score)
    _comment_on_whole(resprocessing, question, parts, **attributes)


def _comment_on_whole(resprocessing: Element, question: Question, parts: list[RightValues], **attributes: str) -> None:
    if not parts or not all(values for _, values in parts):
        return
    right, wrong = (
        (question.correct_comments or question.correct_comments_html, CORRECT),
        (question.incorrect_comments or question.incorrect_comments_html, INCORRECT),
    )
    for comment, ident in (right, wrong):
        if comment:
            respcondition, condition = add_condition(resprocessing, **_GO_ON)
            whole = condition if ident == CORRECT else xml.add(condition, "not")
            every = xml.add(whole, "and")
            for part in parts:
                _add_right_values(every, part, **attributes)
            show(respcondition, ident)


def _declared(present: Write) -> Write:
    def write(presentation: Element, question: Question) -> None:
        present(presentation, question)
        for response in presentation.iterfind(".//{*}response_lid"):
            # The default of QTI 1.2, which some readers do not assume.
            if response.get("rcardinality") is None:
                response.set("rcardinality", "Single")

    return write


def _present_blanks(presentation: Element, question: Question) -> None:
    for blank in by_blank(question):
        response = xml.add(presentation, "response_str", ident=f"response_{blank}", rcardinality="Single")
        add_bare_material(response, blank)
        xml.add(xml.add(response, "render_fib", fibtype="String"), "response_label", ident="answer1", rshuffle="No")


def _score_blanks(resprocessing: Element, question: Question) -> None:
    parts = [(f"response_{blank}", _texts(answers)) for blank, answers in by_blank(question).items()]
    _score_parts(resprocessing, question, parts, case="No")


def _texts(answers: Iterable[Answer]) -> list[str]:
    """The accepted texts; of those that differ in case alone the first, for the share is earned once."""
    texts: dict[str, str] = {}
    for answer in answers:
        if answer.correct:
            texts.setdefault((answer.text or "").lower(), answer.text or "")
    return list(texts.values())


def _blank_condition(question: Question, answer: Answer) -> tuple[str, str]:
    return f"response_{answer.blank_id or ''}", answer.text or ""


def _score_dropdowns(resprocessing: Element, question: Question) -> None:
    parts = []
    for blank, answers in by_blank(question).items():
        right = [xml.text_of(answer.id) for answer in answers if answer.correct]
        parts.append((f"response_{blank}", right))
    _score_parts(resprocessing, question, parts)


def _score_pairs(resprocessing: Element, question: Question) -> None:
    """Shares; as in Canvas, the comment on a left side is shown when it is matched wrongly.

    The share of a left side without a right side cannot be earned, and nothing shows its comment.
    """
    parts = [(f"response_{xml.text_of(answer.id)}", _right_side(answer)) for answer in question.answers]
    _score_parts(resprocessing, question, parts)
    for answer, right in zip(question.answers, parts, strict=True):
        if answer.commented and answer.match_id is not None:
            respcondition, condition = add_condition(resprocessing, **_GO_ON)
            _add_right_values(xml.add(condition, "not"), right)
            show(respcondition, answer_ident(answer))


def _right_side(answer: Answer) -> list[str]:
    return [] if answer.match_id is None else [xml.text_of(answer.match_id)]


def _score_texts(resprocessing: Element, question: Question) -> None:
    for answer in question.answers:
        respcondition, condition = add_condition(resprocessing, **{"continue": "No"})
        xml.add(condition, "varequal", answer.text, respident=response_of(question), case="No")
        set_score(respcondition, "100")
        show_correct(respcondition, question)


def _score_one(resprocessing: Element, question: Question) -> None:
    """The right answer earns 100, or each answer its part of the points; no condition without a right answer."""
    most = question.points_possible or 0
    varied = any(answer.points is not None for answer in question.answers) and most > 0
    right = [answer for answer in question.answers if (answer.points if varied else answer.correct)]
    for answer in right if varied else right[:1]:
        respcondition, condition = add_condition(resprocessing, **{"continue": "No"})
        xml.add(condition, "varequal", answer.id, respident=response_of(question))
        set_score(respcondition, f"{100 * (answer.points or 0) / most:.2f}" if varied else "100")
        if answer.correct:
            show_correct(respcondition, question)


def _present_number(presentation: Element, question: Question) -> None:
    response = xml.add(
        presentation, "response_num", ident=response_of(question), rcardinality="Single", numtype="Decimal"
    )
    xml.add(xml.add(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")


def _present_order(presentation: Element, question: Question) -> None:
    settings = question.new_quiz or NewQuizItem()
    response = xml.add(presentation, "response_lid", ident=response_of(question), rcardinality="Ordered")
    add_choices(response, question.answers)
    response[0].set("shuffle", "Yes" if settings.shuffle else "No")


GENERIC_TYPES = {
    **{row.name: row for row in TYPES.values() if row.name not in UNSUPPORTED_TYPES},
    MULTIPLE_CHOICE.name: replace(MULTIPLE_CHOICE, score=_score_one),
    TRUE_FALSE.name: replace(TRUE_FALSE, score=_score_one),
    SHORT_ANSWER.name: replace(SHORT_ANSWER, score=_score_texts),
    NUMERICAL.name: replace(NUMERICAL, present=_present_number),
    FILL_IN_MULTIPLE_BLANKS.name: replace(
        FILL_IN_MULTIPLE_BLANKS, present=_present_blanks, score=_score_blanks, answer_condition=_blank_condition
    ),
    MULTIPLE_DROPDOWNS.name: replace(
        MULTIPLE_DROPDOWNS, present=_declared(MULTIPLE_DROPDOWNS.present), score=_score_dropdowns
    ),
    ORDERING.name: replace(ORDERING, present=_present_order),
    MATCHING.name: replace(MATCHING, present=_declared(MATCHING.present), score=_score_pairs),
}


def generic_type_of(row: QuestionType) -> QuestionType:
    """The same type by the letter of the format."""
    return GENERIC_TYPES[row.name]
