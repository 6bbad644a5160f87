"""An `<item>` for its readers: metadata, responses, conditions and feedback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from shared.domain.content.answers import Answer, Identity
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.answer_ids import AnswerIds
from shared.formats.qti.foreign.item import rewrite
from shared.formats.qti.foreign.texts import texts_of
from shared.formats.qti.material import RESPONSES, Material, read_material
from shared.formats.qti.resprocessing import read_conditions
from shared.formats.xml import Element

# A number with a leading zero, or with more digits than a bigint, would not be written again as it was.
_WHOLE = re.compile(r"0|[1-9]\d{0,17}")
_METADATA = "itemmetadata/qtimetadata"
_AS_ELEMENTS = ("qmd_itemtype", "qmd_maximumscore", "qmd_weighting", "bbmd_questiontype", "qmd_absolutescore_max")
_FLOWS = ("flow", "flow_label")


def identity(text: str) -> Identity:
    """An ident as Canvas stores it: a number if it is one, else the text."""
    return int(text) if _WHOLE.fullmatch(text) and text.isascii() else text


def metadata(parent: Element, path: str) -> dict[str, str]:
    """The fields of a `<qtimetadata>` by label; QTI 1.1 calls them qti_metadatafield."""
    fields = {}
    for block in xml.find_all(parent, path):
        for field in block:
            label = (xml.text_at(field, "fieldlabel") or "").strip() if xml.local(field) else ""
            if label:
                fields[label] = xml.text_at(field, "fieldentry") or ""
    return fields


def _with_elements(fields: dict[str, str], item: Element) -> dict[str, str]:
    """The fields of an item; some tools write those of the type and of the points as elements of their own."""
    for child in () if "question_type" in fields else xml.find_all(item, "itemmetadata/*"):
        if xml.local(child) in _AS_ELEMENTS:
            fields.setdefault(xml.local(child), xml.inner_text(child).strip())
    return fields


def _is_of_canvas(fields: Mapping[str, str]) -> bool:
    """Whether an item is written as Canvas does it, which puts no line break around a value."""
    stated = fields.get("question_type", "")
    return stated.endswith("_question") and "\n" not in stated


class ItemView:
    """One item. `warn(code, sentence)` receives what its readers cannot map."""

    def __init__(self, element: Element, warn: Callable[[WarningCode, str], None]) -> None:
        """Collect the parts of the item."""
        self.element = element
        self.warn = warn
        self.ident = element.get("ident") or ""
        self.title = element.get("title") or ""
        fields = metadata(element, _METADATA)
        # Whether another tool than Canvas wrote the item.
        self.is_foreign = not _is_of_canvas(fields)
        self.texts: list[str] = texts_of(element) if self.is_foreign else []
        if self.is_foreign:
            rewrite(element)
            fields = _with_elements(metadata(element, _METADATA), element)
        self.metadata = fields
        presentation = xml.find(element, "presentation")
        self.prompt = read_material(presentation)
        self.responses = [] if presentation is None else list(_responses(presentation))
        self.conditions = read_conditions(element)
        self.feedback: dict[str, Material] = {}
        for block in xml.find_all(element, "itemfeedback"):
            # A second one of the same ident is for other readers, such as tutors.
            self.feedback.setdefault(block.get("ident") or "", read_material(block))
        self.original_ids = _ids(self.metadata.get("original_answer_ids", ""))
        # The conditions that earn points.
        self.scoring = [condition for condition in self.conditions if condition.scores]
        self._right: dict[str, list[str]] = {}
        self._right_parts: dict[str, list[str]] = {}
        for condition in self.scoring:
            for respident, value in condition.equals:
                self._right.setdefault(respident, []).append(value)
            for respident, value in condition.substrings:
                self._right_parts.setdefault(respident, []).append(value)

    def right_values(self, respident: str) -> list[str]:
        """The values of one response that earn points, in order."""
        return self._right.get(respident, [])

    def right_parts(self, respident: str) -> list[str]:
        """The parts of a text, or the sets of values, of one response that earn points, in order."""
        return self._right_parts.get(respident, [])

    def comment(self, answer_id: str) -> Material:
        """The comment on the answer of this id, by the ident that Canvas gives it."""
        return self.feedback.get(f"{answer_id}_fb", Material())

    def ids_for(self, answers: Iterable[Answer] = ()) -> AnswerIds:
        """Ids for answers to which the item gives none: the same at each reading, and none that it states itself."""
        return AnswerIds(self.ident, [*self.original_ids, *(answer.id for answer in answers)])


def _ids(text: str) -> list[Identity]:
    """The ids of a list with commas, or of the JSON list that New Quizzes writes for blanks."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1].replace('"', "")
    return [identity(part.strip()) for part in bare.split(",") if part.strip()]


def labels(response: Element) -> list[tuple[str, Material]]:
    """(ident, content) of the choices of a response, at any depth of its flows."""
    return [
        (label.get("ident") or "", read_material(label))
        for label in response.iter()
        if xml.local(label) == "response_label"
    ]


def with_comment(answer: Answer, material: Material) -> Answer:
    """Set the comment on an answer; return the answer."""
    answer.comments = material.text
    answer.comments_html = material.html
    return answer


def _responses(parent: Element) -> Iterable[Element]:
    for child in parent:
        if xml.local(child) in RESPONSES:
            yield child
        elif xml.local(child) in _FLOWS:
            yield from _responses(child)
