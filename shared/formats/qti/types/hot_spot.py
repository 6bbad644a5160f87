"""Hot spot questions, of New Quizzes: a picture with areas, of which one, or all, must be pointed at.

Source: QTI 1.2, response_xy and render_hotspot; the areas are those of New Quizzes, and the file has no scoring of them.
"""

from __future__ import annotations

from urllib.parse import unquote

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.html.references import FILEBASE
from shared.formats.qti.feedback import response_of
from shared.formats.qti.item_view import ItemView, identity
from shared.formats.qti.material import add_material, read_material, stated_text, unwrapped
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def _present(presentation: Element, question: Question) -> None:
    """New Quizzes puts the text into the response, and names the picture by its path without escapes."""
    settings = question.new_quiz or NewQuizItem()
    url = settings.image_url
    response = xml.add(
        xml.add(presentation, "flow"),
        "response_xy",
        ident=response_of(question),
        rcardinality=settings.cardinality or "Single",
        rtiming="No",
    )
    add_material(response, None, stated_text(question))
    rendered = xml.add(response, "render_hotspot")
    xml.add(xml.add(rendered, "material"), "matimage", uri=unquote(url) if url and url.startswith(FILEBASE) else url)
    for area in question.answers:
        xml.add(rendered, "response_label", area.coordinates, ident=area.id, rarea=area.shape)


def _read(view: ItemView, question: Question) -> None:
    for response in view.responses:
        _read_prompt(response, question)
        image = response.find(".//{*}matimage")
        url = None if image is None else image.get("uri") or None
        if question.new_quiz is not None and question.new_quiz.image_url not in (None, url):
            view.warn(WarningCode.QTI_PICTURE_MISSING, "is a hot spot with several pictures; the last one is kept")
        question.new_quiz = NewQuizItem(image_url=url, cardinality=response.get("rcardinality"))
        if url is None:
            view.warn(WarningCode.QTI_PICTURE_MISSING, "is a hot spot without its picture")
        for label in response.iterfind(".//{*}response_label"):
            question.answers.append(_area(view, label))


def _read_prompt(response: Element, question: Question) -> None:
    """New Quizzes puts the text of the question into the response."""
    if question.question_text is None:
        text, was_wrapped = unwrapped(read_material(response).as_html)
        question.question_text, question.unwrapped = text or None, bool(text) and not was_wrapped


def _area(view: ItemView, label: Element) -> Answer:
    coordinates = xml.inner_text(label).strip()
    numbers = [xml.number_of(part) for part in coordinates.split(",")]
    if None in numbers or len(numbers) % 2:
        view.warn(WarningCode.QTI_AREA_NOT_MAPPED, f"has an area ({coordinates}) that is not a list of points")
    return Answer(
        id=identity(label.get("ident") or ""), shape=label.get("rarea"), coordinates=coordinates or None, weight=100
    )


HOT_SPOT = QuestionType(
    "hot_spot_question",
    _read,
    _present,
    answer_condition=None,
    incorrect_shown=False,
    presents_text=True,
    ids_stated=False,
)
