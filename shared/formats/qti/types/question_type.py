"""What one question type brings to an item: how it is presented, scored and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.content.questions import Question
from shared.formats.qti.feedback import Told, by_id
from shared.formats.qti.item_view import ItemView
from shared.formats.xml import Element

Write = Callable[[Element, Question], None]
Read = Callable[[ItemView, Question], None]


def nothing(_element: Element, _question: Question) -> None:
    """A type that adds nothing here."""


@dataclass(frozen=True, slots=True)
class QuestionType:
    """A row of the table of question types."""

    name: str
    read: Read  # fills answers and what else the type has
    present: Write = nothing  # appends the response elements to <presentation>
    score: Write = nothing  # appends the scoring conditions to <resprocessing>
    extend: Write = nothing  # appends to <item>, between <resprocessing> and the feedback
    told: Told | None = by_id  # how an answer is recognised for its comment; None where scoring shows it
    profile: str | None = None  # of Common Cartridge, for the five types that it knows
    incorrect_shown: bool = True  # whether a condition shows the comment on wrong responses
    processed: bool = True  # whether there is a <resprocessing>, and feedback, at all
    says_text: bool = False  # whether it presents the text of the question too
    ids_stated: bool = True  # whether the metadata names the ids of the answers
