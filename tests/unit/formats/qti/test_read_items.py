"""Items that other tools wrote, or Canvas long ago: what they become, and which warnings there are where they do not fit."""

from __future__ import annotations

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from tests.support.qti_builders import item_of, read_back

PLAIN = '<material><mattext texttype="text/plain">{}</mattext></material>'
LABEL = '<response_label ident="{0}"><material><mattext>{1}</mattext></material></response_label>'


def labels(*idents: str) -> str:
    return "<render_choice>" + "".join(LABEL.format(i, f"text {i}") for i in idents) + "</render_choice>"


def single(ident: str = "R", *idents: str) -> str:
    return f'<response_lid ident="{ident}" rcardinality="Single">{labels(*idents)}</response_lid>'


def sided(ident: str, *idents: str) -> str:
    """A response with a left side of its own."""
    return single(ident, *idents).replace("<render_choice>", PLAIN.format(f"left {ident}") + "<render_choice>")


def scores(respident: str, value: str, score: str = "100", shows: str = "") -> str:
    feedback = f'<displayfeedback linkrefid="{shows}"/>' if shows else ""
    return (
        f'<respcondition><conditionvar><varequal respident="{respident}">{value}</varequal></conditionvar>'
        f'<setvar varname="SCORE" action="Set">{score}</setvar>{feedback}</respcondition>'
    )


def an_item(responses: str = "", conditions: str = "", fields: str = "", feedback: str = "") -> etree._Element:
    return etree.fromstring(
        f'<item ident="Q1" title="One"><itemmetadata><qtimetadata>{fields}</qtimetadata></itemmetadata>'
        f"<presentation>{PLAIN.format('2 &lt; 3?')}{responses}</presentation>"
        f"<resprocessing>{conditions}</resprocessing>{feedback}</item>"
    )


def field(label: str, entry: str) -> str:
    return f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry></qtimetadatafield>"


def read(element: etree._Element) -> QuizQuestion:
    question, warnings = read_back(element)
    assert warnings == []
    return question


VARY = field("question_type", "multiple_choice_question") + field("scoring_algorithm", "VaryPointsByAnswer")


@pytest.mark.parametrize(
    ("points", "right"), [(("0", "0"), []), (("0", "0.5"), ["b"]), (("2", "2"), ["a", "b"]), (("-1", "0"), [])]
)
def test_the_right_answers_of_points_by_answer_are_those_that_earn_the_most_and_none_where_nothing_earns_any(
    points: tuple[str, str], right: list[str]
) -> None:
    conditions = scores("R", "1", points[0]) + scores("R", "2", points[1])
    question = read(an_item(single("R", "1", "2"), conditions, VARY))
    assert [answer.points for answer in question.answers] == [float(each) for each in points]
    names = {1: "a", 2: "b"}
    assert [names[answer.id] for answer in question.answers if answer.weight == 100] == right


FIB = '<response_str ident="R"><render_fib/></response_str>'
NUM = '<response_num ident="R"><render_fib fibtype="Decimal"/></response_num>'


@pytest.mark.parametrize(
    ("item", "question_type"),
    [
        (an_item(single("R", "a", "b"), scores("R", "a")), "multiple_choice_question"),
        (
            an_item('<response_lid ident="R" rcardinality="Multiple">' + labels("a") + "</response_lid>"),
            "multiple_answers_question",
        ),
        (an_item(FIB, scores("R", "word")), "short_answer_question"),
        (an_item(FIB), "essay_question"),
        (an_item(NUM, scores("R", "3")), "numerical_question"),
        (an_item(sided("A", "x", "y") + sided("B", "x", "y"), scores("A", "x")), "matching_question"),
        (an_item(single("A", "x", "y") + single("B", "x", "y"), scores("A", "x")), "multiple_dropdowns_question"),
        (an_item(single("A", "x", "y") + single("B", "z"), scores("A", "x")), "multiple_dropdowns_question"),
        (an_item(), "file_upload_question"),
        (an_item(fields=field("cc_profile", "cc.pattern_match.v0p1"), responses=FIB), "short_answer_question"),
        (an_item(fields=field("respondusapi_qtype", "trueFalse"), responses=single("R", "a")), "true_false_question"),
        (an_item(fields=field("qmd_itemtype", "Matching"), responses=single("R", "a")), "matching_question"),
        (an_item(f"<flow>{single('R', 'a', 'b')}</flow>", scores("R", "b")), "multiple_choice_question"),
    ],
)
def test_a_foreign_item_is_known_by_what_it_says_or_what_it_has(item: etree._Element, question_type: str) -> None:
    question = read(item)
    assert question.question_type == question_type
    assert (question.question_text or "").startswith("2 &lt; 3?")
    assert item_of(question) is not None


def test_blanks_between_the_pieces_of_a_text_get_their_names_into_it() -> None:
    blanks = FIB.replace('"R"', '"one"') + PLAIN.format(" and ") + FIB.replace('"R"', '"two"')
    question = read(an_item(blanks, scores("one", "red") + scores("two", "blue") + scores("two", "navy")))
    assert question.question_type == "fill_in_multiple_blanks_question"
    assert question.question_text == "2 &lt; 3?[one] and [two]"
    assert [(a.blank_id, a.text, a.weight) for a in question.answers] == [
        ("one", "red", 100),
        ("two", "blue", 100),
        ("two", "navy", 100),
    ]


def test_two_choices_called_true_and_false_are_a_true_false_question() -> None:
    choices = "<render_choice>" + LABEL.format("t", "True") + LABEL.format("f", "False") + "</render_choice>"
    item = an_item(f'<response_lid ident="R" rcardinality="Single">{choices}</response_lid>', scores("R", "f"))
    question = read(item)
    assert question.question_type == "true_false_question"
    assert [(a.id, a.text, a.weight) for a in question.answers] == [("t", "True", 0), ("f", "False", 100)]


def test_a_choice_that_earns_anything_is_right_and_one_that_earns_nothing_is_not() -> None:
    question = read(an_item(single("R", "1", "2", "x3"), scores("R", "1", "3") + scores("R", "2", "0")))
    assert [(a.id, a.weight) for a in question.answers] == [(1, 100), (2, 0), ("x3", 0)]
    assert question.response_ident == "R"


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        (field("points_possible", "2.0"), 2.0),
        (field("points_possible", "0"), 0),
        (field("points_possible", "-4"), 0),
        (field("cc_weighting", "3"), 3),
        (field("respondusapi_qpoints", "3.00"), 3.0),
        ("", 1.0),
        (field("points_possible", "many"), 1.0),
    ],
)
def test_points_are_stated_in_several_ways_and_else_one(fields: str, points: float) -> None:
    assert read(an_item(fields=fields)).points_possible == points


def test_fields_of_qti_1_1_are_read_as_well() -> None:
    old = field("points_possible", "7").replace("qtimetadatafield", "qti_metadatafield")
    assert read(an_item(fields=old)).points_possible == 7


def test_further_fields_are_exported_again() -> None:
    item = an_item(fields=field("calculator_type", "none") + field("question_type", "essay_question"))
    again = item_of(read(item))
    entries = {f[0].text: f[1].text for f in again.iterfind(".//{*}qtimetadatafield")}
    assert entries["calculator_type"] == "none"


def test_comments_are_known_by_their_names_and_those_to_answers_by_who_shows_them() -> None:
    feedback = "".join(
        f'<itemfeedback ident="{ident}"><material><mattext texttype="text/html">{text}</mattext></material></itemfeedback>'
        for ident, text in (
            ("QUE_3_C", "well done"),
            ("QUE_4_IC", "no"),
            ("QUE_5_AC", "this one"),
            ("general_fb", "so"),
        )
    )
    shown = scores("R", "a", shows="QUE_5_AC") + scores("R", "b", "0", shows="QUE_4_IC")
    question = read(an_item(single("R", "a", "b"), shown, feedback=feedback))
    assert (question.correct_comments_html, question.incorrect_comments_html) == ("well done", "no")
    assert question.neutral_comments_html == "so"
    assert [a.comments_html for a in question.answers] == ["this one", None]


def test_a_hint_is_reported_and_not_taken_for_something_else() -> None:
    hint = (
        '<itemfeedback ident="hint"><hint><hintmaterial>'
        + PLAIN.format("Think")
        + "</hintmaterial></hint></itemfeedback>"
    )
    question, warnings = read_back(an_item(feedback=hint))
    assert [code for code, _ in warnings] == ["qti_feedback_not_mapped"]
    assert "Think" in warnings[0][1]
    assert question.neutral_comments is None


def test_pictures_of_a_material_become_html() -> None:
    item = an_item()
    material = item.find("presentation/material")
    material.append(etree.fromstring('<matimage imagtype="image/png" uri="%%LINKPATH%%a&amp;b.png"/>'))
    assert read(item).question_text == '2 &lt; 3?<img src="$IMS-CC-FILEBASE$/a&amp;b.png">'


def test_part_of_a_text_is_reported_when_it_becomes_the_whole() -> None:
    condition = (
        '<respcondition><conditionvar><varsubstring respident="R">Maslow</varsubstring></conditionvar>'
        '<setvar varname="SCORE">100</setvar></respcondition>'
    )
    question, warnings = read_back(an_item(FIB, condition))
    assert [a.text for a in question.answers] == ["Maslow"]
    assert [code for code, _ in warnings] == ["qti_pattern_as_text"]


def test_an_answer_that_is_no_number_is_reported() -> None:
    fields = field("question_type", "numerical_question")
    question, warnings = read_back(an_item(NUM, scores("R", "four") + scores("R", "4"), fields))
    assert [a.exact for a in question.answers] == [4]
    assert [code for code, _ in warnings] == ["qti_answer_not_mapped"]


def test_a_formula_question_without_its_formula_is_reported() -> None:
    _, warnings = read_back(an_item(NUM, fields=field("question_type", "calculated_question")))
    assert [code for code, _ in warnings] == ["qti_formula_missing"]


def test_stated_ids_give_the_answers_their_order() -> None:
    fields = field("question_type", "multiple_dropdowns_question") + field("original_answer_ids", "1,3,2")
    item = an_item(single("response_a", "1", "2") + single("response_b", "3"), scores("response_a", "1"), fields)
    assert [(a.id, a.blank_id) for a in read(item).answers] == [(1, "a"), (3, "b"), (2, "a")]


def test_old_items_without_ids_get_the_same_invented_ones_each_time() -> None:
    item = an_item(FIB, scores("R", "one") + scores("R", "two"), field("question_type", "short_answer_question"))
    first, second = (read(item) for _ in range(2))
    ids = [answer.id for answer in first.answers]
    assert ids == [answer.id for answer in second.answers]
    assert len(set(ids)) == 2
    assert all(isinstance(answer_id, int) and 0 < answer_id < 10_000 for answer_id in ids)


def test_old_canvas_named_the_response_of_a_number_after_its_answer() -> None:
    item = an_item(NUM.replace('"R"', '"4198"'), scores("4198", "33.33"), field("question_type", "numerical_question"))
    question = read(item)
    assert (question.response_ident, [a.id for a in question.answers]) == ("4198", [4198])
    assert item_of(question).find(".//{*}response_str").get("ident") == "4198"
