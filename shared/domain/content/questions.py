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
    """What a question of a quiz and one of a bank have in common.

    `question_type` is Canvas's name ("multiple_choice_question"); a type that is not known here keeps its name.
    HTML wins over plain text where a field has both forms.
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
    matching_answer_incorrect_matches: str | None = None  # distractors, one a line
    variables: list[Variable] = msgspec.field(default_factory=list)
    formulas: list[Formula] = msgspec.field(default_factory=list)
    answer_tolerance: Number | str | None = None  # absolute, or a percentage such as "5%"
    formula_decimal_places: Number | str | None = None
    text_after_answers: str | None = None  # of a missing word question
    # Only in packages:
    original_answer_ids: list[Identity] | None = None  # where a package states another order than the answers have
    response_ident: str | None = None  # older Canvas names the one response after an answer; None is "response1"
    unwrapped: bool = False  # New Quizzes puts no <div> of its own around the question text
    item_metadata: dict[str, str] = msgspec.field(default_factory=dict)  # further fields, by label
    new_quiz: NewQuizItem | None = None
    parent_stimulus_id: int | None = None  # the text that the question is about, a question of the same quiz or bank

    HTML_FIELDS: ClassVar[tuple[str, ...]] = (
        "question_text",
        "text_after_answers",
        "correct_comments_html",
        "incorrect_comments_html",
        "neutral_comments_html",
    )

    def map_html(self, rewrite: RewriteHtml) -> Self:
        """The same question with its HTML, and that of its parts, passed through `rewrite`."""
        return msgspec.structs.replace(
            super().map_html(rewrite),
            answers=[answer.map_html(rewrite) for answer in self.answers],
            matches=[match.map_html(rewrite) for match in self.matches],
            new_quiz=self.new_quiz and self.new_quiz.map_addresses(rewrite),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST question; unknown fields of it and of its answers are kept."""
        parts = {name: part.list_from(data.get(name), name) for name, part in _PARTS.items()}
        made = super().from_json({k: v for k, v in data.items() if k not in _PARTS and v is not None})
        return msgspec.structs.replace(made, **parts)

    def to_json(self) -> dict[str, Any]:
        """The question as JSON data; it says its type even where that is the default."""
        known = {**super().to_json(), "question_type": self.question_type}
        for name in _PARTS:
            if name in known:
                known[name] = [entry.to_json() for entry in getattr(self, name)]
        return known


class QuizQuestion(Question):
    """A question of a quiz, in one of its groups or in none."""

    quiz_id: int | None = None
    quiz_group_id: int | None = None
    assessment_question_id: int | None = None  # the bank question it was made with


class BankQuestion(Question):
    """A question of a bank (Canvas: assessment question)."""

    question_bank_id: int | None = None
