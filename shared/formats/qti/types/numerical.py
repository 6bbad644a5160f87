"""Numerical questions: an exact number with a margin, a range, or a number to some significant digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import answer_ident, response_of, show_correct
from shared.formats.qti.item_view import ItemView, with_comment
from shared.formats.qti.material import Material
from shared.formats.qti.resprocessing import Condition, add_condition, set_score, show
from shared.formats.qti.types.numerical_interval import EXACT, PRECISION, RANGE, as_float, exactly, interval_of, plain
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element

_COMPARISONS = ("varequal", "vargte", "vargt", "varlte", "varlt")


def present(presentation: Element, question: Question) -> None:
    """One decimal to fill in."""
    response = xml.add(presentation, "response_str", ident=response_of(question), rcardinality="Single")
    xml.add(xml.add(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")


def _score(resprocessing: Element, question: Question) -> None:
    """A condition per answer, which also shows the comment to that answer."""
    for answer in question.answers:
        respcondition, conditionvar = add_condition(resprocessing, **{"continue": "No"})
        _kind_of(answer)(conditionvar, response_of(question), answer)
        set_score(respcondition, "100")
        if answer.commented:
            show(respcondition, answer_ident(answer))
        show_correct(respcondition, question)


def _kind_of(answer: Answer) -> Callable[[Element, str, Answer], None]:
    if answer.exact is not None:
        return _exact
    return _precise if answer.numerical_answer_type == PRECISION else _range


def _exact(conditionvar: Element, response: str, answer: Answer) -> None:
    """Equal, or within the margin; a margin of 0 has bounds too, as in Canvas."""
    either = xml.add(conditionvar, "or")
    equal = xml.add(either, "varequal", xml.decimal(answer.exact), respident=response)
    if answer.margin is not None:
        accepted = interval_of(answer)
        both = xml.add(either, "and")
        xml.add(both, "vargte", as_float(accepted.low or Decimal(0)), respident=response)
        xml.add(both, "varlte", as_float(accepted.high or Decimal(0)), respident=response)
        if answer.margin_type is not None:
            xml.set_if(equal, margintype=answer.margin_type, margin=answer.margin)


def _precise(conditionvar: Element, response: str, answer: Answer) -> None:
    """Equal, or rounding to the same digits; the low bound is not included."""
    either = xml.add(conditionvar, "or")
    accepted = interval_of(answer)
    equal = xml.add(either, "varequal", plain(accepted.point or Decimal(0)), respident=response)
    if accepted.strict_low:
        both = xml.add(either, "and")
        # The low bound is strict for a precision alone (lib/cc/qti/qti_items.rb); `_read_precise` recognises it by
        # that.
        xml.add(both, "vargt", plain(accepted.low or Decimal(0)), respident=response)
        xml.add(both, "varlte", plain(accepted.high or Decimal(0)), respident=response)
    if answer.precision_type is not None:
        xml.set_if(equal, precisiontype=answer.precision_type, precision=answer.precision)


def _range(conditionvar: Element, response: str, answer: Answer) -> None:
    xml.add(conditionvar, "vargte", xml.number(answer.start), respident=response)
    xml.add(conditionvar, "varlte", xml.number(answer.end), respident=response)


def _read(view: ItemView, question: Question) -> None:
    ids = view.ids_for()
    for place, condition in enumerate(view.scoring):
        answer = _read_answer(condition)
        if answer is None:
            view.warn(
                WarningCode.QTI_ANSWER_NOT_MAPPED, f"has a condition ({place + 1}) that is neither a number nor a range"
            )
            continue
        shown = next((ident for ident in condition.shows if ident.removesuffix("_fb").isdecimal()), "")
        stated = _stated_id(view, question, shown)
        ids.take(stated)
        answer.id = ids.draw(len(question.answers)) if stated is None else stated
        question.answers.append(with_comment(answer, view.feedback.get(shown, Material())))


def _stated_id(view: ItemView, question: Question, shown: str) -> int | str | None:
    """The id in the metadata, in the ident of its comment, or, for the first answer, of its response (older Canvas)."""
    place = len(question.answers)
    if place < len(view.original_ids):
        return view.original_ids[place]
    for text in (shown.removesuffix("_fb"), (question.response_ident or "") if place == 0 else ""):
        if text.isdecimal() and text.isascii():
            return int(text)
    return None


def _read_answer(condition: Condition) -> Answer | None:
    """The answer of a condition; None for one without numbers.

    Source: Canvas reads a strict low bound as a precision, and a pair of bounds without an equal as a range.
    """
    comparisons = {
        xml.local(element): element for element in condition.element.iter() if xml.local(element) in _COMPARISONS
    }
    texts = {name: xml.inner_text(element).strip() for name, element in comparisons.items()}
    low, high = texts.get("vargte", texts.get("vargt")), texts.get("varlte", texts.get("varlt"))
    equal = _number(texts.get("varequal"))
    if equal is None:
        if low is None and high is None:
            return None
        return Answer(numerical_answer_type=RANGE, start=_number(low), end=_number(high), weight=100)
    stated = comparisons["varequal"]
    if "vargt" in texts or stated.get("precisiontype"):
        return _read_precise(equal, high, stated)
    margin_type = stated.get("margintype")
    margin = _number(stated.get("margin")) if margin_type else _margin(equal, high)
    return Answer(numerical_answer_type=EXACT, exact=equal, margin=margin, margin_type=margin_type, weight=100)


def _read_precise(value: Number, high: str | None, stated: Element) -> Answer:
    """New Quizzes states the digits; in the classic engine they follow from the distance of the bound."""
    digits, margin = xml.number_of(stated.get("precision") or ""), _margin(value, high)
    if digits is None and margin:
        digits = (exactly(value) or Decimal(0)).adjusted() - (exactly(margin) / 5).normalize().adjusted()
    return Answer(
        numerical_answer_type=PRECISION,
        approximate=value,
        precision=None if digits is None else int(digits),
        precision_type=stated.get("precisiontype"),
        weight=100,
    )


def _margin(value: Number, high: str | None) -> Number | None:
    try:
        return None if not high else float(Decimal(high) - exactly(value))
    except (InvalidOperation, ValueError):
        return None


def _number(text: str | None) -> Number | None:
    return None if text is None else xml.number_of(text)


NUMERICAL = QuestionType("numerical_question", _read, present, _score, answer_condition=None)
