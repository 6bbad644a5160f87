"""Keys of QTI 2 that stand in rules alone, and what a question or a quiz has no place for: read, or named."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain.kinds import Kind
from tests.support.roundtrip import Loaded
from tests.unit.formats.qti21.test_read_items import CHOICE, an_item, declared, fields, read
from tests.unit.formats.qti21.test_read_package import edited, questions, the_quiz

ENTRY = '<p>X is <textEntryInteraction responseIdentifier="R"/>.</p>'
SETS = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{}</baseValue></setOutcomeValue>'


def rule(comparison: str, value: str, points: int = 1, more: str = "") -> str:
    """A rule that gives points for a response that compares with a value."""
    compared = (
        f'<{comparison}{more}><variable identifier="R"/><baseValue baseType="string">{value}</baseValue></{comparison}>'
    )
    return (
        "<responseProcessing><responseCondition><responseIf>"
        f"{compared}{SETS.format(points)}</responseIf></responseCondition></responseProcessing>"
    )


@pytest.mark.parametrize("comparison", ["stringMatch", "match", "equal"])
def test_a_text_that_only_a_rule_accepts_is_accepted(comparison: str) -> None:
    question, warnings = read(an_item(declared("string"), ENTRY, rule(comparison, "Rome")))
    assert (fields(question, "text", "weight"), warnings) == ([("Rome", 100)], [])
    assert read(an_item(declared("string"), ENTRY, rule(comparison, "Rome", 0)))[0].answers == []


def test_choices_that_only_a_rule_names_are_right() -> None:
    both = rule("member", "A2")
    question, _ = read(an_item(declared("identifier", cardinality="multiple"), CHOICE, both))
    assert [answer.id for answer in question.answers if answer.correct] == [2]


def test_a_pattern_of_texts_is_named() -> None:
    pattern = rule("patternMatch", "", more=' pattern="[0-9]+"')
    _, warnings = read(an_item(declared("string", "42"), ENTRY, pattern))
    assert [code for code, _ in warnings] == ["qti_pattern_as_text"]


def test_pairs_that_name_the_second_set_first_are_pairs() -> None:
    def choices(*names: str) -> str:
        parts = (
            f'<simpleAssociableChoice identifier="{name}" matchMax="1">{name}</simpleAssociableChoice>'
            for name in names
        )
        return f"<simpleMatchSet>{''.join(parts)}</simpleMatchSet>"

    body = f'<matchInteraction responseIdentifier="R">{choices("A", "B")}{choices("C", "D")}</matchInteraction>'
    question, _ = read(an_item(declared("directedPair", "D A", "C B", cardinality="multiple"), body))
    assert fields(question, "left", "right") == [("A", "D"), ("B", "C")]


@pytest.mark.parametrize(
    ("body", "rest", "code"),
    [
        (CHOICE, '<stylesheet href="s.css" type="text/css"/>', "head_dropped"),
        ('<extendedTextInteraction responseIdentifier="R"/><p>Why?</p>', "", "qti2_feedback_not_mapped"),
    ],
)
def test_what_a_question_has_no_place_for_is_named(body: str, rest: str, code: str) -> None:
    _, warnings = read(an_item(declared("identifier", "A2"), body, rest=rest))
    assert [warned for warned, _ in warnings] == [code]


def codes(loaded: Loaded) -> list[str]:
    return [str(warning.code) for warning in loaded.importing.warnings]


def test_a_text_of_an_item_that_comes_nowhere_is_named(tmp_path: Path) -> None:
    hint = '<itemBody><infoControl title="Hint"><p>Think of the sea.</p></infoControl>'
    changed = edited(tmp_path, lambda _, text: text.replace("<itemBody>", hint))
    assert set(codes(changed)) >= {"qti_text_lost"}
    assert "qti_text_lost" not in codes(edited(tmp_path, lambda _, text: text))


def test_the_time_of_the_only_part_is_that_of_the_quiz(tmp_path: Path) -> None:
    def moved(_: str, text: str) -> str:
        limits = '<timeLimits maxTime="600"/>'
        return text.replace('<timeLimits maxTime="5400"/>', "").replace(
            "<assessmentSection", f"{limits}<assessmentSection", 1
        )

    assert the_quiz(edited(tmp_path, moved)).time_limit == 10


def test_settings_of_one_section_are_named(tmp_path: Path) -> None:
    limits = '<timeLimits maxTime="60"/>'
    changed = edited(tmp_path, lambda _, text: text.replace("<assessmentItemRef", f"{limits}<assessmentItemRef", 1))
    assert "qti_setting_not_mapped" in codes(changed)
    assert len(questions(changed)) == len(list(changed.course.each(Kind.QUIZ_QUESTIONS)))
