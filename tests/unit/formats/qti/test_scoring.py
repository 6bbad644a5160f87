"""What exported items make of responses, by a processor that knows only the rules of IMS."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.quizzes import QuizQuestion
from tests.support.qti_builders import CHOICES, COMMENTS, PAIRS, a_question, item_of
from tests.support.qti_response import Outcome, Responses, process, process_formula, process_point


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
def test_one_choice_earns_all_or_nothing_and_is_commented(
    question_type: str, chosen: list[str], points: int, feedback: list[str]
) -> None:
    outcome = score(a_question(question_type, CHOICES, **COMMENTS), {"response1": chosen})
    assert (outcome.score, outcome.feedback) == (points, feedback)


answer_sets = st.lists(st.booleans(), min_size=1, max_size=6)


@given(right=answer_sets, data=st.data())
def test_several_choices_score_all_for_exactly_the_right_ones(right: list[bool], data: st.DataObject) -> None:
    answers = [{"id": n, "text": str(n), "weight": 100 if good else 0} for n, good in enumerate(right, 1)]
    chosen = data.draw(st.sets(st.integers(1, len(right))))
    expected = {n for n, good in enumerate(right, 1) if good}
    outcome = score(a_question("multiple_answers_question", answers), {"response1": [str(n) for n in chosen]})
    assert outcome.score == (100 if chosen == expected else 0)


@pytest.mark.parametrize(("text", "points"), [("color", 100), ("Colour", 100), ("hue", 0)])
def test_a_short_answer_is_right_in_any_case_of_letters(text: str, points: int) -> None:
    answers = [{"id": 1, "text": "colour", "weight": 100}, {"id": 2, "text": "color", "weight": 100}]
    assert score(a_question("short_answer_question", answers), {"response1": [text]}).score == points


@pytest.mark.parametrize(
    ("question_type", "feedback"),
    [("essay_question", ["general_fb"]), ("file_upload_question", ["general_fb"]), ("text_only_question", [])],
)
def test_what_is_written_or_handed_in_is_left_to_a_person_and_a_text_asks_nothing(
    question_type: str, feedback: list[str]
) -> None:
    outcome = score(a_question(question_type, neutral_comments="seen"), {"response1": ["anything"]})
    assert (outcome.score, outcome.feedback) == (0, feedback)


@pytest.mark.parametrize(("chosen", "points"), [("1", 4), ("2", 1), ("3", 0), ("4", 0)])
def test_choices_may_earn_different_points(chosen: str, points: int) -> None:
    """New Quizzes: the score is in points here, and the most is that of the question."""
    answers = [{"id": n, "text": str(n), "points": worth, "weight": 0} for n, worth in ((1, 4), (2, 1), (3, 0))]
    question = a_question("multiple_choice_question", answers, points_possible=4)
    assert score(question, {"response1": [chosen]}).score == points


@pytest.mark.parametrize(("chosen", "points"), [("1", 100), ("2", 0)])
def test_a_missing_word_is_one_choice(chosen: str, points: int) -> None:
    answers = [{"id": 1, "text": "moon", "weight": 100}, {"id": 2, "text": "sun", "weight": 0}]
    question = a_question("missing_word_question", answers, text_after_answers="shines at night")
    assert score(question, {"response_drop1": [chosen]}).score == points


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


WORKED: list[dict[str, Any]] = [
    {"id": n, "variables": [{"name": "x", "value": str(n)}], "answer": 2.0 * n, "weight": 100} for n in (10, 20)
]


@pytest.mark.parametrize(
    ("tolerance", "var_set", "given_number", "points"),
    [
        (0.5, "10", "20.5", 100),
        (0.5, "10", "19.4", 0),
        (0.5, "20", "20.5", 0),
        ("5%", "20", "42", 100),
        ("5%", "20", "42.1", 0),
        (None, "10", "20", 100),
        (None, "10", "twenty", 0),
    ],
)
def test_a_formula_is_right_near_the_answer_worked_out_for_its_variables(
    tolerance: float | str | None, var_set: str, given_number: str, points: int
) -> None:
    question = a_question(
        "calculated_question",
        WORKED,
        answer_tolerance=tolerance,
        formulas=[{"formula": "2*x"}],
        variables=[{"name": "x"}],
    )
    assert process_formula(item_of(question), var_set, given_number) == points


def test_the_conditions_of_a_formula_hold_for_every_response() -> None:
    """QTI 1.2 has no words for a formula: Canvas writes that it is right, whatever is given."""
    assert score(a_question("calculated_question", WORKED), {"response1": ["nothing"]}).score == 100


ORDER = [{"id": n, "text": str(n), "order": place} for n, place in ((1, 2), (2, 1), (3, 3))]


@pytest.mark.parametrize(("order", "points"), [("213", 100), ("123", 0), ("21", 0), ("", 0)])
def test_an_order_is_right_as_a_whole(order: str, points: int) -> None:
    outcome = score(a_question("ordering_question", ORDER, correct_comments="right"), {"response1": [*order]})
    assert (outcome.score, outcome.feedback) == (points, ["correct_fb"] if points else [])


CATEGORIES: dict[str, Any] = {
    "answers": [{"id": "odd", "text": "odd", "match_ids": [1, 3]}, {"id": "even", "text": "even", "match_ids": [2]}],
    "matches": [{"match_id": n, "text": str(n)} for n in (1, 2, 3, 4)],
}


@pytest.mark.parametrize(
    ("responses", "points"),
    [
        ({"odd": ["3", "1"], "even": ["2"]}, 100),
        ({"odd": ["1"], "even": ["2"]}, 50),
        ({"odd": ["1", "3"], "even": ["4"]}, 50),
        ({"odd": ["2"], "even": ["1"]}, 0),
    ],
)
def test_a_category_earns_its_share_when_all_of_it_is_there(responses: Responses, points: int) -> None:
    assert score(a_question("categorization_question", **CATEGORIES), responses, adds_up=True).score == points


@pytest.mark.parametrize(("x", "y", "points"), [(0.2, 0.3, 100), (0.05, 0.3, 0), (0.9, 0.9, 100)])
def test_a_hot_spot_is_right_inside_of_an_area(x: float, y: float, points: int) -> None:
    areas = [
        {"id": 1, "shape": "rectangle", "coordinates": "0.1,0.2,0.4,0.5"},
        {"id": 2, "shape": "rectangle", "coordinates": "0.8,0.8,1,1"},
    ]
    assert process_point(item_of(a_question("hot_spot_question", areas)), x, y) == points
