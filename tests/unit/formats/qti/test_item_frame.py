"""What all items share: metadata, the order of conditions, feedback."""

from __future__ import annotations

import pytest
from lxml import etree

from shared.domain.content.quizzes import BankQuestion
from shared.formats.qti.profiles import QtiProfile
from tests.support.qti_builders import a_question, item_of, read_back

COMMENTS = {"neutral_comments": "N", "correct_comments_html": "<p>C</p>", "incorrect_comments": "I"}
ANSWERS = [
    {"id": 1, "text": "one", "weight": 100, "comments": "yes", "blank_id": "b", "match_id": 1, "exact": 1.0},
    {"id": 2, "text": "two", "weight": 0, "comments_html": "<i>no</i>", "blank_id": "b", "match_id": 2, "exact": 2.0},
]
MATCHES = {"matches": [{"match_id": 1, "text": "I"}, {"match_id": 2, "text": "II"}]}


def fields(item: etree._Element) -> dict[str, str | None]:
    return {
        field.findtext("{*}fieldlabel") or "": field.find("{*}fieldentry").text
        for field in item.iterfind("{*}itemmetadata/{*}qtimetadata/{*}qtimetadatafield")
    }


def shown(item: etree._Element) -> list[list[str]]:
    """The feedback of each condition, in order."""
    return [
        [feedback.get("linkrefid") for feedback in condition.iterfind("{*}displayfeedback")]
        for condition in item.iterfind("{*}resprocessing/{*}respcondition")
    ]


def test_a_quiz_item_says_type_points_answers_and_bank_question_in_this_order() -> None:
    item = item_of(a_question("multiple_choice_question", ANSWERS, points_possible=2.0))
    assert list(fields(item).items()) == [
        ("question_type", "multiple_choice_question"),
        ("points_possible", "2.0"),
        ("original_answer_ids", "1,2"),
        ("assessment_question_identifierref", "g9647bfef516d82dd6b4cb6d06b0fc160"),
    ]


def test_points_are_written_as_they_are_stored() -> None:
    assert fields(item_of(a_question("essay_question", points_possible=1)))["points_possible"] == "1"


def test_a_question_without_answers_has_an_empty_list_of_them() -> None:
    assert fields(item_of(a_question("essay_question")))["original_answer_ids"] is None


def test_a_text_says_that_it_is_a_passage() -> None:
    item = item_of(a_question("text_only_question", assessment_question_id=None))
    assert list(fields(item)) == [
        "question_type",
        "points_possible",
        "original_answer_ids",
        "passage",
        "assessment_question_identifierref",
    ]
    assert fields(item)["assessment_question_identifierref"] == "gf47b767d37e06559ff801f2d253307ba"


def test_questions_whose_bank_question_is_unknown_do_not_share_one() -> None:
    items = [
        item_of(a_question("essay_question", id=number, assessment_question_id=None), profile)
        for profile in (QtiProfile.FULL, QtiProfile.CC)
        for number in (7, 8)
    ]
    references = [fields(item)["assessment_question_identifierref"] for item in items[:2]]
    assert len(set(references)) == 2
    assert [item.get("ident") for item in items[2:]] == references


def test_a_bank_item_bears_the_key_of_the_bank_question_and_refers_to_none() -> None:
    question = BankQuestion.from_json({"id": 9, "question_bank_id": 2, "question_type": "essay_question"})
    item = item_of(question, QtiProfile.BANK)
    assert item.get("ident") == "g9647bfef516d82dd6b4cb6d06b0fc160"
    assert "assessment_question_identifierref" not in fields(item)


def test_an_essay_in_a_common_cartridge_is_not_scored_by_computer() -> None:
    item = item_of(a_question("essay_question"), QtiProfile.CC)
    assert fields(item) == {"cc_profile": "cc.essay.v0p1", "qmd_computerscored": "No"}


def test_a_question_without_a_name_is_called_question() -> None:
    assert item_of(a_question("essay_question")).get("title") == "Question"


def test_general_then_answers_then_scoring_then_incorrect() -> None:
    item = item_of(a_question("multiple_choice_question", ANSWERS, **COMMENTS))
    assert shown(item) == [["general_fb"], ["1_fb"], ["2_fb"], ["correct_fb"], ["general_incorrect_fb"]]
    continued = [c.get("continue") for c in item.iterfind("{*}resprocessing/{*}respcondition")]
    assert continued == ["Yes", "Yes", "Yes", "No", "Yes"]


def test_a_short_answer_recognises_commented_answers_by_their_text() -> None:
    item = item_of(a_question("short_answer_question", ANSWERS, **COMMENTS))
    values = [equal.text for equal in item.iterfind(".//{*}respcondition[@continue='Yes']//{*}varequal")]
    assert values == ["one", "two"]


def test_a_numerical_answer_shows_its_comment_where_it_scores() -> None:
    item = item_of(a_question("numerical_question", ANSWERS, **COMMENTS))
    assert shown(item) == [["general_fb"], ["1_fb", "correct_fb"], ["2_fb", "correct_fb"], ["general_incorrect_fb"]]


@pytest.mark.parametrize(
    ("question_type", "conditions"),
    [
        ("matching_question", [["general_fb"], [], ["1_fb"], [], ["2_fb"]]),
        ("multiple_dropdowns_question", [["general_fb"], ["1_fb"], ["2_fb"], []]),
        ("fill_in_multiple_blanks_question", [["general_fb"], ["1_fb"], ["2_fb"], []]),
        ("file_upload_question", [["general_fb"], ["1_fb"], ["2_fb"], ["general_incorrect_fb"]]),
        ("essay_question", [["general_fb"], ["1_fb"], ["2_fb"], [], ["general_incorrect_fb"]]),
    ],
)
def test_some_types_never_show_the_comment_on_right_or_wrong(question_type: str, conditions: list[list[str]]) -> None:
    assert shown(item_of(a_question(question_type, ANSWERS, **COMMENTS, **MATCHES))) == conditions


@pytest.mark.parametrize("question_type", ["matching_question", "multiple_choice_question", "numerical_question"])
def test_every_comment_has_its_feedback_whether_it_is_shown_or_not(question_type: str) -> None:
    item = item_of(a_question(question_type, ANSWERS, **COMMENTS, **MATCHES))
    warnings = {
        feedback.get("ident"): (
            feedback.find("{*}flow_mat/{*}material/{*}mattext").get("texttype"),
            feedback.findtext("{*}flow_mat/{*}material/{*}mattext"),
        )
        for feedback in item.iterfind("{*}itemfeedback")
    }
    assert list(warnings.items()) == [
        ("general_fb", ("text/plain", "N")),
        ("correct_fb", ("text/html", "<p>C</p>")),
        ("general_incorrect_fb", ("text/plain", "I")),
        ("1_fb", ("text/plain", "yes")),
        ("2_fb", ("text/html", "<i>no</i>")),
    ]
    back, warnings = read_back(item)
    assert (back.neutral_comments, back.correct_comments_html, back.incorrect_comments) == ("N", "<p>C</p>", "I")
    assert [answer.comments or answer.comments_html for answer in back.answers] == ["yes", "<i>no</i>"]
    assert warnings == []


def test_the_extension_of_a_formula_stands_before_the_feedback() -> None:
    item = item_of(a_question("calculated_question", formulas=["x"], **COMMENTS))
    assert [child.tag.split("}")[1] for child in item][2:5] == ["resprocessing", "itemproc_extension", "itemfeedback"]


@pytest.mark.parametrize(
    "text", ["<div>a</div><div>b</div>", "plain", "<div class='x'>a</div>", "<div>a<div>b</div></div>", "", "<p>a</p> "]
)
def test_the_text_of_a_question_comes_back_without_the_div_around_it(text: str) -> None:
    item = item_of(a_question("essay_question", question_text=text))
    assert item.findtext(".//{*}mattext") == f"<div>{text}</div>"
    back, _ = read_back(item)
    assert (back.question_text or "") == text


def test_a_text_that_no_div_encloses_is_exported_without_one_again() -> None:
    item = item_of(a_question("essay_question"))
    item.find(".//{*}mattext").text = "<div>a</div> b"
    back, _ = read_back(item)
    assert item_of(back).findtext(".//{*}mattext") == "<div>a</div> b"
