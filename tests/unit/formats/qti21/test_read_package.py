"""Packages of QTI 2 that other tools wrote: tests, sections and items as quizzes, groups, banks and questions."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup, QuizQuestion
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from tests.support.packed_folder import packed
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import needs_shared, package

Edit = Callable[[str, str], str]  # the name of a member and its text -> its text


@pytest.fixture(scope="module")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(packed("qti2_foreign", tmp_path_factory.mktemp("qti2") / "rivers.zip"))


def edited(folder: Path, edit: Edit) -> Loaded:
    """The package with its documents changed."""
    source, target = packed("qti2_foreign", folder / "1.zip"), folder / "2.zip"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, edit(name, body.decode()) if name.endswith(".xml") else body)
    return load(target)


def the_quiz(loaded: Loaded) -> Quiz:
    (quiz,) = loaded.course.each(Kind.QUIZZES)
    return quiz


def questions(loaded: Loaded) -> dict[str, QuizQuestion]:
    return {q.question_name or "": q for q in loaded.course.each(Kind.QUIZ_QUESTIONS)}


def test_a_test_is_a_quiz_with_its_settings(rivers: Loaded) -> None:
    quiz = the_quiz(rivers)
    assert (quiz.title, quiz.description) == ("Rivers of the world", "<p>Answer <em>all</em> questions.</p>")
    assert (quiz.time_limit, quiz.allowed_attempts, quiz.shuffle_answers) == (90, 2, True)
    assert (quiz.one_question_at_a_time, quiz.cant_go_back, quiz.show_correct_answers) == (True, True, False)


@pytest.mark.parametrize("version", ["v2p0", "v2p2"])
def test_other_versions_of_qti_2_are_read_alike(version: str, rivers: Loaded, tmp_path: Path) -> None:
    loaded = edited(tmp_path, lambda _, text: text.replace("v2p1", version))
    assert len(questions(loaded)) > 5
    assert [q.to_json() for q in loaded.course.each(Kind.QUIZ_QUESTIONS)] == [
        q.to_json() for q in rivers.course.each(Kind.QUIZ_QUESTIONS)
    ]


def test_a_section_that_draws_is_a_group(rivers: Loaded) -> None:
    groups: list[QuizGroup] = list(rivers.course.each(Kind.QUIZ_GROUPS))
    assert [(g.name, g.pick_count, g.question_points) for g in groups] == [("One of two", 1, 2)]
    inside = [q for q in rivers.course.each(Kind.QUIZ_QUESTIONS) if q.quiz_group_id == groups[0].id]
    assert [(q.question_name, q.position) for q in inside] == [("How long", 1), ("At so much a second", 2)]


def test_a_section_within_a_section_that_draws_gives_its_questions_to_the_group(tmp_path: Path) -> None:
    def edit(name: str, text: str) -> str:
        if name != "rivers.xml":
            return text
        start = text.index("<assessmentItemRef", text.index("<selection"))
        end = text.index("/>", start) + 2
        inner = '<assessmentSection identifier="inner" title="Inner" visible="true">'
        return f"{text[:start]}{inner}{text[start:end]}</assessmentSection>{text[end:]}"

    loaded = edited(tmp_path, edit)
    (group,) = loaded.course.each(Kind.QUIZ_GROUPS)
    inside = [q for q in loaded.course.each(Kind.QUIZ_QUESTIONS) if q.quiz_group_id == group.id]
    assert [q.question_name for q in inside] == ["How long", "At so much a second"]


def test_questions_come_in_order_with_their_weights_and_a_heading_is_a_text(rivers: Loaded) -> None:
    found = [q for q in rivers.course.each(Kind.QUIZ_QUESTIONS) if q.quiz_group_id is None]
    assert [(q.question_name, q.question_type, q.points_possible) for q in found] == [
        ("The longest", "multiple_choice_question", 3),
        ("Where they end", "matching_question", 2),
        ("In your own words", "text_only_question", 0),
        ("A river you know", "essay_question", 10),
    ]


def test_feedback_is_that_of_the_choice_or_the_rule_that_shows_it(rivers: Loaded) -> None:
    question = questions(rivers)["The longest"]
    assert [(answer.text or answer.html, answer.comments) for answer in question.answers] == [
        ("The Nile", "It rises in Burundi."),
        ("The <em>Rhine</em>", None),
    ]
    assert question.correct_comments == "6,650 km."
    assert question.incorrect_comments_html == "<p>Look at <strong>Africa</strong>.</p>"


def test_a_picture_is_a_file_of_the_course(rivers: Loaded) -> None:
    (file,) = rivers.course.each(Kind.FILES)
    assert file.display_name == "map of rivers.png"
    assert f"/files/{file.id}/preview" in (questions(rivers)["The longest"].question_text or "")


def test_items_of_no_test_are_a_bank_under_the_title_of_the_package(rivers: Loaded) -> None:
    banks: list[QuestionBank] = list(rivers.course.each(Kind.QUESTION_BANKS))
    assert [bank.title for bank in banks] == ["Rivers"]
    found = [(q.question_name, q.question_bank_id) for q in rivers.course.each(Kind.BANK_QUESTIONS)]
    assert found == [("In no test", banks[0].id)]


def test_what_does_not_map_is_reported_by_name(rivers: Loaded) -> None:
    warnings = {(w.code, w.place): w.message for w in rivers.importing.warnings}
    assert set(warnings) == {
        ("qti3_not_mapped", "items/later.xml"),
        ("qti2_rule_not_mapped", "rivers.xml"),
        ("qti_reference_not_mapped", "rivers.xml"),
        ("qti2_item_not_mapped", "items/pictures.xml"),
        ("qti2_rubric_not_mapped", "items/length.xml"),
        ("qti2_template_not_mapped", "items/made.xml"),
        ("qti2_feedback_not_mapped", "rivers.xml"),
        ("qti2_adaptive_not_mapped", "items/describe.xml"),
    }
    assert "pictures (Lay them on the map)" in warnings["qti2_item_not_mapped", "items/pictures.xml"]
    assert "items/gone.xml" in warnings["qti_reference_not_mapped", "rivers.xml"]


def test_a_section_that_stands_alone_is_a_bank(tmp_path: Path) -> None:
    loaded = edited(tmp_path, lambda _, text: text.replace('<assessmentSectionRef identifier="appendix"', "<gone"))
    assert [bank.title for bank in loaded.course.each(Kind.QUESTION_BANKS)] == ["In your own words", "Rivers"]


def test_the_parts_of_a_test_are_one_quiz_of_all_their_questions_with_a_warning(rivers: Loaded, tmp_path: Path) -> None:
    def in_two(name: str, text: str) -> str:
        start = text.find("<testPart") if name == "rivers.xml" else -1
        end = text.find(">", start) + 1
        split = text.find("<assessmentSection", text.find("</assessmentSection>"))
        return text if start < 0 else f"{text[:split]}</testPart>{text[start:end]}{text[split:]}"

    loaded = edited(tmp_path, in_two)
    assert questions(loaded).keys() == questions(rivers).keys()
    assert [w.message for w in loaded.importing.warnings if w.code == "qti2_parts_joined"] == [
        "Rivers of the world has several parts; they are one quiz here."
    ]


def test_a_section_that_refers_to_itself_is_read_once(tmp_path: Path) -> None:
    own = '<assessmentSectionRef identifier="again" href="appendix.xml"/></assessmentSection>'

    def edit(name: str, text: str) -> str:
        return text.replace("</assessmentSection>", own) if name == "sections/appendix.xml" else text

    loaded = edited(tmp_path, edit)
    assert len(questions(loaded)) == 6
    assert sum("inside of that section" in w.message for w in loaded.importing.warnings) == 1


@pytest.mark.parametrize("member", ["items/longest.xml", "sections/appendix.xml", "items/seas.xml"])
def test_a_broken_document_leaves_the_rest_of_the_test_intact(member: str, tmp_path: Path) -> None:
    loaded = edited(tmp_path, lambda name, text: "<not xml" if name == member else text)
    assert len(questions(loaded)) >= 4
    assert member in {w.place for w in loaded.importing.warnings}


@pytest.mark.parametrize(
    ("target", "version"), [(Target.CANVAS, "1.2"), (Target.GENERIC, "1.2"), (Target.CANVAS, "2.1")]
)
def test_it_is_exported_in_each_form_with_all_its_questions(
    rivers: Loaded, target: Target, version: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    report = export(rivers, out, version, None, "qti", target=target, include_banks=True)
    assert (report.skipped, report.failed) == ({}, {})
    assert (report.packed["quiz_questions"], report.packed["bank_questions"]) == (6, 1)
    assert set(questions(load(out))) == set(questions(rivers))


@needs_shared
def test_a_quiz_and_a_bank_of_the_public_examples_are_read() -> None:
    for name, kind in (("VE_TP_01.zip", Kind.QUIZ_QUESTIONS), ("VE_IP_01.zip", Kind.BANK_QUESTIONS)):
        found = [question.question_type for question in load(package(name)).course.each(kind)]
        assert found == ["true_false_question"], name
