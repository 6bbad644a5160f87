"""The table of question types, and the row of a question or of an item of another tool."""

from __future__ import annotations

import re

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.foreign.numbers import is_numeric
from shared.formats.qti.foreign.responses import TYPE_LABELS
from shared.formats.qti.item_view import ItemView, labels
from shared.formats.qti.material import Material, read_material
from shared.formats.qti.types.blanks import FILL_IN_MULTIPLE_BLANKS, MULTIPLE_DROPDOWNS
from shared.formats.qti.types.calculated import CALCULATED
from shared.formats.qti.types.categorization import CATEGORIZATION
from shared.formats.qti.types.choice import MULTIPLE_ANSWERS, MULTIPLE_CHOICE, TRUE_FALSE
from shared.formats.qti.types.essay import ESSAY
from shared.formats.qti.types.file_upload import FILE_UPLOAD
from shared.formats.qti.types.hot_spot import HOT_SPOT
from shared.formats.qti.types.matching import MATCHING
from shared.formats.qti.types.numerical import NUMERICAL
from shared.formats.qti.types.ordering import ORDERING
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.short_answer import SHORT_ANSWER
from shared.formats.qti.types.text_only import TEXT_ONLY

TYPES = {
    row.name: row
    for row in (
        MULTIPLE_CHOICE,
        TRUE_FALSE,
        MULTIPLE_ANSWERS,
        SHORT_ANSWER,
        ESSAY,
        FILL_IN_MULTIPLE_BLANKS,
        MULTIPLE_DROPDOWNS,
        MATCHING,
        NUMERICAL,
        CALCULATED,
        FILE_UPLOAD,
        TEXT_ONLY,
        CATEGORIZATION,
        ORDERING,
        HOT_SPOT,
    )
}

# Classic quizzes have nothing like these.
NEW_QUIZZES_ONLY = frozenset({CATEGORIZATION.name, ORDERING.name, HOT_SPOT.name})

# Other names of types: profiles of Common Cartridge, Respondus, QTI's own metadata.
_FOREIGN = {
    **{row.cc_profile: row for row in TYPES.values() if row.cc_profile},
    "cc.pattern_match.v0p1": SHORT_ANSWER,
    "multiplechoice": MULTIPLE_CHOICE,
    "truefalse": TRUE_FALSE,
    "multipleresponse": MULTIPLE_ANSWERS,
    "essay": ESSAY,
    "fillinblank": SHORT_ANSWER,
    "fillintheblank": SHORT_ANSWER,
    "shortanswer": SHORT_ANSWER,
    "matching": MATCHING,
    "numerical": NUMERICAL,
    "ordering": ORDERING,
    "fillinmultipleblanks": FILL_IN_MULTIPLE_BLANKS,
    "fillinthemultipleblanks": FILL_IN_MULTIPLE_BLANKS,
    "trueorfalse": TRUE_FALSE,
    "eitheror": MULTIPLE_CHOICE,
    "multipleanswer": MULTIPLE_ANSWERS,
    "multipleanswers": MULTIPLE_ANSWERS,
    "numeric": NUMERICAL,
    "shortresponse": ESSAY,
    "fileupload": FILE_UPLOAD,
    "hotspot": HOT_SPOT,
}
_NO_LETTER = re.compile(r"[^a-z]")
# The texts of the two choices of a question that another tool does not name true or false.
TRUE_FALSE_WORDS = ({"true", "false"}, {"t", "f"}, {"yes", "no"})


def type_of(question: Question) -> QuestionType:
    """The type that writes a question: by its name, else by the fields that are set."""
    row = TYPES.get(question.question_type)
    if row is not None:
        return row
    if any(answer.match_ids for answer in question.answers):
        return CATEGORIZATION
    if any(answer.order is not None for answer in question.answers):
        return ORDERING
    if question.matches:
        return MATCHING
    if question.formulas or question.variables:
        return CALCULATED
    if any(answer.blank_id for answer in question.answers):
        return MULTIPLE_DROPDOWNS
    if any(answer.numerical_answer_type for answer in question.answers):
        return NUMERICAL
    if question.answers:
        return MULTIPLE_ANSWERS if sum(answer.correct for answer in question.answers) > 1 else MULTIPLE_CHOICE
    return FILE_UPLOAD


def type_of_item(view: ItemView) -> QuestionType:
    """The type that reads an item: by Canvas's name, by another tool's, else by the shape of its responses."""
    canvas_type = TYPES.get(view.metadata.get("question_type", "").strip())
    if canvas_type is not None:
        return canvas_type
    for label in TYPE_LABELS:
        stated = view.metadata.get(label, "").strip().lower()
        row = _FOREIGN.get(stated) or _FOREIGN.get(_NO_LETTER.sub("", stated))
        if row is not None:
            return _fitting(row, view)
    return _by_shape(view)


def _fitting(row: QuestionType, view: ItemView) -> QuestionType:
    """The type that a tool names, unless the responses contradict it."""
    if row is SHORT_ANSWER and len(view.responses) > 1:
        return FILL_IN_MULTIPLE_BLANKS
    hot_spot = any(xml.local(response) == "response_xy" for response in view.responses)
    return HOT_SPOT if hot_spot else row


def _by_shape(view: ItemView) -> QuestionType:
    if xml.find(view.element, "itemproc_extension/calculated") is not None:
        return CALCULATED
    if not view.responses:
        # A file upload has scoring conditions but no response; a text has neither (lib/cc/qti/qti_items.rb).
        return TEXT_ONLY if xml.find(view.element, "resprocessing") is None else FILE_UPLOAD
    if any(xml.local(response) == "response_xy" for response in view.responses):
        return HOT_SPOT
    if len(view.responses) > 1:
        return _of_several(view)
    response = view.responses[0]
    kind = xml.local(response)
    if kind == "response_lid":
        return _of_choices(view)
    if is_numeric(response):
        return NUMERICAL
    if kind == "response_grp":
        return MATCHING
    # An essay has a response but no condition that scores it.
    return SHORT_ANSWER if view.scoring else ESSAY


def _of_several(view: ItemView) -> QuestionType:
    """Lists that are all the same are the right sides of a matching question."""
    lists = [[ident for ident, _ in labels(response)] for response in view.responses]
    if any(xml.local(response) != "response_lid" for response in view.responses):
        return FILL_IN_MULTIPLE_BLANKS if view.scoring else ESSAY
    if all(response.get("rcardinality") == "Multiple" for response in view.responses):
        return CATEGORIZATION
    # Without a text of its own, a list is a blank between the texts of the question.
    has_texts = any(read_material(response) != Material() for response in view.responses)
    return MATCHING if has_texts and all(one == lists[0] for one in lists) else MULTIPLE_DROPDOWNS


def _of_choices(view: ItemView) -> QuestionType:
    response = view.responses[0]
    cardinality = response.get("rcardinality", "Single")
    if cardinality == "Single" and _several_together(view):
        return MULTIPLE_ANSWERS
    if cardinality != "Single":
        return ORDERING if cardinality == "Ordered" else MULTIPLE_ANSWERS
    words = {(material.text or material.html or "").strip().lower() for _, material in labels(response)}
    return TRUE_FALSE if words in TRUE_FALSE_WORDS else MULTIPLE_CHOICE


def _several_together(view: ItemView) -> bool:
    """Whether one response must have several values, whatever cardinality it states."""
    both = (both for condition in view.scoring for both in condition.element.iterfind("{*}conditionvar/{*}and"))
    return any(len(xml.find_all(each, "varequal")) > 1 for each in both)
