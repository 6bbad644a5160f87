"""Packages of quizzes for readers other than Canvas: QTI 1.2 by the letter, and what is lost by it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.quizzes import BankQuestion, NewQuizSettings, QuestionBank, Quiz, QuizGroup, QuizQuestion
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.packing import Packing
from shared.formats.qti.generic_types import shares
from shared.formats.quizzes import package as quiz_package
from tests.support.qti_builders import a_packing, a_question, read_back
from tests.support.qti_response import Responses, process
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY
from tests.unit.formats.quizzes.test_package import FileLinks, a_course

KEY = "gdb72906bc6c7dd9d7872d468a5cc279b"


def generic(packing: Packing) -> Packing:
    return replace(packing, request=replace(packing.request, target=Target.GENERIC))


def members(packing: Packing) -> dict[str, Any]:
    return {entry.path: entry.body for entry in quiz_package.entries(generic(packing))}


def a_quiz_with(*questions: QuizQuestion, **more: list[Any]) -> Packing:
    objects: dict[Kind, list[Any]] = {Kind.QUIZZES: [Quiz(id=5, title="Optics")], Kind.QUIZ_QUESTIONS: [*questions]}
    return a_packing(objects | {Kind(name): found for name, found in more.items()})


def document(packing: Packing) -> etree._Element:
    return etree.fromstring(members(packing)[f"{KEY}/{KEY}.xml"])


def item_of(question: QuizQuestion) -> etree._Element:
    found = document(a_quiz_with(question)).find(".//{*}item")
    assert found is not None
    return found


CHOICES = [
    {"id": 1, "text": "a", "weight": 0, "comments": "cold"},
    {"id": 2, "text": "b", "weight": 100, "comments": "warm"},
]
BLANKS = [
    {"id": 11, "text": "red", "weight": 100, "blank_id": "r"},
    {"id": 12, "text": "crimson", "weight": 100, "blank_id": "r"},
    {"id": 13, "text": "sea", "weight": 100, "blank_id": "v"},
    {"id": 14, "text": "sky", "weight": 100, "blank_id": "s"},
]
LISTS = [
    {"id": 21, "text": "red", "weight": 100, "blank_id": "r"},
    {"id": 22, "text": "blue", "weight": 0, "blank_id": "r"},
    {"id": 23, "text": "sea", "weight": 100, "blank_id": "v"},
]
PAIRS: dict[str, Any] = {
    "answers": [
        {"id": 31, "left": "Sweden", "match_id": 41, "comments": "look north"},
        {"id": 32, "left": "Norway", "match_id": 42},
        {"id": 33, "left": "Finland", "match_id": 43},
    ],
    "matches": [{"match_id": n, "text": str(n)} for n in (41, 42, 43, 44)],
}
COMMENTS = {"correct_comments": "right", "incorrect_comments": "wrong", "neutral_comments": "seen"}


@pytest.mark.parametrize(
    ("question", "responses", "points", "feedback"),
    [
        (a_question("multiple_choice_question", CHOICES), {"response1": ["2"]}, "100", ["2_fb"]),
        (a_question("multiple_choice_question", CHOICES), {"response1": ["1"]}, "0", ["1_fb"]),
        (a_question("short_answer_question", BLANKS), {"response1": ["Crimson"]}, "100", []),
        (a_question("short_answer_question", BLANKS), {"response1": ["green"]}, "0", []),
        (
            a_question("fill_in_multiple_blanks_question", BLANKS, **COMMENTS),
            {"response_r": ["CRIMSON"], "response_v": ["sea"], "response_s": ["sky"]},
            "100.00",
            ["general_fb", "correct_fb"],
        ),
        (
            a_question("fill_in_multiple_blanks_question", BLANKS, **COMMENTS),
            {"response_r": ["red"], "response_v": ["lake"], "response_s": ["sky"]},
            "66.67",
            ["general_fb", "general_incorrect_fb"],
        ),
        (
            a_question("multiple_dropdowns_question", LISTS),
            {"response_r": ["22"], "response_v": ["23"]},
            "50.00",
            [],
        ),
        (
            a_question("matching_question", **PAIRS, **COMMENTS),
            {"response_31": ["41"], "response_32": ["42"], "response_33": ["43"]},
            "100.00",
            ["general_fb", "correct_fb"],
        ),
        (
            a_question("matching_question", **PAIRS, **COMMENTS),
            {"response_31": ["44"], "response_32": ["42"], "response_33": ["41"]},
            "33.33",
            ["general_fb", "general_incorrect_fb", "31_fb"],
        ),
        (
            a_question("numerical_question", [{"id": 1, "exact": 4.0, "margin": 10.0, "margin_type": "percent"}]),
            {"response1": ["4.4"]},
            "100",
            [],
        ),
        (
            a_question("numerical_question", [{"id": 1, "exact": 0.0, "margin": 10.0, "margin_type": "percent"}]),
            {"response1": ["0"]},
            "100",
            [],
        ),
        (
            a_question("numerical_question", [{"id": 1, "exact": 0.0, "margin": 10.0, "margin_type": "percent"}]),
            {"response1": ["0.05"]},
            "0",
            [],
        ),
    ],
)
def test_an_item_scores_right_wrong_and_in_part_by_the_letter(
    question: QuizQuestion, responses: Responses, points: str, feedback: list[str]
) -> None:
    outcome = process(item_of(question), responses)
    assert (str(outcome.score), outcome.feedback) == (points, feedback)


@given(st.integers(1, 60))
def test_shares_make_up_the_whole(parts: int) -> None:
    found = [float(share) for share in shares(parts)]
    assert len(found) == parts
    assert round(sum(found), 2) == 100
    assert max(found) - min(found) < 0.31


ALL = [
    a_question("multiple_choice_question", CHOICES, **COMMENTS),
    a_question("true_false_question", CHOICES),
    a_question("multiple_answers_question", CHOICES, **COMMENTS),
    a_question("short_answer_question", CHOICES, **COMMENTS),
    a_question("essay_question", **COMMENTS),
    a_question("fill_in_multiple_blanks_question", BLANKS, **COMMENTS),
    a_question("multiple_dropdowns_question", LISTS, **COMMENTS),
    a_question("matching_question", **PAIRS, **COMMENTS),
    a_question("numerical_question", [{"id": 1, "exact": 4.0, "comments": "four"}], **COMMENTS),
    a_question("text_only_question"),
    a_question("missing_word_question", CHOICES, text_after_answers="after"),
    a_question("file_upload_question", **COMMENTS),
    a_question("ordering_question", [{"id": 1, "text": "x", "order": 1}, {"id": 2, "text": "y", "order": 2}]),
]


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.question_type)
def test_responses_declare_how_many_values_they_have_and_feedback_is_shown_by_something(question: QuizQuestion) -> None:
    item = item_of(question)
    responses = [e for e in item.iter() if etree.QName(e).localname.startswith("response_") and e.get("ident")]
    responses = [e for e in responses if etree.QName(e).localname != "response_label"]
    assert all(response.get("rcardinality") in ("Single", "Multiple", "Ordered") for response in responses)
    shown = {display.get("linkrefid") for display in item.iterfind(".//{*}displayfeedback")}
    assert {block.get("ident") for block in item.iterfind("{*}itemfeedback")} == shown
    assert {c.get("continue") for c in item.iterfind(".//{*}respcondition")} <= {"Yes", "No"}


def test_comments_that_nothing_would_show_are_left_out_with_a_warning() -> None:
    packing = a_quiz_with(a_question("essay_question", **COMMENTS))
    document(packing)
    assert [w.code for w in packing.report.warnings] == ["feedback_not_shown"]


@pytest.mark.parametrize(
    ("name", "position", "title"), [("Lens", 1, "Lens"), (None, 4, "Question 4"), ("  ", None, "Question 7")]
)
def test_every_item_has_a_title_that_can_be_seen(name: str | None, position: int | None, title: str) -> None:
    question = a_question("essay_question", question_name=name, position=position)
    assert item_of(question).get("title") == title


def entries_of(item: etree._Element) -> dict[str, str | None]:
    return {f[0].text or "": f[1].text for f in item.iterfind(".//{*}qtimetadatafield")}


def test_types_and_points_are_named_in_the_words_of_common_cartridge_too() -> None:
    found = entries_of(item_of(a_question("short_answer_question", CHOICES, points_possible=3.0)))
    assert found["cc_profile"] == "cc.fib.v0p1"
    assert (found["points_possible"], found["cc_weighting"]) == ("3.0", "3")
    assert "cc_weighting" not in entries_of(item_of(a_question("essay_question", points_possible=2.5)))


FORMULA: dict[str, Any] = {
    "question_text": "<p>What is [x] plus [y]?</p>",
    "answers": [{"id": 6, "variables": [{"name": "x", "value": "4"}, {"name": "y", "value": 2}], "answer": 6.0}],
    "formulas": ["x + y"],
    "variables": [{"name": "x", "min": 1, "max": 9, "scale": 0}],
    "answer_tolerance": "5%",
}


def test_a_formula_becomes_its_first_worked_example_and_is_reported() -> None:
    packing = a_quiz_with(a_question("calculated_question", **FORMULA))
    item = document(packing).find(".//{*}item")
    assert item.findtext(".//{*}mattext") == "<div><p>What is 4 plus 2?</p></div>"
    assert process(item, {"response1": ["6.3"]}).score == 100
    assert process(item, {"response1": ["6.31"]}).score == 0
    assert [(w.code, w.kind, w.item_id) for w in packing.report.warnings] == [
        ("question_type_changed", "quiz_questions", 7)
    ]


def test_what_is_put_into_categories_is_matched_with_them() -> None:
    question = a_question(
        "categorization_question",
        [{"id": "A", "text": "odd", "match_ids": ["1", "3"]}, {"id": "B", "text": "even", "match_ids": ["2"]}],
        matches=[{"match_id": n, "text": n} for n in ("1", "2", "3", "4")],
    )
    back, _ = read_back(item_of(question))
    assert back.question_type == "matching_question"
    assert [(a.left, a.right) for a in back.answers] == [("1", "odd"), ("3", "odd"), ("2", "even")]


@pytest.mark.parametrize(
    "question",
    [
        a_question("hot_spot_question", [{"id": 1, "shape": "rectangle", "coordinates": "0,0,1,1"}]),
        a_question("calculated_question", formulas=["x"]),
        a_question("categorization_question", [{"id": "A", "text": "odd"}]),
    ],
    ids=lambda question: question.question_type,
)
def test_a_question_that_cannot_be_expressed_is_left_out_with_a_warning_and_the_rest_is_intact(
    question: QuizQuestion,
) -> None:
    other = a_question("essay_question", id=8)
    packing = a_quiz_with(question, other)
    assert len(document(packing).findall(".//{*}item")) == 1
    assert [(w.code, w.item_id) for w in packing.report.warnings] == [("question_not_expressed", 7)]
    assert packing.report.skipped == {"quiz_questions": 1}
    assert packing.report.packed == {"quiz_questions": 1, "quizzes": 1}


def test_settings_of_new_quizzes_and_ways_of_comparing_are_reported() -> None:
    essay = a_question("essay_question", new_quiz={"word_limit_max": 100})
    blanks = a_question("fill_in_multiple_blanks_question", [{**BLANKS[0], "scoring_algorithm": "TextRegex"}], id=8)
    packing = a_quiz_with(essay, blanks)
    document(packing)
    warnings = [(w.code, w.message.split(":")[-1].split(" ")[-1]) for w in packing.report.warnings]
    assert warnings == [("settings_not_expressed", "word_limit_max."), ("comparison_not_expressed", "TextRegex.")]


def test_what_a_question_is_about_and_settings_of_a_new_quiz_are_reported() -> None:
    text = a_question("text_only_question", id=6)
    packing = a_quiz_with(text, a_question("essay_question", parent_stimulus_id=6))
    packing.course.get(Kind.QUIZZES, 5).new_quiz = NewQuizSettings(calculator_type="scientific", shuffle_questions=True)
    document(packing)
    assert [(w.kind, w.code) for w in packing.report.warnings] == [
        ("quiz_questions", "settings_not_expressed"),
        ("quizzes", "settings_not_expressed"),
    ]
    assert "shuffle_questions, calculator_type" in packing.report.warnings[1].message


def test_blanks_that_all_list_their_answers_are_dropdowns() -> None:
    listed = [{**answer, "answer_type": "dropdown"} for answer in LISTS]
    back, _ = read_back(item_of(a_question("fill_in_multiple_blanks_question", listed)))
    assert back.question_type == "multiple_dropdowns_question"


def test_choices_that_earn_different_points_score_their_part() -> None:
    answers = [{"id": 1, "text": "a", "points": 4, "weight": 100}, {"id": 2, "text": "b", "points": 1, "weight": 0}]
    item = item_of(a_question("multiple_choice_question", answers, points_possible=4))
    assert [process(item, {"response1": [n]}).score for n in ("1", "2", "3")] == [100, 25, 0]


def a_drawing_quiz(**group: Any) -> Packing:
    questions = [
        BankQuestion.from_json({"id": n, "question_bank_id": 2, "question_type": "essay_question"}) for n in (21, 22)
    ]
    return a_quiz_with(
        a_question("essay_question"),
        quiz_groups=[QuizGroup(id=3, quiz_id=5, **group)],
        question_banks=[QuestionBank(id=2, title="Light")],
        bank_questions=questions,
    )


def test_a_group_holds_the_questions_of_its_bank_under_idents_of_their_own() -> None:
    packing = a_drawing_quiz(pick_count=5, question_points=2.0, assessment_question_bank_id=2)
    section = document(packing).find(".//{*}section/{*}section")
    idents = [item.get("ident") for item in section.findall("{*}item")]
    assert len(set(idents)) == 2
    assert not set(idents) & {packing.key(Kind.BANK_QUESTIONS, n) for n in (21, 22)}
    assert section.get("title") == "Group 3"
    assert section.findtext(".//{*}selection_number") == "2"
    assert {entries_of(item)["points_possible"] for item in section.findall("{*}item")} == {"2.0"}
    assert packing.report.warnings == []


@pytest.mark.parametrize("bank", [None, 99])
def test_a_group_without_questions_is_left_out_with_a_warning(bank: int | None) -> None:
    packing = a_drawing_quiz(name="Drawn", pick_count=2, assessment_question_bank_id=bank)
    root = document(packing)
    assert all(len(section.findall("{*}item")) for section in root.iter("{*}section"))
    assert [(w.code, w.title) for w in packing.report.warnings] == [("group_empty", "Drawn")]


def test_a_quiz_without_questions_is_left_out_with_a_warning() -> None:
    packing = a_quiz_with()
    assert list(members(packing)) == ["imsmanifest.xml"]
    assert packing.report.skipped == {"quizzes": 1}
    assert [w.code for w in packing.report.warnings] == ["quiz_empty"]


def test_a_quiz_says_its_description_time_and_order_and_states_which_settings_it_cannot_say() -> None:
    quiz = Quiz(id=5, title="Optics", description="<p>Look</p>", time_limit=90, shuffle_answers=True, access_code="x")
    packing = a_packing({Kind.QUIZZES: [quiz], Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES)]})
    root = document(packing)
    assert root.findtext("{*}assessment/{*}presentation_material//{*}mattext") == "<p>Look</p>"
    assert root.findtext("{*}assessment/{*}duration") == "PT90M"
    assert root.find(".//{*}render_choice").get("shuffle") == "Yes"
    assert [(w.code, w.place) for w in packing.report.warnings] == [("settings_not_expressed", "access_code")]


def test_a_time_limit_of_zero_is_not_written() -> None:
    objects = {
        Kind.QUIZZES: [Quiz(id=5, title="Optics", time_limit=0)],
        Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES)],
    }
    root = document(a_packing(objects))
    assert root.find("{*}assessment/{*}duration") is None
    assert "qmd_timelimit" not in [label.text for label in root.iter("{*}fieldlabel")]


def test_files_are_named_by_path_and_the_resource_of_the_quiz_depends_on_them() -> None:
    packing = a_course({"quizzes": [5]})
    assert isinstance(packing.links, FileLinks)
    found = members(packing)
    item = etree.fromstring(found[f"{KEY}/{KEY}.xml"])
    assert item.findtext(".//{*}mattext") == '<div><img src="../web_resources/first.png"></div>'
    resources = {r.get("href"): r for r in etree.fromstring(found["imsmanifest.xml"]).iter("{*}resource")}
    quiz, file = resources[f"{KEY}/{KEY}.xml"], resources["web_resources/first.png"]
    assert [d.get("identifierref") for d in quiz.iter("{*}dependency")] == [file.get("identifier")]
    assert not any("assessment_meta" in path for path in found)


def test_the_manifest_is_one_of_content_packaging() -> None:
    root = etree.fromstring(members(a_course())["imsmanifest.xml"])
    assert etree.QName(root).namespace == "http://www.imsglobal.org/xsd/imscp_v1p1"


def test_the_same_content_gives_the_same_bytes() -> None:
    assert members(a_drawing_quiz(assessment_question_bank_id=2)) == members(
        a_drawing_quiz(assessment_question_bank_id=2)
    )


def test_the_sample_reads_back_from_it_as_the_same_questions(tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    form = {"export_type": "qti", "target": Target.GENERIC, "include_banks": True}
    export(load(REPOSITORY / "deploy/sample"), first, "1.2", **form)
    again = load(first)
    assert [w for w in again.importing.warnings if w.code.startswith("qti")] == []
    export(again, second, "1.2", **form)
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        assert one.namelist() == two.namelist()
        for name in one.namelist():
            if name != "imsmanifest.xml":
                assert one.read(name) == two.read(name), name
