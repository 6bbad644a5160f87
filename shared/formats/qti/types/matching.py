"""Matching questions: left sides, each with the list of all right sides."""

from __future__ import annotations

from shared.domain.content.answers import Answer, Match
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import answer_ident
from shared.formats.qti.item_view import ItemView, identity, labels, with_comment
from shared.formats.qti.material import add_bare_material, add_material, read_material
from shared.formats.qti.resprocessing import add_condition, add_score, share, show
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element

_PREFIX = "response_"


def _response(answer: Answer) -> str:
    return f"{_PREFIX}{xml.text_of(answer.id)}"


def _present(presentation: Element, question: Question) -> None:
    for answer in question.answers:
        response = xml.add(presentation, "response_lid", ident=_response(answer))
        add_material(response, answer.left or answer.text, answer.left_html or answer.html)
        choices = xml.add(response, "render_choice")
        for match in question.matches:
            # Canvas writes right sides as bare text, without a texttype.
            add_bare_material(xml.add(choices, "response_label", ident=match.match_id), match.text)


def _score(resprocessing: Element, question: Question) -> None:
    """Each pair earns its share; the comment on a left side is shown when it is matched wrongly."""
    for answer in question.answers:
        respcondition, conditionvar = add_condition(resprocessing)
        xml.add(conditionvar, "varequal", answer.match_id, respident=_response(answer))
        add_score(respcondition, share(len(question.answers)))
        if answer.commented:
            respcondition, conditionvar = add_condition(resprocessing)
            xml.add(xml.add(conditionvar, "not"), "varequal", answer.match_id, respident=_response(answer))
            show(respcondition, answer_ident(answer))


def _read(view: ItemView, question: Question) -> None:
    matches: dict[str, Match] = {}
    for response in view.responses:
        for ident, material in labels(response):
            text = material.html if material.text is None else material.text
            # The same right side may stand in the list of each left side; it is one match.
            matches.setdefault(ident, Match(match_id=identity(ident), text=text))
    question.matches = list(matches.values())
    question.answers = [_read_left(view, response, matches) for response in view.responses]
    name_distractors(question)


def _read_left(view: ItemView, response: Element, matches: dict[str, Match]) -> Answer:
    ident = response.get("ident") or ""
    left = read_material(response)
    rights = [value for value in view.right_values(ident) if value]
    right = next(iter(rights), None)
    if len(set(rights)) > 1:
        view.warn(
            WarningCode.QTI_ANSWER_NOT_MAPPED, f"accepts {len(rights)} right sides for {ident}; the first is kept"
        )
    match = matches.get(right or "")
    number = ident.removeprefix(_PREFIX)
    answer = Answer(
        id=identity(number),
        text=left.text,
        html=left.html,
        left=left.text,
        left_html=left.html,
        right=match.text if match else None,
        match_id=None if right is None else identity(right),
        weight=100,
    )
    return with_comment(answer, view.comment(number))


def name_distractors(question: Question) -> None:
    """Set the right sides that match no left side, one a line, as REST gives them."""
    used = {answer.match_id for answer in question.answers}
    distractors = [match.text or "" for match in question.matches if match.match_id not in used]
    question.matching_answer_incorrect_matches = "\n".join(distractors) or None


MATCHING = QuestionType("matching_question", _read, _present, _score, answer_condition=None, incorrect_shown=False)
