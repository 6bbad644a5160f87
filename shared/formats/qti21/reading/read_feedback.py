"""Feedback of an item of QTI 2: which comment it is, by its identifier or by the rule that shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, GENERAL, INCORRECT
from shared.formats.qti.item_view import with_comment
from shared.formats.qti.material import Material
from shared.formats.qti21.reading.item_view import AssessmentItemView
from shared.formats.qti21.reading.read_markup import material_of
from shared.formats.qti21.vocabulary import SCORE, SUFFIX, feedback_of, identifier_of, identity_of
from shared.formats.xml import Element

_FIELDS = {GENERAL: "neutral_comments", CORRECT: "correct_comments", INCORRECT: "incorrect_comments"}
_COMPARISONS = ("match", "member", "contains", "stringMatch", "equal")
# The values of an outcome by which ONYX states how an item was answered.
_OUTCOMES = {"correct": CORRECT, "incorrect": INCORRECT}
# Without rules that can be read, the name of feedback is the last hint; "incorrect" contains "correct", so it comes
# first.
_WORDS = (
    (re.compile(r"incorrect|wrong|false", re.IGNORECASE), INCORRECT),
    (re.compile(r"correct|right|solution", re.IGNORECASE), CORRECT),
    (re.compile(r"general|neutral|^feedback$", re.IGNORECASE), GENERAL),
)


@dataclass(slots=True)
class Shown:
    """What shows feedback: the outcome of the whole question, or one value of a response."""

    whole: dict[str, str] = field(default_factory=dict)  # identifier of feedback -> general, correct, incorrect
    values: dict[str, str] = field(default_factory=dict)  # identifier of feedback -> the value that shows it


def read_comments(view: AssessmentItemView, question: Question) -> None:
    """Set the comments of the question and of its answers; warn of feedback that belongs to neither."""
    shown = _shown(view)
    for element in view.element.iter():
        if xml.local(element) in ("modalFeedback", "feedbackInline", "feedbackBlock"):
            _read(element, view, question, shown)


def _read(element: Element, view: AssessmentItemView, question: Question, shown: Shown) -> None:
    identifier, material = element.get("identifier") or "", material_of(element)
    if material == Material():
        return
    if element.get("showHide") == "hide":
        view.warn(WarningCode.QTI2_FEEDBACK_NOT_MAPPED, f"hides feedback ({identifier}) instead of showing it")
        return
    answer = _answer_of(identifier, question.answers, shown)
    if answer is not None:
        with_comment(answer, material)
        return
    kind = _kind_of(identifier, shown)
    if kind is None:
        view.warn(
            WarningCode.QTI2_FEEDBACK_NOT_MAPPED,
            f"has feedback ({identifier}) that no answer shows: {_start(material)}",
        )
        return
    setattr(question, _FIELDS[kind], material.text)
    setattr(question, f"{_FIELDS[kind]}_html", material.html)


def _answer_of(identifier: str, answers: list[Answer], shown: Shown) -> Answer | None:
    """The answer of feedback: by the identifier that we write, by the value that shows it, by its own identifier."""
    value = shown.values.get(identifier, identifier)
    for answer in answers:
        if feedback_of(answer) == identifier or value in (identifier_of(answer.id), str(answer.id)):
            return answer
    matching = [answer for answer in answers if answer.text == value] if identifier in shown.values else []
    # A typed text has its id only in the identifier of its feedback.
    if matching and identifier.endswith(SUFFIX):
        matching[0].id = identity_of(identifier.removesuffix(SUFFIX))
    return matching[0] if matching else None


def _kind_of(identifier: str, shown: Shown) -> str | None:
    if identifier in _FIELDS:
        return identifier
    if identifier in shown.whole:
        return shown.whole[identifier]
    return next((kind for words, kind in _WORDS if words.search(identifier)), None)


def _shown(view: AssessmentItemView) -> Shown:
    shown = Shown()
    for rule in [] if view.processing is None else view.processing:
        if xml.local(rule) == "setOutcomeValue":
            shown.whole.update(dict.fromkeys(_set_identifiers(rule), GENERAL))
        if xml.local(rule) == "responseCondition":
            for branch in rule:
                _read_branch(branch, shown, view.declared)
    return shown


def _read_branch(branch: Element, shown: Shown, responses: Collection[str]) -> None:
    """Feedback of a condition on one value belongs to the answer, of one that scores or is about all to the whole."""
    condition = next((child for child in branch if isinstance(child.tag, str)), None)
    if condition is None:
        return
    identifiers = [i for child in branch if xml.local(child) == "setOutcomeValue" for i in _set_identifiers(child)]
    value = None if xml.local(branch) == "responseElse" else _compared(condition, responses)
    if value is not None:
        shown.values.update(dict.fromkeys(identifiers, value))
    elif (kind := _kind_of_branch(branch, condition)) is not None:
        shown.whole.update(dict.fromkeys(identifiers, kind))


def _kind_of_branch(branch: Element, condition: Element) -> str | None:
    """Which comment on the whole question a branch shows; None where it does not say how the item was answered."""
    if xml.local(branch) == "responseElse":
        return INCORRECT
    if condition.find(".//{*}correct") is not None or _scores(branch):
        return CORRECT
    words = {xml.inner_text(word).strip() for word in condition.iterfind(".//{*}baseValue")} & _OUTCOMES.keys()
    return _OUTCOMES[words.pop()] if words else None


def _scores(branch: Element) -> bool:
    return any(child.get("identifier") == SCORE for child in branch if xml.local(child) == "setOutcomeValue")


def _set_identifiers(rule: Element) -> list[str]:
    """The constants that a rule puts into a variable, which may be identifiers of feedback."""
    return [
        xml.inner_text(value).strip()
        for value in rule.iter()
        if xml.local(value) == "baseValue" and value.get("baseType") == "identifier"
    ]


def _compared(condition: Element, responses: Collection[str]) -> str | None:
    """The one constant that a response is compared with; a pair is known by its source. Negations count too."""
    inner = condition[0] if xml.local(condition) == "not" and len(condition) else condition
    if xml.local(inner) not in _COMPARISONS or inner.find("{*}correct") is not None:
        return None
    values = [value for value in inner.iter() if xml.local(value) == "baseValue"]
    variable = inner.find("{*}variable")
    if len(values) != 1 or variable is None or variable.get("identifier") not in responses:
        return None
    text = xml.inner_text(values[0]).strip()
    return text.split()[0] if values[0].get("baseType") in ("directedPair", "pair") and text else text


def _start(material: Material) -> str:
    text = html.unescape(re.sub(r"<[^>]*>", " ", material.as_html)).strip()
    return text if len(text) <= 60 else f"{text[:60]}…"
