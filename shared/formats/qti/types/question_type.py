"""What one question type brings to an item: how it is presented, scored and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.content.questions import Question
from shared.formats.qti.feedback import AnswerCondition, by_id
from shared.formats.qti.item_view import ItemView
from shared.formats.xml import Element

Write = Callable[[Element, Question], None]
Read = Callable[[ItemView, Question], None]


def nothing(_element: Element, _question: Question) -> None:
    """Append nothing: the type has no such part."""


@dataclass(frozen=True, slots=True)
class QuestionType:
    """A row of the table of question types."""

    name: str
    read: Read  # fills answers and what else the type has
    present: Write = nothing  # appends the response elements to <presentation>
    score: Write = nothing  # appends the scoring conditions to <resprocessing>
    extend: Write = nothing  # appends to <item>, between <resprocessing> and the feedback
    answer_condition: AnswerCondition | None = by_id  # recognises an answer for its comment; None: the scoring shows it
    cc_profile: str | None = None  # its name in Common Cartridge, for the five types of its profile
    incorrect_shown: bool = True  # whether a condition shows the comment on wrong responses
    processed: bool = True  # whether items have <resprocessing> and feedback
    presents_text: bool = False  # whether `present` writes the text of the question too
    ids_stated: bool = True  # whether the metadata names the ids of the answers
