"""QTI 1.2 documents of other tools: texts, references, banks and selections are read wherever they stand, or are named."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.kinds import Kind
from shared.formats.importing import Importing
from shared.formats.imscp.resource import Resource
from shared.formats.quizzes import read as quizzes
from tests.support.formats import a_source, an_importing
from tests.unit.formats.qti.test_foreign_items import choices, condition, text

KEY = f"<resprocessing>{condition('A')}</resprocessing>"
ITEM = f'<item ident="I"><presentation>{text("Q?")}{choices()}</presentation>{KEY}</item>'


def read(*parts: str) -> Importing:
    """What is read of a document with these children of its root."""
    source = a_source(
        {"q.xml": f"<questestinterop>{''.join(parts)}</questestinterop>"},
        [Resource("R", "imsqti_xmlv1p2", files=("q.xml",))],
    )
    importing = an_importing()
    quizzes.read(source, importing)
    return importing


def quiz(*parts: str) -> str:
    return f'<assessment ident="A" title="T">{"".join(parts)}</assessment>'


def section(*parts: str, title: str = "S") -> str:
    return f'<section ident="s" title="{title}">{"".join(parts)}</section>'


def drawn(number: str, more: str = "") -> str:
    return f"<selection_ordering><selection>{more}<selection_number>{number}</selection_number></selection></selection_ordering>"


def questions(importing: Importing, kind: Kind = Kind.QUIZ_QUESTIONS) -> list[Any]:
    return [question.question_text for question in importing.all(kind)]  # type: ignore[attr-defined]


def codes(importing: Importing) -> list[str]:
    return [str(warning.code) for warning in importing.warnings]


@pytest.mark.parametrize(
    "parts",
    [
        (quiz(ITEM),),
        (section(ITEM), quiz('<sectionref linkrefid="s"/>')),
        (section(ITEM), quiz('<section ident="m"><sectionref linkrefid="s"/></section>')),
        (ITEM, quiz('<section ident="m"><itemref linkrefid="I"/></section>')),
    ],
)
def test_a_question_is_read_wherever_the_quiz_has_or_names_it(parts: tuple[str, ...]) -> None:
    importing = read(*parts)
    assert (questions(importing), codes(importing)) == (["Q?"], [])
    assert importing.all(Kind.QUESTION_BANKS) == []


def test_an_item_that_two_quizzes_refer_to_is_a_question_of_each() -> None:
    refers = '<section ident="m"><itemref linkrefid="I"/></section>'
    importing = read(ITEM, quiz(refers), quiz(refers).replace('"A"', '"B"'))
    assert questions(importing) == ["Q?", "Q?"]
    assert len({question.quiz_id for question in importing.all(Kind.QUIZ_QUESTIONS)}) == 2  # type: ignore[attr-defined]


def test_banks_and_loose_questions_beside_a_quiz_are_banks() -> None:
    bank = f'<objectbank ident="B">{ITEM}</objectbank>'
    importing = read(bank, ITEM.replace("Q?", "Loose?"), quiz(section('<itemref linkrefid="I"/>')))
    assert questions(importing) == ["Q?"]
    assert sorted(questions(importing, Kind.BANK_QUESTIONS)) == ["Loose?", "Q?"]
    assert len(importing.all(Kind.QUESTION_BANKS)) == 2
    assert codes(importing) == []


def test_a_reference_to_what_holds_it_is_left_alone() -> None:
    assert questions(read(quiz(section(ITEM, '<sectionref linkrefid="s"/>')))) == ["Q?"]


@pytest.mark.parametrize("reference", ['<material_ref linkrefid="M"/>', '<material><matref linkrefid="M"/></material>'])
def test_a_text_by_reference_stands_where_it_is_referred_to(reference: str) -> None:
    shared = f"<presentation_material><flow_mat>{text('Read this. ')}</flow_mat></presentation_material>"
    named = shared.replace("<mattext", '<mattext label="M"') if "matref" in reference else shared
    named = named if "matref" in reference else named.replace("<material>", '<material label="M">')
    importing = read(quiz(named, section(ITEM.replace("<presentation>", f"<presentation>{reference}"))))
    assert questions(importing) == ["Read this. Q?"]


def test_a_text_in_front_of_a_section_is_a_text_between_the_questions() -> None:
    importing = read(quiz(section(section(f"<rubric>{text('Read on.')}</rubric>", ITEM))))
    assert questions(importing) == ["Read on.", "Q?"]
    assert importing.all(Kind.QUIZ_QUESTIONS)[0].question_type == "text_only_question"  # type: ignore[attr-defined]


def test_a_quiz_whose_only_section_draws_its_questions_has_a_group() -> None:
    [group] = read(quiz(section(drawn("2"), ITEM))).all(Kind.QUIZ_GROUPS)
    assert (group.name, group.pick_count) == ("S", 2)  # type: ignore[attr-defined]
    assert read(quiz(section(drawn("", "<sourcebank_ref/>"), ITEM))).all(Kind.QUIZ_GROUPS) == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("<rubric>" + text("Instructions") + "</rubric>" + drawn("1"), "qti_text_lost"),
        (drawn("1").replace("</selection>", "</selection><selection/>"), "qti_reference_not_mapped"),
        (drawn("1", '<selection_metadata mdname="x">y</selection_metadata>'), "qti_setting_not_mapped"),
        ("<duration>PT5M</duration>", "qti_setting_not_mapped"),
        ('<sectionfeedback ident="F">' + text("Well done") + "</sectionfeedback>", "qti_feedback_not_mapped"),
    ],
)
def test_what_a_quiz_has_no_place_for_is_named(part: str, code: str) -> None:
    assert codes(read(quiz(section(part, ITEM)))) == [code]


def test_settings_of_another_tool_are_named_once_a_quiz() -> None:
    field = "<qtimetadatafield><fieldlabel>{}</fieldlabel><fieldentry>{}</fieldentry></qtimetadatafield>"
    fields = field.format("FEEDBACK", "NONE") + field.format("EMPTY", "") + field.format("cc_profile", "cc.exam.v0p1")
    [warning] = read(quiz(f"<qtimetadata>{fields}</qtimetadata>", section(ITEM))).warnings
    assert (warning.code, warning.message) == (
        "qti_setting_not_mapped",
        "T has settings that have no place here: FEEDBACK.",
    )


@pytest.mark.parametrize(
    ("inside", "lost"),
    [
        (f"<itemrubric>{text('Only here')}</itemrubric>", ["Only here"]),
        (f"<itemrubric>{text('Q?')}</itemrubric>", []),
        (f"<objectives>{text('&lt;p&gt;Only&amp;nbsp;here&lt;/p&gt;', 'text/html')}</objectives>", ["Only here"]),
    ],
)
def test_a_text_of_an_item_that_comes_nowhere_is_named(inside: str, lost: list[str]) -> None:
    importing = read(quiz(section(ITEM.replace("<presentation>", f"{inside}<presentation>"))))
    assert [w.message.rpartition(": ")[2].rstrip(".") for w in importing.warnings] == lost
