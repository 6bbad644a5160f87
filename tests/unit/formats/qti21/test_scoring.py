"""What exported items of QTI 2.1 make of responses, by a processor that knows only the specification."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from shared.formats.qti.completed_question import completed
from shared.formats.qti.portable_items import Heading
from shared.formats.qti.reduced_question import reduced
from shared.formats.qti21.item import UNSUPPORTED_TYPES, item
from tests.support.qti21_response import Outcome, Responses, process
from tests.support.qti_builders import CHOICES, COMMENTS, PAIRS, a_question


def item_of(question: QuizQuestion) -> etree._Element:
    """The item as a reader of the package gets it."""
    fitting = reduced(completed(question), UNSUPPORTED_TYPES).question
    assert fitting is not None
    return etree.fromstring(etree.tostring(item(fitting, Heading("i1", "One"))[0]))


def score(question: QuizQuestion, responses: Responses) -> Outcome:
    return process(item_of(question), responses)


@pytest.mark.parametrize("question_type", ["multiple_choice_question", "true_false_question"])
@pytest.mark.parametrize("comments", [{}, COMMENTS], ids=["template", "rules"])
@pytest.mark.parametrize(
    ("chosen", "points", "feedback"),
    [
        (["A2"], 4, ["general_fb", "correct_fb", "A2_fb"]),
        (["A1"], 0, ["general_fb", "general_incorrect_fb", "A1_fb"]),
        ([], 0, ["general_fb"]),
    ],
)
def test_one_choice_earns_all_or_nothing_and_is_commented(
    question_type: str, comments: dict[str, str], chosen: list[str], points: int, feedback: list[str]
) -> None:
    answers = CHOICES if comments else [{**answer, "comments": None} for answer in CHOICES]
    question = a_question(question_type, answers, points_possible=4.0, **comments)
    outcome = score(question, {"RESPONSE": chosen})
    assert outcome.score == points
    wrong_has_feedback = [*feedback, "general_incorrect_fb"] if not chosen else feedback
    assert sorted(outcome.feedback) == (sorted(wrong_has_feedback) if comments else [])


def test_the_standard_s_template_is_used_where_it_says_all() -> None:
    plain = [{**answer, "comments": None} for answer in CHOICES]
    templates = {
        name: str(item_of(a_question(name, plain)).xpath("string(*[local-name()='responseProcessing']/@template)"))
        for name in ("multiple_choice_question", "multiple_answers_question", "short_answer_question")
    }
    pairs = {**PAIRS, "answers": [{**answer, "comments": None} for answer in PAIRS["answers"]]}
    matching = item_of(a_question("matching_question", points_possible=5, **pairs))
    templates["matching_question"] = str(matching.xpath("string(*[local-name()='responseProcessing']/@template)"))
    assert [entry.get("mappedValue") for entry in matching.iter("{*}mapEntry")] == ["2.5", "2.5"]
    assert {name: template.rpartition("/")[2] for name, template in templates.items()} == {
        "multiple_choice_question": "map_response",
        "multiple_answers_question": "match_correct",
        "short_answer_question": "map_response",
        "matching_question": "map_response",
    }


@given(right=st.lists(st.booleans(), min_size=1, max_size=6), worth=st.sampled_from([1, 2.5]), data=st.data())
def test_several_choices_score_all_for_exactly_the_right_ones(
    right: list[bool], worth: float, data: st.DataObject
) -> None:
    answers = [{"id": n, "text": str(n), "weight": 100 if good else 0} for n, good in enumerate(right, 1)]
    chosen = data.draw(st.sets(st.integers(1, len(right))))
    expected = {n for n, good in enumerate(right, 1) if good}
    question = a_question("multiple_answers_question", answers, points_possible=worth)
    outcome = score(question, {"RESPONSE": [f"A{n}" for n in chosen]})
    assert outcome.score == (worth if chosen == expected else 0)


@pytest.mark.parametrize(("given_points", "chosen"), [(4, "A1"), (1, "A2"), (0, "A3")])
def test_choices_may_earn_different_points(given_points: float, chosen: str) -> None:
    answers = [{"id": n, "text": str(n), "points": points, "weight": 0} for n, points in ((1, 4), (2, 1), (3, 0))]
    question = a_question("multiple_choice_question", answers, points_possible=4)
    assert score(question, {"RESPONSE": [chosen]}).score == given_points


@pytest.mark.parametrize("comments", [{}, {"comments": "so"}], ids=["template", "rules"])
@pytest.mark.parametrize(("text", "points"), [("color", 3), ("Colour", 3), ("hue", 0), ("", 0)])
def test_a_short_answer_is_right_in_any_case_of_letters(text: str, points: int, comments: dict[str, str]) -> None:
    answers = [{"id": 1, "text": "colour", "weight": 100, **comments}, {"id": 2, "text": "color", "weight": 100}]
    outcome = score(a_question("short_answer_question", answers, points_possible=3), {"RESPONSE": [text]})
    assert (outcome.score, outcome.feedback) == (points, ["A1_fb"] if comments and text == "Colour" else [])


def test_texts_that_differ_in_case_alone_are_mapped_once() -> None:
    texts = ("new", "New", "neu")
    short = a_question("short_answer_question", [{"id": n, "text": text} for n, text in enumerate(texts)])
    blanks = a_question(
        "fill_in_multiple_blanks_question", [{"text": t, "weight": 100, "blank_id": "a"} for t in texts]
    )
    for question in (short, blanks):
        assert [entry.get("mapKey") for entry in item_of(question).iter("{*}mapEntry")] == ["new", "neu"]


def test_a_question_without_points_states_no_maximum_of_its_score() -> None:
    score_of = {
        points: item_of(a_question("essay_question", points_possible=points)).find("{*}outcomeDeclaration")
        for points in (0, None, 2.5)
    }
    assert {points: score.get("normalMaximum") for points, score in score_of.items()} == {
        0: None,
        None: None,
        2.5: "2.5",
    }


def test_a_comment_on_wrong_responses_alone_stands_beside_a_rule_for_right_ones() -> None:
    item = item_of(a_question("multiple_choice_question", CHOICES, incorrect_comments="wrong"))
    assert all(len(branch) > 1 for branch in item.iter("{*}responseIf"))
    assert [process(item, {"RESPONSE": [chosen]}).feedback for chosen in ("A2", "A1")] == [
        ["A2_fb"],
        ["general_incorrect_fb", "A1_fb"],
    ]


BLANKS = [
    {"id": 11, "text": "red", "weight": 100, "blank_id": "r"},
    {"id": 12, "text": "crimson", "weight": 100, "blank_id": "r", "comments": "fine"},
    {"id": 13, "text": "sea", "weight": 100, "blank_id": "v 1"},
    {"id": 14, "text": "sky", "weight": 100, "blank_id": "s"},
]
TEXT = {"question_text": "<p>A [r] [v 1] under a [s]</p>"}


def test_a_blank_that_the_text_does_not_name_stands_behind_the_text_under_its_name() -> None:
    question = a_question("fill_in_multiple_blanks_question", BLANKS, question_text="<p>A [r] under a [s]</p>")
    body = item_of(question).find("{*}itemBody")
    last = body[-1]
    assert (last.text, [etree.QName(entry).localname for entry in last]) == ("v 1: ", ["textEntryInteraction"])
    assert len(list(body.iter("{*}textEntryInteraction"))) == 3


@pytest.mark.parametrize(
    ("values", "points", "feedback"),
    [
        (("RED", "sea", "sky"), 3, ["general_fb", "correct_fb"]),
        (("Crimson", "sea", "x"), 2, ["general_fb", "general_incorrect_fb", "A12_fb"]),
        (("x", "", "sky"), 1, ["general_fb", "general_incorrect_fb"]),
        (("", "", ""), 0, ["general_fb", "general_incorrect_fb"]),
    ],
)
def test_blanks_earn_a_share_each(values: tuple[str, str, str], points: int, feedback: list[str]) -> None:
    question = a_question("fill_in_multiple_blanks_question", BLANKS, points_possible=3, **TEXT, **COMMENTS)
    responses = dict(zip(("BLANK_r", "BLANK_2.", "BLANK_s"), ([v] for v in values), strict=True))
    outcome = score(question, responses)
    assert (outcome.score, outcome.feedback) == (points, feedback)


@given(parts=st.integers(1, 60), worth=st.sampled_from([0.1, 1, 7, 33.3]), wrong=st.booleans())
def test_all_parts_earn_exactly_all_points(parts: int, worth: float, wrong: bool) -> None:
    answers = [{"id": n, "text": str(n), "weight": 100, "blank_id": f"b{n}"} for n in range(parts)]
    question = a_question("multiple_dropdowns_question", answers, points_possible=worth, correct_comments="right")
    responses = {f"BLANK_b{n}": [f"A{n}"] for n in range(parts)}
    if wrong:
        responses["BLANK_b0"] = ["A999"]
    outcome = score(question, responses)
    share = Fraction(parts - 1, parts) if wrong else 1
    assert outcome.score == pytest.approx(float(share * Fraction(worth)))
    assert outcome.feedback == ([] if wrong else ["correct_fb"])


@pytest.mark.parametrize(
    ("pairs", "points", "feedback"),
    [
        (["S_A21 T_A31", "S_A22 T_A32"], 5, []),
        (["S_A21 T_A33", "S_A22 T_A32"], 2.5, ["A21_fb"]),
        (["S_A21 T_A32", "S_A22 T_A31"], 0, ["A21_fb"]),
    ],
)
def test_pairs_earn_a_share_each_and_a_wrong_one_is_commented(
    pairs: list[str], points: float, feedback: list[str]
) -> None:
    outcome = score(a_question("matching_question", points_possible=5, **PAIRS), {"RESPONSE": pairs})
    assert (outcome.score, outcome.feedback) == (points, feedback)


@given(parts=st.integers(1, 60), worth=st.sampled_from([0.1, 1, 7, 33.3]))
def test_all_pairs_earn_all_points(parts: int, worth: float) -> None:
    answers = [{"id": n, "left": str(n), "match_id": 100 + n} for n in range(parts)]
    matches = [{"match_id": 100 + n, "text": str(n)} for n in range(parts)]
    question = a_question("matching_question", answers, matches=matches, points_possible=worth)
    item = item_of(question)
    whole = process(item, {"RESPONSE": [f"S_A{n} T_A{100 + n}" for n in range(parts)]}).score
    assert whole == pytest.approx(worth, rel=1e-12)
    assert process(item, {"RESPONSE": ["S_A0 T_A100"]}).score == pytest.approx(worth / parts)


@pytest.mark.parametrize("points", [0, 5])
def test_a_left_side_without_a_right_side_counts_and_cannot_be_right(points: float) -> None:
    answers = [*PAIRS["answers"][:1], {"id": 22, "left": "Norway", "match_id": None}]
    question = a_question(
        "matching_question", answers, matches=PAIRS["matches"], points_possible=points, correct_comments="right"
    )
    outcome = score(question, {"RESPONSE": ["S_A21 T_A31"]})
    assert (outcome.score, outcome.feedback) == (points / 2, [])


NUMBERS = [
    {"id": 41, "exact": 4.0, "margin": 0.5, "weight": 100},
    {"id": 42, "numerical_answer_type": "range_answer", "start": 10.0, "end": 20.0, "weight": 100, "comments": "so so"},
    {"id": 43, "numerical_answer_type": "precision_answer", "approximate": 133.4, "precision": 4, "weight": 100},
    {"id": 44, "exact": -7.0, "weight": 100},
]


@pytest.mark.parametrize(
    ("given_number", "points", "feedback"),
    [
        ("4", 2, ["correct_fb"]),
        ("3.5", 2, ["correct_fb"]),
        ("4.51", 0, []),
        ("10", 2, ["correct_fb", "A42_fb"]),
        ("20.0", 2, ["correct_fb", "A42_fb"]),
        ("133.449", 2, ["correct_fb"]),
        ("133.34", 0, []),
        ("133.351", 2, ["correct_fb"]),
        ("-7.0", 2, ["correct_fb"]),
        ("-7.1", 0, []),
        ("four", 0, []),
    ],
)
def test_numbers_are_right_within_their_bounds(given_number: str, points: int, feedback: list[str]) -> None:
    question = a_question("numerical_question", NUMBERS, correct_comments="right", points_possible=2)
    outcome = score(question, {"RESPONSE": [given_number]})
    assert (outcome.score, outcome.feedback) == (points, feedback)


def test_a_formula_is_scored_by_its_worked_example() -> None:
    worked = [{"id": 6, "variables": [{"name": "x", "value": "4"}], "answer": 11.0, "weight": 100}]
    question = a_question("calculated_question", worked, answer_tolerance=0.1, formulas=["2*x+3"])
    assert [score(question, {"RESPONSE": [n]}).score for n in ("11.1", "11.11")] == [1, 0]


ORDER = [{"id": n, "text": str(n), "order": place} for n, place in ((1, 2), (2, 1), (3, 3))]


@pytest.mark.parametrize(("order", "points"), [("213", 1), ("123", 0), ("21", 0)])
def test_an_order_is_right_as_a_whole(order: str, points: int) -> None:
    question = a_question("ordering_question", ORDER)
    assert score(question, {"RESPONSE": [f"A{n}" for n in order]}).score == points


CATEGORIES: dict[str, Any] = {
    "answers": [{"id": 51, "text": "odd", "match_ids": [1, 3]}, {"id": 52, "text": "even", "match_ids": [2]}],
    "matches": [{"match_id": n, "text": str(n)} for n in (1, 2, 3, 4)],
}


@pytest.mark.parametrize(
    ("put", "points"),
    [
        ({1: 51, 3: 51, 2: 52}, 4),
        ({1: 51, 3: 51, 2: 51}, 0),
        ({1: 51, 3: 51, 4: 52}, 2),
        ({1: 51, 2: 52}, 2),
        ({}, 0),
    ],
)
def test_a_category_earns_its_share_when_all_of_it_is_there_and_nothing_else(put: dict[int, int], points: int) -> None:
    question = a_question("categorization_question", points_possible=4, **CATEGORIES)
    pairs = [f"S_A{thing} T_A{category}" for thing, category in put.items()]
    assert score(question, {"RESPONSE": pairs}).score == points


@pytest.mark.parametrize("question_type", ["essay_question", "file_upload_question", "text_only_question"])
def test_what_a_person_scores_or_nobody_has_no_score(question_type: str) -> None:
    assert score(a_question(question_type), {"RESPONSE": ["anything"]}).score == 0
