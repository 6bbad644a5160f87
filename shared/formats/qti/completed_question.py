"""A question as Canvas completes and converts it before it exports one."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from shared.domain.content.answers import Answer, Identity, Match
from shared.domain.content.questions import Question
from shared.formats.qti.answer_ids import AnswerIds

MISSING_WORD = "missing_word_question"
_BLANK = "drop1"

Q = TypeVar("Q", bound=Question)


def completed(question: Q) -> Q:
    """The question with an id for each answer and its matches; one with a missing word becomes one with a dropdown."""
    if question.question_type == MISSING_WORD:
        question = _with_dropdown(question)
    if question.question_type == "matching_question" and not question.matches:
        question = _with_matches(question)
    if any(answer.id is None for answer in question.answers):
        question = msgspec.structs.replace(question, answers=_numbered(question))
    return question


def _with_dropdown(question: Q) -> Q:
    """Canvas exports a missing word question as text, one dropdown, text."""
    before, after = _unparagraphed(question.question_text), _unparagraphed(question.text_after_answers)
    return msgspec.structs.replace(
        question,
        question_type="multiple_dropdowns_question",
        question_text=f"{before} [{_BLANK}] {after}",
        text_after_answers=None,
        answers=[msgspec.structs.replace(answer, blank_id=_BLANK) for answer in question.answers],
    )


def _unparagraphed(markup: str | None) -> str:
    # Canvas removes the tags of one paragraph around each text (lib/cc/qti/qti_items.rb).
    return (markup or "").removeprefix("<p>").removesuffix("</p>")


def _with_matches(question: Q) -> Q:
    """The matches of the answers and the distractors, where a REST object states only those.

    Two left sides with the same right text share one match.
    """
    matches: dict[str, Match] = {}
    ids_by_text: dict[str, Identity | None] = {a.right: a.match_id for a in question.answers if a.right is not None}
    for text in (question.matching_answer_incorrect_matches or "").splitlines():
        if text.strip():
            ids_by_text.setdefault(text.strip(), None)
    ids = AnswerIds(f"match:{question.id}", ids_by_text.values())
    for place, (text, match_id) in enumerate(ids_by_text.items()):
        matches[text] = Match(match_id=ids.draw(place) if match_id is None else match_id, text=text)
    answers = [
        msgspec.structs.replace(answer, match_id=matches[answer.right].match_id) if answer.right is not None else answer
        for answer in question.answers
    ]
    return msgspec.structs.replace(question, matches=list(matches.values()), answers=answers)


def _numbered(question: Question) -> list[Answer]:
    ids = AnswerIds(f"answer:{question.id}", (answer.id for answer in question.answers))
    return [
        msgspec.structs.replace(answer, id=ids.draw(place)) if answer.id is None else answer
        for place, answer in enumerate(question.answers)
    ]
