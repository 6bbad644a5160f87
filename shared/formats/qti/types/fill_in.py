"""Questions with one line or page to fill in: short answer and essay; and those without: file upload and text only."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.conditions import add_condition, set_score
from shared.formats.qti.feedback import response_of, show_correct
from shared.formats.qti.invented_ids import InventedIds
from shared.formats.qti.item_view import ItemView, with_comment
from shared.formats.qti.material import Material
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element

_ESSAY_FLAGS = ("rce", "word_count", "spell_check", "word_limit_enabled")
_ESSAY_LIMITS = ("word_limit_min", "word_limit_max")


def _present(presentation: Element, question: Question) -> None:
    response = xml.add(presentation, "response_str", ident=response_of(question), rcardinality="Single")
    xml.add(xml.add(response, "render_fib"), "response_label", ident="answer1", rshuffle="No")


def _present_essay(presentation: Element, question: Question) -> None:
    _present(presentation, question)
    settings = question.new_quiz or NewQuizItem()
    response = presentation[-1]
    xml.set_if(response, **{name: _yes_no(getattr(settings, name)) for name in _ESSAY_FLAGS})
    xml.set_if(response, **{name: getattr(settings, name) for name in _ESSAY_LIMITS})


def _yes_no(flag: bool | None) -> str | None:
    return None if flag is None else "Yes" if flag else "No"


def _present_upload(presentation: Element, question: Question) -> None:
    if question.new_quiz is not None:
        settings = question.new_quiz
        xml.set_if(presentation, allowed_types=settings.allowed_types, files_count=settings.files_count)


def _told_by_text(question: Question, answer: Answer) -> tuple[str, str]:
    return response_of(question), answer.text or ""


def _score_texts(resprocessing: Element, question: Question) -> None:
    """Each accepted text side by side, without an `<or>`, as Canvas writes them."""
    respcondition, wanted = add_condition(resprocessing, **{"continue": "No"})
    for answer in question.answers:
        xml.add(wanted, "varequal", answer.text, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _score_essay(resprocessing: Element, question: Question) -> None:
    """A person scores it: the condition holds always and sets nothing."""
    _, wanted = add_condition(resprocessing, **{"continue": "No"})
    xml.add(wanted, "other")


def _read_texts(view: ItemView, question: Question) -> None:
    """Ids stand only in the metadata and in the idents of feedback."""
    texts = [value for condition in view.scoring for _, value in condition.equals]
    patterns = [value for condition in view.scoring for _, value in condition.substrings]
    if patterns:
        view.warn("qti_pattern_as_text", "accepts parts of a text; they were taken in as whole answers")
    shown, ids = _shown_to(view), view.ids_for()
    for place, text in enumerate([*texts, *patterns]):
        answer = Answer(text=text, weight=100)
        with_comment(answer, view.feedback.get(shown.get(text, ""), Material()))
        answer.id = _id_at(view, ids, place, shown.get(text, ""))
        question.answers.append(answer)


def _shown_to(view: ItemView) -> dict[str, str]:
    """For each text, the feedback that is shown to it alone."""
    shown: dict[str, str] = {}
    for condition in view.conditions:
        if not condition.scores and len(condition.equals) == 1:
            ident = next((ident for ident in condition.shows if ident.endswith("_fb")), "")
            shown.setdefault(condition.equals[0][1], ident)
    return shown


def _id_at(view: ItemView, ids: InventedIds, place: int, shown: str) -> int | str:
    """From the metadata, else from the ident of its comment."""
    if place < len(view.original_ids):
        return view.original_ids[place]
    number = shown.removesuffix("_fb")
    if not (number.isdecimal() and number.isascii()):
        return ids.draw(place)
    ids.take(int(number))
    return int(number)


def _read_essay(view: ItemView, question: Question) -> None:
    """There are no answers to read, only what New Quizzes allows the student."""
    for response in view.responses[:1]:
        settings = NewQuizItem()
        for name in _ESSAY_FLAGS:
            setattr(settings, name, xml.flag_of(response.get(name)))
        for name in _ESSAY_LIMITS:
            setattr(settings, name, _whole(response.get(name)))
        question.new_quiz = _unless_empty(settings)


def _read_upload(view: ItemView, question: Question) -> None:
    presentation = xml.find(view.element, "presentation")
    if presentation is not None:
        types, count = presentation.get("allowed_types"), _whole(presentation.get("files_count"))
        question.new_quiz = _unless_empty(NewQuizItem(allowed_types=types, files_count=count))


def _read_text(view: ItemView, question: Question) -> None:
    """A text with questions about it, in New Quizzes: where it stands beside them, and what is to be done."""
    material = xml.find(view.element, "presentation/material")
    orientation = None if material is None else material.get("orientation")
    instructions = view.element.get("instructions")
    if orientation is not None or instructions is not None:
        passage = xml.flag_of(view.metadata.get("passage"))
        question.new_quiz = NewQuizItem(orientation=orientation, instructions=instructions, passage=passage)


def _present_text(presentation: Element, question: Question) -> None:
    settings = question.new_quiz
    if settings is not None:
        xml.set_if(presentation[0], orientation=settings.orientation)
        item = presentation.getparent()
        if item is not None:
            xml.set_if(item, instructions=settings.instructions)


def _unless_empty(settings: NewQuizItem) -> NewQuizItem | None:
    return None if settings == NewQuizItem() else settings


def _whole(text: str | None) -> int | None:
    number = xml.number_of(text or "")
    return None if number is None else int(number)


SHORT_ANSWER = QuestionType(
    "short_answer_question", _read_texts, _present, _score_texts, told=_told_by_text, profile="cc.fib.v0p1"
)
ESSAY = QuestionType("essay_question", _read_essay, _present_essay, _score_essay, profile="cc.essay.v0p1")
FILE_UPLOAD = QuestionType("file_upload_question", _read_upload, _present_upload)
TEXT_ONLY = QuestionType("text_only_question", _read_text, _present_text, processed=False)
