"""A quiz as an assessment: metadata, order, groups, what Common Cartridge keeps of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from lxml import etree

from shared.domain.content.quizzes import BankQuestion, QuestionBank, Quiz, QuizGroup, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats.qti import assessment
from shared.formats.qti.packages import objectbank
from shared.formats.qti.quiz_items import quiz_items
from tests.support.qti_builders import QTI, a_packing, a_question, canonical

KEY = "gdb72906bc6c7dd9d7872d468a5cc279b"  # of quiz 5
CHOICE = [{"id": 1, "text": "a", "weight": 100}]


def a_quiz(**fields: Any) -> Quiz:
    return Quiz.from_json({"id": 5, "title": "Optics", "allowed_attempts": 1, **fields})


def documents(objects: dict[Kind, list[Any]], **fields: Any) -> tuple[etree._Element, etree._Element]:
    """(full, Common Cartridge) of quiz 5."""
    quiz = a_quiz(**fields)
    packing = a_packing({Kind.QUIZZES: [quiz], **objects})
    found = quiz_items(quiz, packing, with_cc=True)
    return (
        etree.fromstring(assessment.full_document(quiz, found, packing)),
        etree.fromstring(assessment.cc_document(quiz, found, packing)),
    )


def question(number: int, kind: str = "true_false_question", **fields: Any) -> QuizQuestion:
    name = {"question_name": f"Q{number}", "assessment_question_id": 100 + number}
    return a_question(kind, **{"answers": CHOICE, "id": number, "position": number, **name, **fields})


def titles(root: etree._Element) -> list[str]:
    """Items and sections below the root section, in order; those inside a section indented."""
    section = root.find("{*}assessment/{*}section")
    assert section is not None
    found = []
    for child in section:
        found.append(child.get("title") or "")
        found += [f"  {item.get('title')}" for item in child.iterfind("{*}item")]
    return found


def entries(root: etree._Element) -> dict[str, str | None]:
    fields = root.findall("{*}assessment/{*}qtimetadata/{*}qtimetadatafield")
    return {f.findtext("{*}fieldlabel") or "": f.findtext("{*}fieldentry") for f in fields}


def test_an_empty_quiz_is_an_assessment_with_an_empty_section() -> None:
    full, _ = documents({})
    assert canonical(full) == canonical(
        f'<questestinterop xmlns="{QTI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{QTI} http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd">'
        f'<assessment ident="{KEY}" title="Optics"><qtimetadata><qtimetadatafield>'
        "<fieldlabel>cc_maxattempts</fieldlabel><fieldentry>1</fieldentry></qtimetadatafield></qtimetadata>"
        '<section ident="root_section"/></assessment></questestinterop>'
    )


def test_time_limit_and_attempts_are_metadata_and_minus_one_is_unlimited() -> None:
    full, cc = documents({}, time_limit=30, allowed_attempts=-1)
    assert entries(full) == {"qmd_timelimit": "30", "cc_maxattempts": "unlimited"}
    assert list(entries(cc).items()) == [
        ("cc_profile", "cc.exam.v0p1"),
        ("qmd_assessmenttype", "Examination"),
        ("qmd_scoretype", "Percentage"),
        ("qmd_timelimit", "30"),
        ("cc_maxattempts", "unlimited"),
    ]


def test_questions_and_groups_stand_by_position_and_those_without_one_come_last() -> None:
    group = QuizGroup(id=3, quiz_id=5, name="Group", pick_count=1, question_points=5.0, position=2)
    own = [question(11, quiz_group_id=3, position=2), question(10, quiz_group_id=3, position=1)]
    loose = [question(4, position=None), question(3), question(1)]
    full, _ = documents({Kind.QUIZ_GROUPS: [group], Kind.QUIZ_QUESTIONS: [*own, *loose]})
    assert titles(full) == ["Q1", "Group", "  Q10", "  Q11", "Q3", "Q4"]


def test_a_question_of_a_group_that_is_gone_is_asked_by_the_quiz_itself() -> None:
    full, _ = documents({Kind.QUIZ_QUESTIONS: [question(1, quiz_group_id=99)]})
    assert titles(full) == ["Q1"]


def selection(group: QuizGroup) -> str:
    full, _ = documents({Kind.QUIZ_GROUPS: [group], Kind.QUESTION_BANKS: [QuestionBank(id=2, title="Bank")]})
    section = full.find(".//{*}section/{*}section")
    assert section is not None
    assert section.get("ident") == "gdfbde793dba077c5f0788a8f9ccf7962"
    return re.sub(r' xmlns(:xsi)?="[^"]*"', "", canonical(section[0]))


def test_a_group_says_how_many_and_for_how_much() -> None:
    assert selection(QuizGroup(id=3, quiz_id=5, name="G", pick_count=3, question_points=5.0)) == (
        "<selection_ordering><selection><selection_number>3</selection_number><selection_extension>"
        "<points_per_item>5.0</points_per_item></selection_extension></selection></selection_ordering>"
    )


def test_a_group_draws_from_a_bank_of_the_course_by_its_key() -> None:
    packing = a_packing()
    group = QuizGroup(id=3, quiz_id=5, pick_count=1, question_points=1, assessment_question_bank_id=2)
    assert f"<sourcebank_ref>{packing.key(Kind.QUESTION_BANKS, 2)}</sourcebank_ref><selection_number>" in selection(
        group
    )
    assert "sourcebank_context" not in selection(group)


def test_a_group_draws_from_a_bank_of_elsewhere_by_number_and_owner() -> None:
    group = QuizGroup(
        id=3,
        quiz_id=5,
        pick_count=1,
        question_points=1,
        assessment_question_bank_id=77,
        sourcebank_context="account_1",
        sourcebank_export_id="gabc",
    )
    assert selection(group) == (
        "<selection_ordering><selection><sourcebank_ref>77</sourcebank_ref>"
        "<sourcebank_export_id>gabc</sourcebank_export_id><selection_number>1</selection_number>"
        "<selection_extension><points_per_item>1</points_per_item><sourcebank_context>account_1</sourcebank_context>"
        "<sourcebank_is_external>true</sourcebank_is_external></selection_extension></selection></selection_ordering>"
    )


def test_a_bank_of_elsewhere_is_named_by_its_key_too_where_no_package_has_said_it() -> None:
    group = QuizGroup(id=3, quiz_id=5, assessment_question_bank_id=77, sourcebank_context="course_42")
    hashed = hashlib.md5(b"assessment_question_bank_10000000000077").hexdigest()
    assert f"<sourcebank_export_id>g{hashed}</sourcebank_export_id>" in selection(group)


def test_a_bank_that_nobody_knows_is_named_by_its_number_and_reported() -> None:
    quiz, group = a_quiz(), QuizGroup(id=3, quiz_id=5, name="G", assessment_question_bank_id=77)
    packing = a_packing({Kind.QUIZ_GROUPS: [group]})
    full = etree.fromstring(assessment.full_document(quiz, quiz_items(quiz, packing, with_cc=False), packing))
    assert full.findtext(".//{*}sourcebank_ref") == "77"
    assert [(w.code, w.item_id) for w in packing.report.warnings] == [("bank_unknown", 3)]


def test_common_cartridge_keeps_five_types_and_the_first_picks_of_a_group() -> None:
    group = QuizGroup(id=3, quiz_id=5, name="Group", pick_count=1, question_points=1, position=2)
    kinds = ["multiple_choice_question", "matching_question", "essay_question", "numerical_question"]
    loose = [question(n, kind, position=n * 10) for n, kind in enumerate(kinds, 1)]
    own = [
        question(21, "calculated_question", quiz_group_id=3, position=1),
        question(22, quiz_group_id=3, position=2),
        question(23, quiz_group_id=3, position=3),
    ]
    full, cc = documents({Kind.QUIZ_GROUPS: [group], Kind.QUIZ_QUESTIONS: [*loose, *own]})
    assert titles(full) == ["Group", "  Q21", "  Q22", "  Q23", "Q1", "Q2", "Q3", "Q4"]
    assert titles(cc) == ["Q22", "Q1", "Q3"]
    assert cc.find(".//{*}points_per_item") is None


def test_a_choice_without_choices_is_no_item_of_the_profile() -> None:
    _, cc = documents({Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question")]})
    assert titles(cc) == []


def test_a_question_that_cannot_be_written_is_skipped_and_the_rest_is_intact() -> None:
    quiz = a_quiz()
    bad = question(2, "numerical_question", answers=[{"id": 1, "exact": float("inf"), "margin": 1}])
    packing = a_packing({Kind.QUIZ_QUESTIONS: [question(1), bad, question(3)]})
    found = quiz_items(quiz, packing, with_cc=True)
    full = etree.fromstring(assessment.full_document(quiz, found, packing))
    assert titles(full) == ["Q1", "Q3"]
    assert packing.report.failed == {"quiz_questions": 1}
    assert [(w.item_id, w.title) for w in packing.report.warnings if w.code == "not_packed"] == [(2, "Q2")]


def test_a_bank_says_its_title_owner_and_state_and_holds_its_questions() -> None:
    bank = QuestionBank(id=2, title="Optics", bank_context_uuid="u-1", bank_type="Course")
    questions = [
        BankQuestion.from_json({"id": n, "question_bank_id": 2, "question_type": "essay_question", "position": 9 - n})
        for n in (8, 7)
    ]
    packing = a_packing({Kind.BANK_QUESTIONS: questions})
    root = etree.fromstring(objectbank.document(bank, packing))
    bank_element = root[0]
    assert bank_element.get("ident") == packing.key(Kind.QUESTION_BANKS, 2)
    fields = bank_element.findall("{*}qtimetadata/{*}qtimetadatafield")
    assert [(f[0].text, f[1].text) for f in fields] == [
        ("bank_title", "Optics"),
        ("bank_type", "Course"),
        ("bank_context_uuid", "u-1"),
        ("bank_state", "active"),
    ]
    keys = [packing.key(Kind.BANK_QUESTIONS, n) for n in (8, 7)]
    assert [item.get("ident") for item in bank_element.iterfind("{*}item")] == keys
