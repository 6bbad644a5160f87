"""Short answer questions: one line to fill in, and the texts that are right."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.answer_ids import AnswerIds
from shared.formats.qti.feedback import response_of, show_correct
from shared.formats.qti.item_view import ItemView, with_comment
from shared.formats.qti.material import Material
from shared.formats.qti.resprocessing import add_condition, set_score
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def present(presentation: Element, question: Question) -> None:
    """Append one line to fill in."""
    response = xml.add(presentation, "response_str", ident=response_of(question), rcardinality="Single")
    xml.add(xml.add(response, "render_fib"), "response_label", ident="answer1", rshuffle="No")


def _text_condition(question: Question, answer: Answer) -> tuple[str, str]:
    return response_of(question), answer.text or ""


def _score_texts(resprocessing: Element, question: Question) -> None:
    """The accepted texts side by side, without an `<or>`, as in Canvas."""
    respcondition, conditionvar = add_condition(resprocessing, **{"continue": "No"})
    for answer in question.answers:
        xml.add(conditionvar, "varequal", answer.text, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _read_texts(view: ItemView, question: Question) -> None:
    """The texts that score; their ids are in the metadata and in the idents of feedback alone."""
    texts = [value for condition in view.scoring for _, value in condition.equals]
    patterns = [value for condition in view.scoring for _, value in condition.substrings]
    if patterns:
        view.warn(WarningCode.QTI_PATTERN_AS_TEXT, "accepts parts of a text; they were read as whole answers")
    warn_of_case(view)
    shown, ids = _shown_to(view), view.ids_for()
    for place, text in enumerate([*texts, *patterns]):
        answer = Answer(text=text, weight=100)
        with_comment(answer, view.feedback.get(shown.get(text, ""), Material()))
        answer.id = _id_at(view, ids, place, shown.get(text, ""))
        question.answers.append(answer)


def warn_of_case(view: ItemView) -> None:
    """Warn of typed answers that another tool compares by case, which Canvas does not."""
    if "question_type" not in view.metadata and any(
        (comparison.get("case") or "").lower() == "yes"
        for condition in view.scoring
        for comparison in condition.element.iter("{*}varequal")
    ):
        view.warn(WarningCode.QTI_CASE_IGNORED, "compares capital and small letters, which quizzes do not")


def _shown_to(view: ItemView) -> dict[str, str]:
    """The ident of the feedback of each text that has a condition of its own."""
    shown: dict[str, str] = {}
    for condition in view.conditions:
        if not condition.scores and len(condition.equals) == 1:
            ident = next((ident for ident in condition.shows if ident.endswith("_fb")), "")
            shown.setdefault(condition.equals[0][1], ident)
    return shown


def _id_at(view: ItemView, ids: AnswerIds, place: int, shown: str) -> int | str:
    """The id of an answer: from the metadata, else from the ident of its comment, else a drawn one."""
    if place < len(view.original_ids):
        return view.original_ids[place]
    number = shown.removesuffix("_fb")
    if not (number.isdecimal() and number.isascii()):
        return ids.draw(place)
    ids.take(int(number))
    return int(number)


SHORT_ANSWER = QuestionType(
    "short_answer_question",
    _read_texts,
    present,
    _score_texts,
    answer_condition=_text_condition,
    cc_profile="cc.fib.v0p1",
)
