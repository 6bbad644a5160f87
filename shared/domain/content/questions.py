"""Questions of quizzes and of question banks, in the shape of REST QuizQuestion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.content.answers import Answer, Formula, Identity, Match, QuestionPart, Variable
from shared.domain.content.content_object import Content, Number, RewriteHtml
from shared.domain.content.new_quiz_items import NewQuizItem

_PARTS: Mapping[str, type[QuestionPart]] = {
    "answers": Answer,
    "matches": Match,
    "variables": Variable,
    "formulas": Formula,
}


class Question(Content):
    """The common fields of questions of quizzes and of banks.

    `question_type` is the name in Canvas ("multiple_choice_question"); a type that is not known here keeps its name.
    HTML takes precedence over plain text if a field has both forms.
    """

    question_name: str | None = None
    question_type: str = "multiple_choice_question"
    question_text: str | None = None
    points_possible: Number | None = None
    correct_comments: str | None = None
    correct_comments_html: str | None = None
    incorrect_comments: str | None = None
    incorrect_comments_html: str | None = None
    neutral_comments: str | None = None
    neutral_comments_html: str | None = None
    answers: list[Answer] = msgspec.field(default_factory=list)
    matches: list[Match] = msgspec.field(default_factory=list)
    matching_answer_incorrect_matches: str | None = None  # distractors, one per line
    variables: list[Variable] = msgspec.field(default_factory=list)
    formulas: list[Formula] = msgspec.field(default_factory=list)
    answer_tolerance: Number | str | None = None  # absolute, or a percentage such as "5%"
    formula_decimal_places: Number | str | None = None
    text_after_answers: str | None = None  # of a missing word question
    # Only in packages:
    original_answer_ids: list[Identity] | None = None  # if a package states another order than that of its answers
    response_ident: str | None = (
        None  # identifier of the response, which older versions of Canvas take from an answer; None: "response1"
    )
    unwrapped: bool = False  # no <div> around the question text, as in packages of New Quizzes
    item_metadata: dict[str, str] = msgspec.field(default_factory=dict)  # further fields, by label
    new_quiz: NewQuizItem | None = None
    parent_stimulus_id: int | None = (
        None  # the stimulus that the question is about, itself a question of the same quiz or bank
    )

    HTML_FIELDS: ClassVar[tuple[str, ...]] = (
        "question_text",
        "text_after_answers",
        "correct_comments_html",
        "incorrect_comments_html",
        "neutral_comments_html",
    )

    def map_html(self, rewrite: RewriteHtml) -> Self:
        """A copy in which the HTML of the question and of its parts has passed through `rewrite`."""
        return msgspec.structs.replace(
            super().map_html(rewrite),
            answers=[answer.map_html(rewrite) for answer in self.answers],
            matches=[match.map_html(rewrite) for match in self.matches],
            new_quiz=self.new_quiz and self.new_quiz.map_addresses(rewrite),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST question; unknown fields of it and of its parts are kept. Raises InvalidContent."""
        parts = {name: part.list_from(data.get(name), name) for name, part in _PARTS.items()}
        question = super().from_json({k: v for k, v in data.items() if k not in _PARTS and v is not None})
        return msgspec.structs.replace(question, **parts)

    def to_json(self) -> dict[str, Any]:
        """The question as JSON data, always with its type."""
        known = {**super().to_json(), "question_type": self.question_type}
        for name in _PARTS:
            if name in known:
                known[name] = [entry.to_json() for entry in getattr(self, name)]
        return known


class QuizQuestion(Question):
    """A question of a quiz, in one of its groups or outside of them."""

    quiz_id: int | None = None
    quiz_group_id: int | None = None
    assessment_question_id: int | None = None  # the bank question that it was created from


class BankQuestion(Question):
    """A question of a bank (Canvas: assessment question)."""

    question_bank_id: int | None = None
