"""What exported items make of responses, by a processor that knows only the rules of IMS."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.quizzes import QuizQuestion
from tests.support.qti_builders import a_question, item_of
from tests.support.qti_response import Outcome, Responses, process

CHOICES = [
    {"id": 1, "text": "a", "weight": 0, "comments": "cold"},
    {"id": 2, "text": "b", "weight": 100, "comments": "warm"},
    {"id": 3, "text": "c", "weight": 0},
]
COMMENTS = {"neutral_comments": "seen", "correct_comments": "right", "incorrect_comments": "wrong"}


def score(question: QuizQuestion, responses: Responses, *, adds_up: bool = False) -> Outcome:
    return process(item_of(question), responses, adds_up=adds_up)


@pytest.mark.parametrize("question_type", ["multiple_choice_question", "true_false_question"])
@pytest.mark.parametrize(
    ("chosen", "points", "feedback"),
    [
        (["2"], 100, ["general_fb", "2_fb", "correct_fb"]),
        (["1"], 0, ["general_fb", "1_fb", "general_incorrect_fb"]),
        (["3"], 0, ["general_fb", "general_incorrect_fb"]),
        ([], 0, ["general_fb", "general_incorrect_fb"]),
    ],
)
def test_one_choice(question_type: str, chosen: list[str], points: int, feedback: list[str]) -> None:
    outcome = score(a_question(question_type, CHOICES, **COMMENTS), {"response1": chosen})
    assert (outcome.score, outcome.feedback) == (points, feedback)


answer_sets = st.lists(st.booleans(), min_size=1, max_size=6)


@given(right=answer_sets, data=st.data())
def test_several_choices_score_all_for_exactly_the_right_ones(right: list[bool], data: st.DataObject) -> None:
    answers = [{"id": n, "text": str(n), "weight": 100 if good else 0} for n, good in enumerate(right, 1)]
    chosen = data.draw(st.sets(st.integers(1, len(right))))
    wanted = {n for n, good in enumerate(right, 1) if good}
    outcome = score(a_question("multiple_answers_question", answers), {"response1": [str(n) for n in chosen]})
    assert outcome.score == (100 if chosen == wanted else 0)


@pytest.mark.parametrize(("text", "points"), [("color", 100), ("Colour", 100), ("hue", 0)])
def test_a_short_answer(text: str, points: int) -> None:
    answers = [{"id": 1, "text": "colour", "weight": 100}, {"id": 2, "text": "color", "weight": 100}]
    assert score(a_question("short_answer_question", answers), {"response1": [text]}).score == points


def test_an_essay_is_left_to_a_person() -> None:
    assert score(a_question("essay_question"), {"response1": ["anything"]}).score == 0


BLANKS = [
    {"id": 11, "text": "red", "weight": 100, "blank_id": "r"},
    {"id": 12, "text": "blue", "weight": 0, "blank_id": "r"},
    {"id": 13, "text": "sea", "weight": 100, "blank_id": "v"},
    {"id": 14, "text": "sky", "weight": 100, "blank_id": "s"},
]


@pytest.mark.parametrize("question_type", ["multiple_dropdowns_question", "fill_in_multiple_blanks_question"])
@pytest.mark.parametrize(
    ("responses", "points"),
    [
        ({"response_r": ["11"], "response_v": ["13"], "response_s": ["14"]}, "99.99"),
        ({"response_r": ["12"], "response_v": ["13"], "response_s": ["14"]}, "66.66"),
        ({"response_r": ["12"]}, "0"),
    ],
)
def test_blanks_earn_a_share_each(question_type: str, responses: Responses, points: str) -> None:
    assert str(score(a_question(question_type, BLANKS), responses, adds_up=True).score) == points


PAIRS: dict[str, Any] = {
    "answers": [
        {"id": 21, "left": "Sweden", "match_id": 31, "comments": "look north"},
        {"id": 22, "left": "Norway", "match_id": 32},
    ],
    "matches": [{"match_id": n, "text": str(n)} for n in (31, 32, 33)],
}


@pytest.mark.parametrize(
    ("responses", "points", "feedback"),
    [
        ({"response_21": ["31"], "response_22": ["32"]}, 100, []),
        ({"response_21": ["33"], "response_22": ["32"]}, 50, ["21_fb"]),
        ({"response_21": ["32"], "response_22": ["31"]}, 0, ["21_fb"]),
    ],
)
def test_pairs_earn_a_share_each_and_a_wrong_one_is_commented(
    responses: Responses, points: int, feedback: list[str]
) -> None:
    outcome = score(a_question("matching_question", **PAIRS), responses, adds_up=True)
    assert (outcome.score, outcome.feedback) == (points, feedback)


NUMBERS = [
    {"id": 41, "exact": 4.0, "margin": 0.5, "weight": 100},
    {"id": 42, "numerical_answer_type": "range_answer", "start": 10.0, "end": 20.0, "weight": 100, "comments": "so so"},
    {"id": 43, "numerical_answer_type": "precision_answer", "approximate": 133.4, "precision": 4, "weight": 100},
]


@pytest.mark.parametrize(
    ("given_number", "points", "feedback"),
    [
        ("4", 100, ["correct_fb"]),
        ("3.5", 100, ["correct_fb"]),
        ("4.51", 0, []),
        ("10", 100, ["42_fb", "correct_fb"]),
        ("20.0", 100, ["42_fb", "correct_fb"]),
        ("133.45", 100, ["correct_fb"]),
        ("133.35", 0, []),
        ("133.351", 100, ["correct_fb"]),
        ("four", 0, []),
    ],
)
def test_numbers_are_right_within_their_bounds(given_number: str, points: int, feedback: list[str]) -> None:
    question = a_question("numerical_question", NUMBERS, correct_comments="right")
    outcome = score(question, {"response1": [given_number]})
    assert (outcome.score, outcome.feedback) == (points, feedback)


def test_read_by_the_letter_only_the_first_share_counts() -> None:
    """Canvas leaves `continue` out of conditions that add up, so a strict processor stops at the first that holds."""
    responses = {"response_21": ["31"], "response_22": ["32"]}
    assert score(a_question("matching_question", **PAIRS), responses).score == 50
