"""Items of QTI 1.2 in the idioms of other tools: each kind is read as the question that was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from shared.formats.qti.incomplete_questions import missing_parts
from tests.support.qti_builders import read_back

EDGES = st.sampled_from(["", " ", "\n", "\n   ", "\r\n\t", "  \n\n"])


def text(words: str, texttype: str = "text/plain") -> str:
    return f'<material><mattext texttype="{texttype}">{words}</mattext></material>'


def label(ident: str, words: str = "", **more: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<response_label ident="{ident}"{attributes}>{words}</response_label>'


def condition(value: str, respident: str = "R", score: str | None = "1", name: str = "varequal", **more: str) -> str:
    attributes = "".join(f' {key}="{word}"' for key, word in more.items())
    scored = "" if score is None else f'<setvar varname="SCORE" action="Add">{score}</setvar>'
    compared = f'<{name} respident="{respident}"{attributes}>{value}</{name}>'
    return f"<respcondition><conditionvar>{compared}</conditionvar>{scored}</respcondition>"


def read(presentation: str, conditions: str = "", outcome: str = "", fields: str = "") -> QuizQuestion:
    outcomes = f"<outcomes>{outcome}</outcomes>" if outcome else ""
    item = etree.fromstring(
        f'<item xmlns="urn:qti" ident="Q" title="T"><itemmetadata>{fields}</itemmetadata><presentation><flow>{presentation}</flow>'
        f"</presentation><resprocessing>{outcomes}{conditions}</resprocessing></item>"
    )
    return read_back(item)[0]


def right(question: QuizQuestion) -> list[Any]:
    return [answer.text for answer in question.answers if answer.correct]


def choices(render: str = "render_choice", **more: str) -> str:
    return (
        f'<response_lid ident="R"><{render}>{label("A", text("yes"))}{label("B", text("no"))}</{render}></response_lid>'
    )


@given(EDGES, EDGES)
def test_white_space_around_a_value_is_not_part_of_it(before: str, after: str) -> None:
    def spaced(words: str) -> str:
        return f"{before}{words}{after}"

    presentation = text(spaced("Water is wet.")) + choices().replace("yes", spaced("yes"))
    field = f"<fieldlabel>{spaced('qmd_weighting')}</fieldlabel><fieldentry>{spaced('4')}</fieldentry>"
    question = read(
        presentation,
        condition(spaced("A"), score=spaced("3.0")),
        fields=f"<qtimetadata><qtimetadatafield>{field}</qtimetadatafield></qtimetadata>",
    )
    assert (question.question_text, question.points_possible) == ("Water is wet.", 4)
    assert [answer.text for answer in question.answers] == ["yes", "no"]
    assert right(question) == ["yes"]


def test_white_space_around_the_name_of_a_part_is_not_part_of_it() -> None:
    presentation = text("Water is wet.") + choices().replace('"A"', '" A "').replace(
        '"R"', '"\nR" rcardinality=" Single "'
    )
    question = read(presentation, condition("A"))
    assert (question.question_type, right(question)) == ("true_false_question", ["yes"])


@pytest.mark.parametrize(
    ("subset", "keys"), [("A,B", ["yes", "no"]), (" B ", ["no"]), ("A B", ["yes", "no"]), ("C", [])]
)
def test_a_set_of_choices_is_right_as_a_whole(subset: str, keys: list[str]) -> None:
    several = choices().replace('ident="R"', 'ident="R" rcardinality="Multiple"')
    question = read(text("Which?") + several, condition(subset, name="varsubset"))
    assert (question.question_type, right(question)) == ("multiple_answers_question", keys)


def test_a_set_of_choices_that_must_not_be_chosen_is_wrong() -> None:
    several = choices().replace('ident="R"', 'ident="R" rcardinality="Multiple"')
    compared = condition("A", name="varsubset").replace(
        "</conditionvar>", '<not><varsubset respident="R">B</varsubset></not></conditionvar>'
    )
    assert right(read(text("Which?") + several, compared)) == ["yes"]


def test_a_range_inside_a_text_is_a_number_and_no_blank() -> None:
    inside = f'<render_fib fibtype="Integer">{text("Value of x:")}{label("L")}</render_fib>'
    bounds = '<vargte respident="R">3</vargte><varlte respident="R">5</varlte>'
    scored = f'<respcondition><conditionvar>{bounds}</conditionvar><setvar action="Set">1</setvar></respcondition>'
    question = read(f'<response_num ident="R">{inside}</response_num>', scored)
    assert (question.question_type, question.question_text) == ("numerical_question", "Value of x:")
    assert [(answer.start, answer.end) for answer in question.answers] == [(3, 5)]


@pytest.mark.parametrize("most", ["7,5", "", "many"])
def test_a_highest_score_that_is_no_number_leaves_the_answer_right(most: str) -> None:
    outcome = f'<decvar varname="SCORE" maxvalue="{most}"/>'
    assert right(read(text("?") + choices(), condition("A", score="SCORE.max"), outcome)) == ["yes"]


def test_the_texts_around_blanks_keep_the_blanks_between_words() -> None:
    blank = '<response_str ident="{0}"><render_fib>\n  <response_label ident="A"/></render_fib></response_str>'
    question = read(
        text("\nSnow is ") + blank.format("B1") + text("\n and coal is ") + blank.format("B2"),
        condition("\nwhite", "B1") + condition("black\n", "B2"),
    )
    assert question.question_text == "Snow is [B1] and coal is [B2]"
    assert [(answer.blank_id, answer.text) for answer in question.answers] == [("B1", "white"), ("B2", "black")]


@pytest.mark.parametrize(
    "texttype", ["text/html", "TEXT/HTML", "html", "text/xhtml", "application/xhtml+xml", "text/html; charset=utf-8"]
)
def test_a_text_is_html_by_whatever_type_says_so(texttype: str) -> None:
    assert read(text("a &lt;b&gt;b&lt;/b&gt;", texttype) + choices()).question_text == "a <b>b</b>"


@pytest.mark.parametrize(
    ("inside", "markup"),
    [
        ("a<br/>b", "a<br>b"),
        ('<p xmlns="http://www.w3.org/1999/xhtml" class="x">a &lt; <i>b</i></p>', '<p class="x">a &lt; <i>b</i></p>'),
        ('<x:p xmlns:x="urn:x" x:lang="en">a</x:p> tail', '<p lang="en">a</p> tail'),
        ("&lt;p&gt;a<br/>b&lt;/p&gt;", "<p>a<br>b</p>"),
    ],
)
def test_elements_inside_a_text_are_html(inside: str, markup: str) -> None:
    assert read(text(inside) + choices()).question_text == markup


def test_a_text_between_the_blanks_of_one_response_stays_between_them() -> None:
    fib = f"{text('Ice is ')}{label('A')}{text(' and fire is ')}{label('B')}"
    response = f'<response_str ident="R" rcardinality="Ordered"><render_fib>{fib}</render_fib></response_str>'
    expected = ("Say: Ice is [R_A] and fire is [R_B]", [("R_A", ["cold"]), ("R_B", ["hot", "warm"])])
    alternatives = "<or><varequal respident='R'>hot</varequal><varequal respident='R'>warm</varequal></or>"
    scored = '<setvar varname="SCORE">1</setvar></respcondition>'
    for conditions in (
        condition("cold", "A") + condition("hot", "B") + condition("warm", "B"),
        condition("cold", index="1") + condition("hot", index="2") + condition("warm", index="2"),
        condition("cold") + f"<respcondition><conditionvar>{alternatives}</conditionvar>{scored}",
        f"<respcondition><conditionvar><varequal respident='R'>cold</varequal>{alternatives}</conditionvar>{scored}",
    ):
        question = read(text("Say: ") + response, conditions)
        assert question.question_type == "fill_in_multiple_blanks_question"
        blanks: dict[str | None, list[str | None]] = {}
        for answer in question.answers:
            blanks.setdefault(answer.blank_id, []).append(answer.text)
        assert (question.question_text, [*blanks.items()]) == expected


GROUP = "".join(
    (
        label("L1", text("one"), match_group="R1,R2"),
        label("L2", text("two"), match_group="R1,R2"),
        label("R1", text("uno")),
        label("R2", text("due")),
        label("R3", text("tre")),
    )
)


@pytest.mark.parametrize("name", ["varsubset", "varequal"])
@pytest.mark.parametrize("separator", [",", ", ", " ", ";"])
@pytest.mark.parametrize("groups", [True, False])
def test_a_group_response_is_a_matching_question(name: str, separator: str, *, groups: bool) -> None:
    labels = GROUP if groups else GROUP.replace(' match_group="R1,R2"', "")
    pairs = "".join(condition(f"L{n}{separator}R{n}", "G", name=name) for n in (1, 2))
    question = read(
        text("Match") + f'<response_grp ident="G"><render_choice>{labels}</render_choice></response_grp>', pairs
    )
    assert question.question_type == "matching_question"
    assert [(answer.left, answer.right) for answer in question.answers] == [("one", "uno"), ("two", "due")]
    assert question.matching_answer_incorrect_matches == "tre"


def test_a_slider_of_choices_has_its_values_as_choices() -> None:
    labels = label("A", "9", rrange="Exact") + label("B", " 15 ", rrange="Exact")
    question = read(
        text("?") + f'<response_lid ident="R"><render_slider>{labels}</render_slider></response_lid>', condition("B")
    )
    assert (question.question_type, [a.text for a in question.answers]) == ("multiple_choice_question", ["9", "15"])
    assert right(question) == ["15"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_choice_between_areas_is_a_hot_spot_with_those_that_are_right(*, inside: bool) -> None:
    image = '<material><matimage uri="a.gif"/></material>'
    labels = label("A", "1,1,2,2", rarea="Ellipse") + label("B", "3,3,4,4", rarea="Ellipse")
    rendered = f"<render_hotspot>{image if inside else ''}{labels}</render_hotspot>"
    question = read(
        text("Where?") + ("" if inside else image) + f'<response_lid ident="R">{rendered}</response_lid>',
        condition(" B "),
    )
    assert question.question_type == "hot_spot_question"
    assert [(area.shape, area.coordinates) for area in question.answers] == [("Ellipse", "3,3,4,4")]
    assert question.new_quiz is not None
    assert question.new_quiz.image_url == "a.gif"


@pytest.mark.parametrize(("pictures", "warned"), [(("a.gif", "b.gif"), True), (("a.gif", "a.gif"), False)])
def test_a_hot_spot_with_several_pictures_is_a_warning(pictures: tuple[str, str], *, warned: bool) -> None:
    area = label("A", "1,1,2,2", rarea="Ellipse")
    responses = "".join(
        f'<response_xy ident="R"><render_hotspot><material><matimage uri="{uri}"/></material>{area}</render_hotspot></response_xy>'
        for uri in pictures
    )
    item = etree.fromstring(
        f'<item ident="Q" title="T"><presentation>{text("Where?")}{responses}</presentation></item>'
    )
    question, warnings = read_back(item)
    assert question.new_quiz is not None
    assert question.new_quiz.image_url == pictures[1]
    assert ("qti_picture_missing" in dict(warnings)) is warned


def test_a_hot_spot_whose_conditions_alone_name_its_area_has_it() -> None:
    rendered = '<render_hotspot><material><matimage uri="a.gif"/><mattext>Where?</mattext></material></render_hotspot>'
    inside = condition("1,2,3,4", name="varinside", areatype="Rectangle")
    question = read(f'<response_xy ident="R">{rendered}</response_xy>', inside)
    assert (question.question_text, question.question_type) == ("Where?", "hot_spot_question")
    assert [(area.shape, area.coordinates) for area in question.answers] == [("Rectangle", "1,2,3,4")]


def test_a_score_may_be_the_highest_one_by_name() -> None:
    outcome = '<decvar varname="SCORE" maxvalue="5" minvalue="0"/>'
    scored = condition("A", score="SCORE.max") + condition("B", score="SCORE.min")
    question = read(text("?") + choices(), scored, outcome)
    assert (right(question), question.points_possible) == (["yes"], 5)
    assert right(read(text("?") + choices(), scored)) == ["yes"]


def test_a_score_that_is_subtracted_makes_no_answer_right() -> None:
    scored = condition("A") + condition("B").replace('"Add"', '"Subtract"')
    assert right(read(text("?") + choices(), scored)) == ["yes"]


@pytest.mark.parametrize("said", ['title="Correct"', "", 'title="NotCorrect"'])
def test_without_any_score_the_feedback_says_what_is_right(said: str) -> None:
    shown = '<displayfeedback linkrefid="{}"/></respcondition>'
    conditions = condition("A", score=None).replace("</respcondition>", shown.format("Q_Correct"))
    conditions += condition("B", score=None).replace("</respcondition>", shown.format("Q_Incorrect"))
    if said:
        conditions = condition("A" if said == 'title="Correct"' else "B", score=None).replace(
            "<respcondition", f"<respcondition {said}"
        )
    assert right(read(text("?") + choices(), conditions)) == ([] if "Not" in said else ["yes"])


@pytest.mark.parametrize(
    ("outcome", "scores", "points"),
    [
        ('<decvar varname="SCORE" maxvalue="3.0"/>', "3.0", 3.0),
        ('<decvar varname="SCORE" maxvalue="100"/>', "100", 1.0),
        ('<decvar varname="SCORE" maxvalue="1"/>', "1", 1.0),
        ('<decvar varname="SCORE" defaultval="0"/>', "5", 5),
        ("", "1", 1.0),
    ],
)
def test_the_points_are_the_highest_score_unless_it_is_one_in_percent(outcome: str, scores: str, points: float) -> None:
    assert read(text("?") + choices(), condition("A", score=scores), outcome).points_possible == points


def test_a_key_may_be_the_text_of_a_choice() -> None:
    assert right(read(text("?") + choices(), condition("no"))) == ["no"]


def test_the_text_of_a_question_may_stand_in_its_response() -> None:
    inside = choices().replace("<render_choice>", f"{text('Q?')}<render_choice>")
    question = read(inside, condition("A"))
    assert (question.question_text, [a.text for a in question.answers]) == ("Q?", ["yes", "no"])


def test_texts_of_blackboard_have_elements_of_their_own() -> None:
    formatted = "<mat_extension><mat_formattedtext type='HTML'>&lt;p&gt;Q&lt;/p&gt;</mat_formattedtext></mat_extension>"
    fields = "<bbmd_questiontype>True/False</bbmd_questiontype><qmd_absolutescore_max>7</qmd_absolutescore_max>"
    question = read(f"<material>{formatted}</material>{choices()}", condition("A", score="SCORE.max"), fields=fields)
    assert (question.question_text, question.question_type) == ("<p>Q</p>", "true_false_question")
    assert (question.points_possible, right(question)) == (7, ["yes"])


@pytest.mark.parametrize(
    ("presentation", "conditions", "missing"),
    [
        (text("?") + choices(), condition("A"), []),
        (text(" ") + choices(), condition("A"), ["question_without_text"]),
        (text("?") + choices(), "", ["question_without_right_answer"]),
        (text("?") + choices(), condition("X"), ["question_without_right_answer"]),
        (text("?") + '<response_lid ident="R"/>', condition("A"), ["question_without_choices"]),
        ('<material><matimage uri="a.gif"/></material>' + choices(), condition("A"), []),
        (text("?") + '<response_str ident="R"><render_fib/></response_str>', "", []),
    ],
)
def test_a_question_that_lacks_a_part_is_warned_of(presentation: str, conditions: str, missing: list[str]) -> None:
    assert [code for code, _ in missing_parts(read(presentation, conditions))] == missing


NUMBER = '<response_num ident="R"><render_fib fibtype="{}"><response_label ident="L"/></render_fib></response_num>'
BOUNDS = '<and><vargte respident="R">{}</vargte><varlte respident="R">{}</varlte></and>'


def test_each_number_and_range_of_an_or_is_an_answer() -> None:
    either = f'<or>{BOUNDS.format(1, 2)}<varequal respident="R">4</varequal>{BOUNDS.format("5,5", 6)}</or>'
    scored = f"<respcondition><conditionvar>{either}</conditionvar><setvar>1</setvar></respcondition>"
    question = read(text("?") + NUMBER.format("Decimal"), scored)
    assert [(a.start, a.exact, a.end) for a in question.answers] == [(1, None, 2), (None, 4, None), (5.5, None, 6)]


@pytest.mark.parametrize("fibtype", ["Integer", "decimal", "Scientific"])
def test_a_typed_number_is_a_number_however_its_response_is_called(fibtype: str) -> None:
    response = NUMBER.format(fibtype).replace("response_num", "response_str")
    question = read(text("?") + response, condition("3,14"))
    assert (question.question_type, question.answers[0].exact) == ("numerical_question", 3.14)


def test_lists_between_the_pieces_of_a_text_are_its_blanks() -> None:
    lists = text("Snow is ") + choices() + text(" and coal is ") + choices().replace('"R"', '"S"')
    question = read(lists, condition("A") + condition("B", "S"))
    assert question.question_text == "Snow is [R] and coal is [S]"
    assert [(a.blank_id, a.text) for a in question.answers if a.correct] == [("R", "yes"), ("S", "no")]


def test_only_the_right_choice_of_a_list_beside_a_typed_blank_is_right() -> None:
    typed = '<response_str ident="S"><render_fib/></response_str>'
    question = read(text("a ") + choices() + text(" b ") + typed, condition("A") + condition("word", "S"))
    assert [(a.answer_type, a.text, a.weight) for a in question.answers] == [
        ("dropdown", "yes", 100),
        ("dropdown", "no", 0),
        ("openEntry", "word", 100),
    ]


@pytest.mark.parametrize("subset", ["L1,R2", "L1 R2, L2 R1"])
def test_pairs_of_one_comparison_are_pairs_of_a_matching_question(subset: str) -> None:
    group = f'<response_grp ident="G"><render_choice>{GROUP}</render_choice></response_grp>'
    question = read(text("Match") + group, condition(subset, "G", name="varsubset"))
    assert question.question_type == "matching_question"
    assert (question.answers[0].left, question.answers[0].right) == ("one", "due")


def test_choices_that_are_right_together_are_several_answers_whatever_the_cardinality() -> None:
    both = '<and><varequal respident="R">A</varequal><varequal respident="R">B</varequal></and>'
    scored = f"<respcondition><conditionvar>{both}</conditionvar><setvar>1</setvar></respcondition>"
    single = choices().replace('ident="R"', 'ident="R" rcardinality="single"')
    assert read(text("?") + single, scored).question_type == "multiple_answers_question"
    assert read(text("?") + single, condition("A")).question_type == "true_false_question"


def test_of_choices_with_different_points_those_with_the_most_are_right() -> None:
    assert right(read(text("?") + choices(), condition("A", score="0,5") + condition("B", score="1"))) == ["no"]


def test_a_picture_inside_an_item_is_its_own_address() -> None:
    embedded = '<material><matimage imagtype="image/png" embedded="base64" label="Map">iVBO\nRw==</matimage></material>'
    assert read(embedded + choices()).question_text == '<img src="data:image/png;base64,iVBORw==" alt="Map">'


def test_an_application_is_an_object_of_the_text() -> None:
    assert read('<material><matapplication uri="a.swf" width="9"/></material>' + choices()).question_text == (
        '<object data="a.swf" width="9"></object>'
    )


def test_the_right_sides_of_blackboard_stand_in_a_block_of_their_own() -> None:
    def listed(name: str, side: str) -> str:
        choices = "".join(label(f"{name}{place}") for place in (1, 2))
        return f'<flow>{text(side)}<response_lid ident="{name}"><render_choice>{choices}</render_choice></response_lid></flow>'

    rights = "".join(f"<flow>{text(side)}</flow>" for side in ("uno", "due"))
    block = f'<flow class="RIGHT_MATCH_BLOCK">{rights}</flow>'
    fields = "<bbmd_questiontype>Matching</bbmd_questiontype>"
    pairs = condition("L2", "L") + condition("M1", "M")
    question = read(text("Match") + listed("L", "two") + listed("M", "one") + block, pairs, fields=fields)
    assert (question.question_text, question.question_type) == ("Match", "matching_question")
    assert [(answer.left, answer.right) for answer in question.answers] == [("two", "due"), ("one", "uno")]


def test_a_left_side_or_all_right_sides_without_a_text_are_named() -> None:
    lists = choices() + choices().replace('"R"', '"S"')
    question = read(text("?") + lists, condition("A"), fields="<qmd_itemtype>Matching</qmd_itemtype>")
    assert [code for code, _ in missing_parts(question)] == ["question_without_text"]
