"""Items of QTI 2.1 and 2.2 as other tools write them: what they become, and the warnings where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from shared.formats.qti21.reading.item_view import AssessmentItemView
from shared.formats.qti21.reading.read_item import read_item

RPTEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"
Warnings = list[tuple[str, str]]


def declared(
    kind: str = "identifier", *right: str, cardinality: str = "single", worth: str = "", name: str = "R"
) -> str:
    """A response; `worth` is `key=points key=points`."""
    correct = "".join(f"<value>{value}</value>" for value in right)
    entries = (entry.rpartition("=") for entry in worth.split(";") if entry)
    mapping = "".join(f'<mapEntry mapKey="{key}" mappedValue="{points}"/>' for key, _, points in entries)
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{kind}">'
        + (f"<correctResponse>{correct}</correctResponse>" if correct else "")
        + (f'<mapping defaultValue="0">{mapping}</mapping>' if mapping else "")
        + "</responseDeclaration>"
    )


def an_item(declarations: str, body: str, processing: str = "", rest: str = "", version: str = "2p1") -> etree._Element:
    return etree.fromstring(
        f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v{version}" identifier="I1" title="One">'
        f"{declarations}<itemBody>{body}</itemBody>{processing}{rest}</assessmentItem>"
    )


def template(name: str) -> str:
    return f'<responseProcessing template="{RPTEMPLATES}/{name}"/>'


def read(element: etree._Element) -> tuple[QuizQuestion, Warnings]:
    warnings: Warnings = []
    question = QuizQuestion(id=7)
    read_item(AssessmentItemView(element, lambda code, sentence: warnings.append((code, sentence))), question)
    return question, warnings


def fields(question: QuizQuestion, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(answer, name) for name in names) for answer in question.answers]


def choices(kind: str, *names: str) -> str:
    return "".join(f'<{kind} identifier="{name}">text {name}</{kind}>' for name in names)


CHOICE = (
    '<p>Which?</p><choiceInteraction responseIdentifier="R"><prompt>Choose</prompt>'
    + choices("simpleChoice", "ChoiceA", "A2", "c")
    + "</choiceInteraction>"
)


@pytest.mark.parametrize("version", ["2p0", "2p1", "2p2"])
def test_a_choice_keeps_its_identifiers_its_prompt_and_what_is_right(version: str) -> None:
    question, warnings = read(an_item(declared("identifier", "A2"), CHOICE, template("match_correct"), version=version))
    assert (question.question_type, warnings) == ("multiple_choice_question", [])
    assert question.question_text == "<p>Which?</p><p>Choose</p>"
    assert fields(question, "id", "text", "weight") == [
        ("ChoiceA", "text ChoiceA", 0),
        (2, "text A2", 100),
        ("c", "text c", 0),
    ]


@pytest.mark.parametrize(
    "word",
    [
        "False",
        "<p>false</p>",
        'false<feedbackInline outcomeIdentifier="F" identifier="f" showHide="show">no</feedbackInline>',
    ],
)
def test_two_choices_that_say_true_and_false_are_a_true_false_question(word: str) -> None:
    body = (
        '<choiceInteraction responseIdentifier="R"><simpleChoice identifier="t">True</simpleChoice>'
        f'<simpleChoice identifier="f">{word}</simpleChoice></choiceInteraction>'
    )
    assert read(an_item(declared("identifier", "f"), body))[0].question_type == "true_false_question"


def test_choices_worth_different_points_keep_their_own() -> None:
    question, warnings = read(
        an_item(declared("identifier", worth="ChoiceA=0.5;A2=2"), CHOICE, template("map_response"))
    )
    assert fields(question, "points", "weight") == [(0.5, 0), (2, 100), (None, 0)]
    assert (question.points_possible, warnings) == (2, [])


def test_several_choices_score_all_or_nothing_and_credit_for_each_is_reported() -> None:
    item = an_item(declared("identifier", "A2", "c", cardinality="multiple", worth="A2=1;c=1"), CHOICE)
    question, warnings = read(item)
    assert question.question_type == "multiple_answers_question"
    assert fields(question, "weight") == [(0,), (100,), (100,)]
    assert [code for code, _ in warnings] == ["qti2_partial_credit"]


RULE = (
    "<responseProcessing><responseCondition><responseIf>"
    '<match><variable identifier="R"/><baseValue baseType="identifier">c</baseValue></match>'
    '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{}</baseValue></setOutcomeValue>'
    "</responseIf></responseCondition></responseProcessing>"
)


def test_what_the_rules_reward_is_right_where_no_declaration_says_it() -> None:
    question, warnings = read(an_item(declared(), CHOICE, RULE.format(3)))
    assert (fields(question, "weight"), warnings) == ([(0,), (0,), (100,)], [])
    question, warnings = read(an_item(declared(), CHOICE, RULE.format(0)))
    assert (fields(question, "weight"), [code for code, _ in warnings]) == (
        [(0,), (0,), (0,)],
        ["qti2_answer_not_mapped"],
    )


def test_marked_words_are_choices_and_stay_in_the_text() -> None:
    body = (
        '<hottextInteraction responseIdentifier="R"><p>The <hottext identifier="x">cat</hottext> '
        'has <hottext identifier="y">flown</hottext>.</p></hottextInteraction>'
    )
    question, _ = read(an_item(declared("identifier", "y"), body))
    assert question.question_text == "<p>The cat has flown.</p>"
    assert fields(question, "text", "weight") == [("cat", 0), ("flown", 100)]


def test_an_entry_alone_is_a_short_answer_with_every_text_that_is_worth_something() -> None:
    body = '<p>Name it</p><p><textEntryInteraction responseIdentifier="R"/></p>'
    question, warnings = read(an_item(declared("string", "York", worth="york=1;Eboracum=1;Rome=0"), body))
    assert question.question_type == "short_answer_question"
    assert [text for (text,) in fields(question, "text")] == ["York", "york", "Eboracum"]
    assert (question.question_text, warnings) == ("<p>Name it</p>", [])


def test_an_entry_in_a_sentence_is_a_blank_with_its_place() -> None:
    body = '<p>From <textEntryInteraction responseIdentifier="R"/> to London</p>'
    question, _ = read(an_item(declared("string", "York"), body))
    assert (question.question_type, question.question_text) == (
        "fill_in_multiple_blanks_question",
        "<p>From [R] to London</p>",
    )
    assert fields(question, "text", "blank_id", "weight") == [("York", "R", 100)]


def test_lists_and_entries_in_one_text_say_which_they_are() -> None:
    body = (
        '<p>A <inlineChoiceInteraction responseIdentifier="R">'
        + choices("inlineChoice", "a", "b")
        + '</inlineChoiceInteraction> and <textEntryInteraction responseIdentifier="S"/></p>'
    )
    question, _ = read(an_item(declared("identifier", "b") + declared("string", "x", name="S"), body))
    assert question.question_text == "<p>A [R] and [S]</p>"
    assert fields(question, "blank_id", "text", "weight", "answer_type") == [
        ("R", "text a", 0, "dropdown"),
        ("R", "text b", 100, "dropdown"),
        ("S", "x", 100, "openEntry"),
    ]


def test_words_put_into_gaps_are_a_list_for_each_gap() -> None:
    body = (
        '<gapMatchInteraction responseIdentifier="R">'
        '<gapText identifier="W" matchMax="1">winter</gapText><gapText identifier="S" matchMax="1">summer</gapText>'
        '<blockquote><p>Now is the <gap identifier="G1"/> made <gap identifier="G2"/></p></blockquote>'
        "</gapMatchInteraction>"
    )
    item = an_item(declared("directedPair", "W G1", "S G2", cardinality="multiple"), body)
    question, warnings = read(item)
    assert question.question_type == "multiple_dropdowns_question"
    assert question.question_text == "<blockquote><p>Now is the [G1] made [G2]</p></blockquote>"
    assert [(t, b) for t, b, weight in fields(question, "text", "blank_id", "weight") if weight] == [
        ("winter", "G1"),
        ("summer", "G2"),
    ]
    assert (len(question.answers), warnings) == (4, [])


def a_match(*pairs: str) -> etree._Element:
    sets = (choices("simpleAssociableChoice", "C", "D"), choices("simpleAssociableChoice", "M", "T", "R2"))
    body = "".join(f"<simpleMatchSet>{found}</simpleMatchSet>" for found in sets)
    return an_item(
        declared("directedPair", *pairs, cardinality="multiple"),
        f'<matchInteraction responseIdentifier="R">{body}</matchInteraction>',
    )


def test_sources_with_one_target_each_are_pairs_and_the_rest_distractors() -> None:
    question, _ = read(a_match("C M", "D T"))
    assert question.question_type == "matching_question"
    assert fields(question, "left", "right", "match_id") == [("text C", "text M", "M"), ("text D", "text T", "T")]
    assert question.matching_answer_incorrect_matches == "text R2"


def test_a_source_with_several_targets_makes_categories_of_them() -> None:
    question, _ = read(a_match("C M", "C T", "D T"))
    assert question.question_type == "categorization_question"
    assert fields(question, "id", "match_ids") == [("M", ["C"]), ("T", ["C", "D"]), ("R2", [])]


def test_pairs_of_one_set_are_a_matching_question() -> None:
    body = choices("simpleAssociableChoice", "A", "B", "C", "D")
    item = an_item(
        declared("pair", "A C", "B D", cardinality="multiple"),
        f'<associateInteraction responseIdentifier="R">{body}</associateInteraction>',
    )
    assert fields(read(item)[0], "left", "right") == [("text A", "text C"), ("text B", "text D")]


def test_an_order_is_the_declared_one() -> None:
    body = f'<orderInteraction responseIdentifier="R">{choices("simpleChoice", "x", "y", "z")}</orderInteraction>'
    question, _ = read(an_item(declared("identifier", "z", "x", "y", cardinality="ordered"), body))
    assert question.question_type == "ordering_question"
    assert fields(question, "id", "order") == [("x", 2), ("y", 3), ("z", 1)]
    _, warnings = read(an_item(declared(cardinality="ordered"), body))
    assert [code for code, _ in warnings] == ["qti2_answer_not_mapped"]


@pytest.mark.parametrize(
    ("interaction", "question_type"),
    [
        ('<extendedTextInteraction responseIdentifier="R"/>', "essay_question"),
        ('<uploadInteraction responseIdentifier="R"/>', "file_upload_question"),
        (
            '<drawingInteraction responseIdentifier="R"><object data="a.png" type="image/png"/></drawingInteraction>',
            "file_upload_question",
        ),
        ("<p>Read this</p>", "text_only_question"),
        ('<endAttemptInteraction responseIdentifier="H" title="Hint"/>', "text_only_question"),
    ],
)
def test_what_is_written_handed_in_or_only_read(interaction: str, question_type: str) -> None:
    question, warnings = read(an_item(declared("string"), f"<p>Do</p>{interaction}"))
    assert (question.question_type, warnings) == (question_type, [])


def a_picture(spots: str, size: str = ' width="200" height="100"') -> str:
    return f'<hotspotInteraction responseIdentifier="R"><object data="map.png" type="image/png"{size}/>{spots}</hotspotInteraction>'


def test_areas_are_parts_of_their_picture() -> None:
    spots = '<hotspotChoice identifier="A" shape="rect" coords="20,10,100,50"/><hotspotChoice identifier="B" shape="circle" coords="1,1,1"/>'
    question, warnings = read(an_item(declared("identifier", "A"), a_picture(spots)))
    assert question.new_quiz is not None
    assert (question.question_type, question.new_quiz.image_url, warnings) == ("hot_spot_question", "map.png", [])
    assert [
        (shape, [float(n) for n in where.split(",")]) for shape, where in fields(question, "shape", "coordinates")
    ] == [("rectangle", [0.1, 0.1, 0.5, 0.5])]
    _, warnings = read(an_item(declared("identifier", "A"), a_picture(spots, size="")))
    assert "qti2_area_not_mapped" in [code for code, _ in warnings]


NUMBER = '<p><textEntryInteraction responseIdentifier="R"/></p>'
IF = (
    "<responseProcessing><responseCondition><responseIf>{}"
    '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
    "</responseIf></responseCondition></responseProcessing>"
)
VALUE = '<baseValue baseType="float">{}</baseValue>'
GIVEN = '<variable identifier="R"/>'


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (f"<equal>{GIVEN}{VALUE.format(4)}</equal>", {"exact": 4}),
        (
            f'<equal toleranceMode="absolute" tolerance="0.5">{GIVEN}{VALUE.format(4)}</equal>',
            {"exact": 4, "margin": 0.5},
        ),
        (
            f'<equal toleranceMode="relative" tolerance="10 10">{GIVEN}{VALUE.format(40)}</equal>',
            {"exact": 40, "margin": 4},
        ),
        (
            f'<equalRounded roundingMode="decimalPlaces" figures="2">{GIVEN}{VALUE.format(3.14)}</equalRounded>',
            {"approximate": 3.14, "precision": 2, "precision_type": "decimals"},
        ),
        (
            f"<and><gte>{GIVEN}{VALUE.format(1)}</gte><lte>{GIVEN}{VALUE.format(2)}</lte></and>",
            {"start": 1, "end": 2},
        ),
        (f"<match>{GIVEN}<correct identifier='R'/></match>", {"exact": 9}),
    ],
)
def test_a_number_is_compared_as_its_rule_says(condition: str, answer: dict[str, Any]) -> None:
    question, warnings = read(an_item(declared("float", "9"), NUMBER, IF.format(condition)))
    assert (question.question_type, warnings) == ("numerical_question", [])
    assert fields(question, *answer) == [tuple(answer.values())]


def test_a_number_on_a_scale_is_the_declared_one() -> None:
    body = '<sliderInteraction responseIdentifier="R" lowerBound="0" upperBound="10"><prompt>How many?</prompt></sliderInteraction>'
    question, _ = read(an_item(declared("integer", "6"), body))
    assert (question.question_type, fields(question, "exact")) == ("numerical_question", [(6,)])


@pytest.mark.parametrize(
    ("outcome", "points"),
    [
        (
            '<outcomeDeclaration identifier="MAXSCORE"><defaultValue><value>4</value></defaultValue></outcomeDeclaration>',
            4,
        ),
        ('<outcomeDeclaration identifier="SCORE" normalMaximum="2.5"/>', 2.5),
        ('<outcomeDeclaration identifier="SCORE"/>', 1),
    ],
)
def test_points_are_what_the_outcomes_say(outcome: str, points: float) -> None:
    assert read(an_item(declared("identifier", "c") + outcome, CHOICE))[0].points_possible == points


@pytest.mark.parametrize(
    ("scores", "points"), [(["2", "0"], 2), (["0.5", "3", "-1"], 3), (["0"], 1), (["-1"], 1), (["<null/>"], 1), ([], 1)]
)
def test_without_a_maximum_the_points_are_the_highest_score_that_is_set(scores: list[str], points: float) -> None:
    def branch(score: str) -> str:
        value = score if score.startswith("<") else f'<baseValue baseType="float">{score}</baseValue>'
        return f'<responseIf><true/><setOutcomeValue identifier="SCORE">{value}</setOutcomeValue></responseIf>'

    rules = "".join(f"<responseCondition>{branch(score)}</responseCondition>" for score in scores)
    other = '<setOutcomeValue identifier="SHOWN"><baseValue baseType="float">9</baseValue></setOutcomeValue>'
    processing = f"<responseProcessing>{rules}{other}</responseProcessing>"
    assert read(an_item(declared("identifier", "c"), CHOICE, processing))[0].points_possible == points


def test_a_score_that_grows_by_points_has_no_maximum_of_its_own() -> None:
    added = '<sum><variable identifier="SCORE"/><baseValue baseType="float">5</baseValue></sum>'
    processing = (
        f'<responseProcessing><setOutcomeValue identifier="SCORE">{added}</setOutcomeValue></responseProcessing>'
    )
    assert read(an_item(declared("identifier", "c"), CHOICE, processing))[0].points_possible == 1


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (CHOICE + '<extendedTextInteraction responseIdentifier="E"/>', "choiceInteraction, extendedTextInteraction"),
        ('<graphicOrderInteraction responseIdentifier="R"/>', "graphicOrderInteraction"),
        ('<customInteraction responseIdentifier="R"/>', "customInteraction"),
    ],
)
def test_an_interaction_that_no_type_has_is_reported_by_name(body: str, names: str) -> None:
    _, warnings = read(an_item(declared(), body))
    assert [(code, sentence.rpartition(": ")[2]) for code, sentence in warnings] == [("qti2_item_not_mapped", names)]
