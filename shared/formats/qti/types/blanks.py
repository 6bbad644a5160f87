"""Questions with named blanks in their text: fill in multiple blanks and multiple dropdowns."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.item_view import ItemView, with_comment
from shared.formats.qti.material import add_bare_material, read_material
from shared.formats.qti.resprocessing import add_condition, add_score, share
from shared.formats.qti.types.choice import add_choices, read_choices
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.short_answer import warn_of_case
from shared.formats.xml import Element

_PREFIX = "response_"
_DROPDOWN = "dropdown"
# Kinds of a blank in New Quizzes whose answers are chosen, not typed.
LISTED = (_DROPDOWN, "wordbank")
# How New Quizzes compares what is typed into a blank with an answer.
_ATTRIBUTES = ("scoring_algorithm", "answer_type", "levenshtein_distance", "ignore_case", "allow_reuse")


def by_blank(question: Question) -> dict[str, list[Answer]]:
    """The answers of each blank, blanks in the order in which the answers first name them."""
    blanks: dict[str, list[Answer]] = {}
    for answer in question.answers:
        blanks.setdefault(answer.blank_id or "", []).append(answer)
    return blanks


def _present(presentation: Element, question: Question) -> None:
    for blank, answers in by_blank(question).items():
        response = xml.add(presentation, "response_lid", ident=f"{_PREFIX}{blank}")
        add_bare_material(response, _name_of(blank, answers))
        add_choices(response, answers)
        for place, label in enumerate(response.iterfind(".//{*}response_label")):
            _add_attributes(label, answers[place], place + 1)


def _name_of(blank: str, answers: list[Answer]) -> str | None:
    """The name in the response: the classic engine repeats that in the text, New Quizzes states the right answer."""
    if all(answer.answer_type is None for answer in answers):
        return blank
    return next((answer.text for answer in answers if answer.correct), blank)


def _add_attributes(label: Element, answer: Answer, place: int) -> None:
    if answer.answer_type == _DROPDOWN:
        xml.set_if(label, position=place)
    xml.set_if(label, **{name: getattr(answer, name) for name in _ATTRIBUTES})


def _score(resprocessing: Element, question: Question) -> None:
    """The first right answer of a blank earns its share; a blank without one earns nothing, but counts as a part."""
    blanks = by_blank(question)
    for blank, answers in blanks.items():
        right = next((answer for answer in answers if answer.correct), None)
        if right is not None:
            respcondition, conditionvar = add_condition(resprocessing)
            xml.add(conditionvar, "varequal", right.id, respident=f"{_PREFIX}{blank}")
            add_score(respcondition, share(len(blanks)))


def _answer_condition(question: Question, answer: Answer) -> tuple[str, str]:
    return f"{_PREFIX}{answer.blank_id or ''}", xml.text_of(answer.id)


def _read_dropdowns(view: ItemView, question: Question) -> None:
    _name_blanks(view, question)
    for response in view.responses:
        blank = _blank_of(response, question)
        answers = read_choices(view, response) if xml.local(response) == "response_lid" else _typed(view, response)
        for answer in answers:
            answer.blank_id = blank
            question.answers.append(answer)
        for answer, label in zip(answers, response.iterfind(".//{*}render_choice//{*}response_label"), strict=False):
            _read_attributes(answer, label)
    _number(view, question.answers)
    _name_kinds(view, question)


def _name_kinds(view: ItemView, question: Question) -> None:
    """State which blanks are lists and which are typed, in an item of another tool that has both."""
    listed = {_blank_of(each, question) for each in view.responses if xml.local(each) == "response_lid"}
    if view.is_foreign and 0 < len(listed) < len(view.responses):
        for answer in question.answers:
            answer.answer_type = _DROPDOWN if answer.blank_id in listed else "openEntry"


def _name_blanks(view: ItemView, question: Question) -> None:
    """Put the names of blanks into the text where they are only responses between its pieces."""
    # The text of an item of Canvas has the names already.
    if "question_type" in view.metadata:
        return
    if not any(f"[{_blank_of(response, question)}]" in (question.question_text or "") for response in view.responses):
        presentation = xml.find(view.element, "presentation")
        material = read_material(presentation, lambda response: f"[{_blank_of(response, question)}]").as_html
        question.question_text, question.unwrapped = material or None, bool(material)


def _typed(view: ItemView, response: Element) -> list[Answer]:
    """The texts that a typed response accepts, by the letter of QTI 1.2; their ids are in the metadata alone."""
    ident = response.get("ident") or ""
    texts, parts = view.right_values(ident), view.right_parts(ident)
    if parts:
        view.warn(WarningCode.QTI_PATTERN_AS_TEXT, "accepts parts of a text; they were read as whole answers")
    if not texts and not parts and view.scoring:
        view.warn(WarningCode.QTI_ANSWER_NOT_MAPPED, f"has a blank ({ident}) without a text that it accepts")
    return [Answer(text=text, weight=100) for text in [*texts, *parts]]


def _number(view: ItemView, answers: list[Answer]) -> None:
    stated = view.original_ids if len(view.original_ids) == len(answers) else []
    ids = view.ids_for(answers)
    for place, answer in enumerate(answers):
        if answer.id is None:
            answer.id = stated[place] if stated else ids.draw(place)
            with_comment(answer, view.comment(xml.text_of(answer.id)))


def _read_attributes(answer: Answer, label: Element) -> None:
    answer.scoring_algorithm = label.get("scoring_algorithm")
    answer.answer_type = label.get("answer_type")
    distance = xml.number_of(label.get("levenshtein_distance") or "")
    answer.levenshtein_distance = None if distance is None else int(distance)
    answer.ignore_case = xml.flag_of(label.get("ignore_case"))
    answer.allow_reuse = xml.flag_of(label.get("allow_reuse"))


def _read_blanks(view: ItemView, question: Question) -> None:
    """Every text from the scoring one on is accepted, but for blanks that list their answers.

    The format names only the first accepted text of a blank.
    """
    _read_dropdowns(view, question)
    if "question_type" not in view.metadata:
        # Another tool names each accepted text; its lists have their own right answers.
        warn_of_case(view)
        return
    for answers in by_blank(question).values():
        if answers[0].answer_type in LISTED:
            continue
        first = next((place for place, answer in enumerate(answers) if answer.correct), len(answers))
        for answer in answers[first:]:
            answer.weight = 100


def _blank_of(response: Element, question: Question) -> str:
    """The name of a blank in the text: in Canvas that of the response, in New Quizzes its ident."""
    name, text = read_material(response).text, question.question_text or ""
    ident = (response.get("ident") or "").removeprefix(_PREFIX)
    if name is None or (f"[{ident}]" in text and f"[{name}]" not in text):
        return ident
    return name


FILL_IN_MULTIPLE_BLANKS = QuestionType(
    "fill_in_multiple_blanks_question",
    _read_blanks,
    _present,
    _score,
    answer_condition=_answer_condition,
    incorrect_shown=False,
)
MULTIPLE_DROPDOWNS = QuestionType(
    "multiple_dropdowns_question",
    _read_dropdowns,
    _present,
    _score,
    answer_condition=_answer_condition,
    incorrect_shown=False,
)
