"""What each question type looks like: presentation and scoring, element by element."""

from __future__ import annotations

from typing import Any

import pytest

from shared.formats.qti.profiles import QtiProfile
from tests.support.qti_builders import a_question, canonical, item_of, part, qti, read_back

OUTCOMES = '<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>'
PROMPT = '<material><mattext texttype="text/html">&lt;div&gt;&lt;p&gt;?&lt;/p&gt;&lt;/div&gt;</mattext></material>'
TRUE_FALSE = [{"id": 8080, "text": "True", "weight": 100}, {"id": 2279, "text": "False", "weight": 0}]
COLOURS = [
    {"id": 101, "text": "red", "weight": 100, "blank_id": "color"},
    {"id": 102, "text": "scarlet", "weight": 100, "blank_id": "color"},
    {"id": 103, "text": "up", "weight": 100, "blank_id": "way"},
]


def presentation(inner: str) -> str:
    return qti(f"<presentation>{PROMPT}{inner}</presentation>")


def scoring(inner: str) -> str:
    return qti(f"<resprocessing>{OUTCOMES}{inner}</resprocessing>")


def choices(*labels: tuple[str, str]) -> str:
    return "".join(
        f'<response_label ident="{ident}"><material><mattext texttype="text/plain">{text}</mattext></material>'
        "</response_label>"
        for ident, text in labels
    )


@pytest.mark.parametrize("question_type", ["multiple_choice_question", "true_false_question"])
def test_one_choice_is_a_single_response_whose_first_right_answer_scores_all(question_type: str) -> None:
    item = item_of(a_question(question_type, [*TRUE_FALSE, {"id": 3, "text": "Maybe", "weight": 100}]))
    assert part(item, "presentation") == presentation(
        '<response_lid ident="response1" rcardinality="Single"><render_choice>'
        + choices(("8080", "True"), ("2279", "False"), ("3", "Maybe"))
        + "</render_choice></response_lid>"
    )
    assert part(item, "resprocessing") == scoring(
        '<respcondition continue="No"><conditionvar><varequal respident="response1">8080</varequal></conditionvar>'
        '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
    )


def test_a_choice_without_a_right_answer_compares_with_nothing() -> None:
    item = item_of(a_question("multiple_choice_question", [{"id": 1, "text": "a", "weight": 0}]))
    assert item.find(".//{*}varequal").text is None


def test_multiple_answers_want_every_right_one_and_no_other() -> None:
    answers = [{"id": 11, "text": "a", "weight": 100}, {"id": 12, "text": "b", "weight": 0}]
    item = item_of(a_question("multiple_answers_question", answers))
    assert item.find(".//{*}response_lid").get("rcardinality") == "Multiple"
    assert part(item, "resprocessing") == scoring(
        '<respcondition continue="No"><conditionvar><and><varequal respident="response1">11</varequal>'
        '<not><varequal respident="response1">12</varequal></not></and></conditionvar>'
        '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
    )


def test_a_short_answer_accepts_each_text_side_by_side() -> None:
    answers = [{"id": 1, "text": "colour", "weight": 100}, {"id": 2, "text": "color", "weight": 100}]
    item = item_of(a_question("short_answer_question", answers))
    assert part(item, "presentation") == presentation(
        '<response_str ident="response1" rcardinality="Single"><render_fib>'
        '<response_label ident="answer1" rshuffle="No"/></render_fib></response_str>'
    )
    assert part(item, "resprocessing") == scoring(
        '<respcondition continue="No"><conditionvar><varequal respident="response1">colour</varequal>'
        '<varequal respident="response1">color</varequal></conditionvar>'
        '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
    )


def test_an_essay_holds_always_and_sets_no_score() -> None:
    item = item_of(a_question("essay_question"))
    assert part(item, "resprocessing") == scoring(
        '<respcondition continue="No"><conditionvar><other/></conditionvar></respcondition>'
    )
    assert item.find(".//{*}response_str") is not None


def test_a_file_upload_has_outcomes_but_no_response() -> None:
    item = item_of(a_question("file_upload_question"))
    assert part(item, "presentation") == presentation("")
    assert part(item, "resprocessing") == scoring("")


def test_a_text_has_no_processing_and_no_feedback_at_all() -> None:
    item = item_of(a_question("text_only_question", neutral_comments="unheard"))
    assert [child.tag.split("}")[1] for child in item] == ["itemmetadata", "presentation"]


@pytest.mark.parametrize("question_type", ["fill_in_multiple_blanks_question", "multiple_dropdowns_question"])
def test_each_blank_is_a_response_and_its_first_right_answer_earns_a_share(question_type: str) -> None:
    item = item_of(a_question(question_type, COLOURS))
    assert part(item, "presentation") == presentation(
        '<response_lid ident="response_color"><material><mattext>color</mattext></material><render_choice>'
        + choices(("101", "red"), ("102", "scarlet"))
        + '</render_choice></response_lid><response_lid ident="response_way"><material><mattext>way</mattext>'
        "</material><render_choice>" + choices(("103", "up")) + "</render_choice></response_lid>"
    )
    assert part(item, "resprocessing") == scoring(
        '<respcondition><conditionvar><varequal respident="response_color">101</varequal></conditionvar>'
        '<setvar varname="SCORE" action="Add">50.00</setvar></respcondition>'
        '<respcondition><conditionvar><varequal respident="response_way">103</varequal></conditionvar>'
        '<setvar varname="SCORE" action="Add">50.00</setvar></respcondition>'
    )


def test_a_blank_without_a_right_answer_earns_nothing_yet_counts() -> None:
    answers = [*COLOURS, {"id": 104, "text": "?", "weight": 0, "blank_id": "third"}]
    item = item_of(a_question("multiple_dropdowns_question", answers))
    assert [setvar.text for setvar in item.iterfind(".//{*}setvar")] == ["33.33", "33.33"]
    assert len(item.findall(".//{*}response_lid")) == 3


MATCHING: dict[str, Any] = {
    "answers": [
        {"id": 7001, "left": "Sweden", "text": "Sweden", "right": "Stockholm", "match_id": 301, "comments": "North"},
        {"id": 7002, "left": "Norway", "text": "Norway", "right": "Oslo", "match_id": 302},
    ],
    "matches": [
        {"match_id": 301, "text": "Stockholm"},
        {"match_id": 302, "text": "Oslo"},
        {"match_id": 3, "text": "X"},
    ],
}


def test_matching_lists_every_right_side_under_each_left_one() -> None:
    item = item_of(a_question("matching_question", **MATCHING))
    rights = "".join(
        f'<response_label ident="{ident}"><material><mattext>{text}</mattext></material></response_label>'
        for ident, text in ((301, "Stockholm"), (302, "Oslo"), (3, "X"))
    )
    assert part(item, "presentation") == presentation(
        "".join(
            f'<response_lid ident="response_{ident}"><material><mattext texttype="text/plain">{left}</mattext></material>'
            f"<render_choice>{rights}</render_choice></response_lid>"
            for ident, left in ((7001, "Sweden"), (7002, "Norway"))
        )
    )
    assert part(item, "resprocessing") == scoring(
        '<respcondition><conditionvar><varequal respident="response_7001">301</varequal></conditionvar>'
        '<setvar varname="SCORE" action="Add">50.00</setvar></respcondition>'
        '<respcondition><conditionvar><not><varequal respident="response_7001">301</varequal></not></conditionvar>'
        '<displayfeedback feedbacktype="Response" linkrefid="7001_fb"/></respcondition>'
        '<respcondition><conditionvar><varequal respident="response_7002">302</varequal></conditionvar>'
        '<setvar varname="SCORE" action="Add">50.00</setvar></respcondition>'
    )


def test_matching_finds_its_right_sides_where_only_the_answers_state_them() -> None:
    answers = [{"id": n, "left": str(n), "right": right} for n, right in ((1, "even"), (2, "odd"), (3, "odd"))]
    question = a_question("matching_question", answers, matching_answer_incorrect_matches="neither\n\nboth")
    item = item_of(question)
    first = item.find(".//{*}response_lid")
    assert [m.text for m in first.iterfind(".//{*}response_label/{*}material/{*}mattext")] == [
        "even",
        "odd",
        "neither",
        "both",
    ]
    scored = [equal.text for equal in item.iterfind(".//{*}resprocessing//{*}varequal")]
    assert scored[1] == scored[2] != scored[0]


def test_a_formula_question_carries_formula_variables_and_worked_answers() -> None:
    question = a_question(
        "calculated_question",
        [{"id": 6396, "weight": 100, "variables": [{"name": "x", "value": "4"}], "answer": 11.0}],
        formulas=[{"formula": "2*x + 3"}],
        variables=[{"name": "x", "min": 1.0, "max": 10.0, "scale": 0}],
        answer_tolerance=0.1,
        formula_decimal_places=2,
    )
    item = item_of(question)
    assert part(item, "itemproc_extension") == qti(
        "<itemproc_extension><calculated><answer_tolerance>0.1</answer_tolerance>"
        '<formulas decimal_places="2"><formula>2*x + 3</formula></formulas>'
        '<vars><var name="x" scale="0"><min>1.0</min><max>10.0</max></var></vars>'
        '<var_sets><var_set ident="6396"><var name="x">4</var><answer>11.0</answer></var_set></var_sets>'
        "</calculated></itemproc_extension>"
    )
    assert part(item, "resprocessing") == scoring(
        '<respcondition title="correct"><conditionvar><other/></conditionvar>'
        '<setvar varname="SCORE" action="Set">100</setvar></respcondition>'
        '<respcondition title="incorrect"><conditionvar><not><other/></not></conditionvar>'
        '<setvar varname="SCORE" action="Set">0</setvar></respcondition>'
    )
    back, warnings = read_back(item)
    assert (back.formulas, back.variables, back.answers) == (question.formulas, question.variables, back.answers)
    assert (back.answers[0].variables[0].value, back.answers[0].answer, warnings) == (4, 11.0, [])


def test_a_formula_without_decimal_places_leaves_the_attribute_empty() -> None:
    item = item_of(a_question("calculated_question", formulas=["x"], answer_tolerance="5%"))
    assert item.find(".//{*}formulas").get("decimal_places") == ""
    assert item.find(".//{*}answer_tolerance").text == "5%"


def test_a_missing_word_becomes_a_dropdown_between_two_texts() -> None:
    question = a_question(
        "missing_word_question",
        [{"id": 1, "text": "cold", "weight": 100}, {"id": 2, "text": "hot", "weight": 0}],
        question_text="<p>Winter is</p>",
        text_after_answers="<p>and dark</p>",
    )
    item = item_of(question)
    assert item.findtext(".//{*}mattext") == "<div>Winter is [drop1] and dark</div>"
    assert item.find(".//{*}response_lid").get("ident") == "response_drop1"
    assert item.findtext(".//{*}fieldentry") == "multiple_dropdowns_question"


def test_an_answer_is_html_where_it_has_html() -> None:
    answers = [{"id": 1, "text": "a", "html": "<b>a</b>", "weight": 100}, {"id": 2, "weight": 0}]
    item = item_of(a_question("multiple_choice_question", answers))
    first, second = item.findall(".//{*}response_label/{*}material/{*}mattext")
    assert (first.get("texttype"), first.text) == ("text/html", "<b>a</b>")
    assert (second.get("texttype"), second.text) == ("text/plain", None)


def test_a_type_that_nobody_knows_keeps_its_name_and_is_written_by_what_it_has() -> None:
    item = item_of(a_question("likert_question", TRUE_FALSE))
    assert item.findtext(".//{*}fieldentry") == "likert_question"
    assert [label.get("ident") for label in item.iterfind(".//{*}response_label")] == ["8080", "2279"]
    back, warnings = read_back(item)
    assert back.question_type == "likert_question"
    assert [answer.weight for answer in back.answers] == [100, 0]
    assert [code for code, _ in warnings] == ["qti_type_unknown"]


def test_the_common_cartridge_flavour_differs_in_ident_and_metadata_alone() -> None:
    question = a_question("true_false_question", TRUE_FALSE, neutral_comments="so")
    full, cc = item_of(question), item_of(question, QtiProfile.CC)
    assert full.get("ident") == "g215538cda3b3bca04709153bfa5878e4"
    assert cc.get("ident") == "g9647bfef516d82dd6b4cb6d06b0fc160"
    for name in ("presentation", "resprocessing", "itemfeedback"):
        assert part(full, name) == part(cc, name)
    assert canonical(cc[0]) == qti(
        "<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>"
        "<fieldentry>cc.true_false.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>"
    )
