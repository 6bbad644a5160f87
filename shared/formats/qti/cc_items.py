"""Items in the question profile of Common Cartridge for readers other than Canvas.

What Moodle's import of cartridges, one of the readers, goes by: labels `true` and `false`, `case="Yes"` on the values of
a multiple response, `cc_weighting`, and the accepted texts side by side in one condition.
Source: IMS Common Cartridge 1.1, QTI profile.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import msgspec

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.html.tokenizer import shown_text
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti.completed_question import completed
from shared.formats.qti.generic_item import drop_empty_processing, feedback_lost
from shared.formats.qti.generic_types import GENERIC_TYPES
from shared.formats.qti.item import item
from shared.formats.qti.portable_items import Heading, ItemWriter, Losses
from shared.formats.qti.profiles import QtiProfile, of_profile
from shared.formats.qti.qtimetadata import add_field
from shared.formats.qti.reduced_question import reduced
from shared.formats.qti.types.choice import MULTIPLE_ANSWERS
from shared.formats.qti.types.table import TYPES
from shared.formats.xml import Element

_LABELS = ("true", "false")
# Words for true, right or yes, by which a true answer in the second place is known.
_TRUE = frozenset(
    {
        *("true", "t", "yes", "wahr", "richtig", "ja", "vrai", "oui", "verdadero", "cierto", "sí", "vero", "sì"),
        *("verdadeiro", "sim", "waar", "juist", "sant", "sann", "tosi", "oikein", "prawda", "tak", "pravda", "ano"),
        *("igaz", "igen", "adevărat", "da", "doğru", "evet", "đúng", "benar"),
        *("да", "верно", "правда", "так", "вірно", "αληθές", "σωστό", "ναι"),
        *("نعم", "صحيح", "صواب"),
        *("真", "对", "是", "正确", "正しい", "はい", "○", "참", "예", "ถูก"),
    }
)


def _score_several(resprocessing: Element, question: Question) -> None:
    MULTIPLE_ANSWERS.score(resprocessing, question)
    for value in resprocessing.iterfind(".//{*}and//{*}varequal"):
        value.set("case", "Yes")


_ROWS = {
    **{name: GENERIC_TYPES[name] for name in ("multiple_choice_question", "true_false_question")},
    MULTIPLE_ANSWERS.name: replace(MULTIPLE_ANSWERS, score=_score_several),
    **{name: TYPES[name] for name in ("short_answer_question", "essay_question")},
}
_UNSUPPORTED = frozenset(TYPES) - frozenset(_ROWS)


def cc_items(packing: Packing) -> ItemWriter[Element]:
    """The writer of items for one package."""
    return ItemWriter(_UNSUPPORTED, partial(_write, packing))


def _write(packing: Packing, question: Question, heading: Heading) -> tuple[Element, Losses]:
    """(item, losses). Raises NothingToPack for a question that the profile cannot express."""
    sentence = _refusal(question)
    if sentence is not None:
        raise NothingToPack(WarningCode.QUESTION_NOT_EXPRESSED, sentence)
    ready = _labelled(question)
    element = item(ready, QtiProfile.CC, packing, _ROWS[ready.question_type])
    element.set("ident", xml.text_of(heading.identifier))
    element.set("title", xml.text_of(heading.title))
    losses = [*_add_weight(element, question), *_points_lost(question)]
    drop_empty_processing(element)
    return element, [*losses, *feedback_lost(element)]


def fits(question: Question) -> bool:
    """Whether the profile can express a question, in its own type or in another."""
    ready = reduced(completed(question), _UNSUPPORTED).question
    return ready is not None and _refusal(ready) is None


def _refusal(question: Question) -> str | None:
    """Why the profile cannot express a reduced question; None if it can."""
    if question.question_type not in _ROWS:
        return f"Common Cartridge has no questions of the type {question.question_type}."
    if not question.answers and question.question_type != "essay_question":
        return "Common Cartridge has no question without answers."
    return None


def _labelled(question: Question) -> Question:
    """A question of true or false with the labels of the profile; as multiple choice, if it has not just two answers."""
    question = of_profile(question)
    if question.question_type != "true_false_question":
        return question
    answers = question.answers
    if len(answers) != len(_LABELS):
        return msgspec.structs.replace(question, question_type="multiple_choice_question")
    # Canvas has the true answer first, in the language of the course.
    words = [_word(answer) for answer in answers]
    swapped = words[1] in _TRUE and words[0] not in _TRUE
    labels = reversed(_LABELS) if swapped else _LABELS
    labelled = [msgspec.structs.replace(answer, id=label) for answer, label in zip(answers, labels, strict=True)]
    return msgspec.structs.replace(question, answers=labelled)


def _word(answer: Answer) -> str:
    return (answer.text or shown_text(answer.html or "")).strip().lower()


def _add_weight(element: Element, question: Question) -> Losses:
    """`cc_weighting`, a whole number of points: readers take any other question to be worth 1."""
    points = question.points_possible
    metadata = xml.find(element, "itemmetadata/qtimetadata")
    if points is None or metadata is None:
        return []
    weight = max(int(points + 0.5), 1) if points > 0 else 0
    add_field(metadata, "cc_weighting", weight)
    if weight == points:
        return []
    return [(WarningCode.SETTINGS_NOT_EXPRESSED, f"Points are whole in this format: {points:g} became {weight}.")]


def _points_lost(question: Question) -> Losses:
    if all(answer.points is None for answer in question.answers):
        return []
    return [(WarningCode.SETTINGS_NOT_EXPRESSED, "The format has no place for points of single answers.")]
