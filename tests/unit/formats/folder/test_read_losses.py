"""What no package will have of the REST objects of a folder is named by the load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import roundtrip
from tests.support.roundtrip import Loaded

COURSE = {"id": 110, "name": "Case"}
QUIZ = {"id": 1, "title": "Q"}


def load(folder: Path, **documents: Any) -> Loaded:
    for name, document in {"course": COURSE, **documents}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return roundtrip.load(folder)


def named(loaded: Loaded) -> list[tuple[str, str]]:
    return [(str(warning.code), warning.message) for warning in loaded.importing.warnings]


def answers(*weights: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": n + 1, "text": f"a{n}", "weight": weight, **more} for n, weight in enumerate(weights)]


@pytest.mark.parametrize(
    ("question_type", "blank"),
    [
        ("multiple_choice_question", {}),
        ("true_false_question", {}),
        ("missing_word_question", {}),
        ("multiple_dropdowns_question", {"blank_id": "b"}),
        ("fill_in_multiple_blanks_question", {"blank_id": "b", "answer_type": "dropdown"}),
    ],
)
def test_several_right_answers_of_which_one_is_kept_are_named_by_load_and_export(
    tmp_path: Path, question_type: str, blank: dict[str, str]
) -> None:
    question = {"id": 2, "quiz_id": 1, "question_type": question_type, "question_text": "[b]"}
    loaded = load(tmp_path, quizzes=[QUIZ], quiz_questions=[{**question, "answers": answers(100, 100, 0, **blank)}])
    ((code, message),) = named(loaded)
    assert code == "qti_answer_not_mapped"
    assert "has 2 right answers" in message
    report = roundtrip.export(loaded, tmp_path / "p.imscc")
    assert [(w.code, w.kind, w.item_id) for w in report.warnings] == [(code, "quiz_questions", 2)]
    assert not report.receipt().complete


@pytest.mark.parametrize(
    ("question_type", "each"),
    [
        ("multiple_answers_question", {}),
        ("multiple_choice_question", {"points": 1}),
        ("short_answer_question", {}),
        ("fill_in_multiple_blanks_question", {"blank_id": "b"}),
    ],
)
def test_several_right_answers_that_are_all_kept_are_no_warning(
    tmp_path: Path, question_type: str, each: dict[str, Any]
) -> None:
    question = {"id": 2, "quiz_id": 1, "question_type": question_type, "question_text": "[b]"}
    loaded = load(tmp_path, quizzes=[QUIZ], quiz_questions=[{**question, "answers": answers(100, 100, **each)}])
    assert named(loaded) == []
    assert roundtrip.export(loaded, tmp_path / "p.imscc").warnings == []


@pytest.mark.parametrize(("kind", "field"), [("assignments", "overrides"), ("quizzes", "assignment_overrides")])
def test_overrides_for_people_are_named_by_the_load(tmp_path: Path, kind: str, field: str) -> None:
    overrides = [
        {"id": 7, "title": "Section B", "course_section_id": 3, "due_at": "2026-01-01T00:00:00Z"},
        {"id": 8, "title": "Path", "set_type": "Noop", "set_id": 1},
        {"id": 9, "student_ids": [4]},
    ]
    loaded = load(tmp_path, **{kind: [{"id": 1, "name": "A", "title": "A", field: overrides}]})
    place = loaded.importing.warnings[0].place
    sentence = f"{place} has 2 overrides for people, which no package has: Section B, 9."
    assert named(loaded) == [("override_left_out", sentence)]
