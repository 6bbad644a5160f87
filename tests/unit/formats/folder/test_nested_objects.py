"""REST answers hold objects inside objects: each becomes an object of its own, and none is lost or doubled."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.kinds import Kind
from shared.formats.folder.read import read
from shared.formats.importing import Importing

COURSE = {"id": 110, "name": "Case"}


def load(folder: Path, **documents: Any) -> Importing:
    for name, document in {"course": COURSE, **documents}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return read(folder, Importing(course_id=110, next_id=itertools.count(5000).__next__))


def only(importing: Importing, kind: Kind) -> Any:
    (item,) = importing.all(kind)
    return item


NESTED = [
    ("modules", "items", Kind.MODULE_ITEMS, "module_id"),
    ("assignment_groups", "assignments", Kind.ASSIGNMENTS, "assignment_group_id"),
    ("learning_outcome_groups", "outcomes", Kind.LEARNING_OUTCOMES, "outcome_group_id"),
    ("learning_outcome_groups", "subgroups", Kind.LEARNING_OUTCOME_GROUPS, "parent_outcome_group_id"),
    ("quizzes", "quiz_questions", Kind.QUIZ_QUESTIONS, "quiz_id"),
    ("quizzes", "questions", Kind.QUIZ_QUESTIONS, "quiz_id"),
    ("quizzes", "quiz_groups", Kind.QUIZ_GROUPS, "quiz_id"),
    ("question_banks", "assessment_questions", Kind.BANK_QUESTIONS, "question_bank_id"),
]


@pytest.mark.parametrize(("document", "field", "kind", "parent"), NESTED)
def test_what_an_object_holds_is_an_object_that_names_it(
    tmp_path: Path, document: str, field: str, kind: Kind, parent: str
) -> None:
    inner = {"id": 4, "title": "In", "name": "In", "question_name": "In"}
    importing = load(tmp_path, **{document: [{"id": 1, "title": "Out", "name": "Out", field: [inner]}]})
    item = next(each for each in importing.all(kind) if each.id == 4)
    assert (getattr(item, parent), item.label) == (1, "In")
    outer = next(each for each in importing.all(Kind(document)) if each.id == 1)
    assert field not in outer.extra
    assert importing.warnings == []


@pytest.mark.parametrize(("document", "field", "kind", "parent"), NESTED)
def test_what_its_own_document_lists_too_is_taken_from_there_once(
    tmp_path: Path, document: str, field: str, kind: Kind, parent: str
) -> None:
    own = [{"id": 4, "title": "Own", "name": "Own", "question_name": "Own"}]
    outer = {"id": 1, "title": "Out", "name": "Out", field: [{"id": 4, "title": "Copy", "name": "Copy"}]}
    documents = {document: [outer], kind.value: own} if kind.value != document else {document: [outer, *own]}
    importing = load(tmp_path, **documents)
    (item,) = [each for each in importing.all(kind) if each.id == 4]
    assert (item.label, getattr(item, parent)) == ("Own", 1)
    assert importing.warnings == []


def test_the_rubric_of_an_assignment_is_a_rubric_that_the_assignment_names(tmp_path: Path) -> None:
    criterion = {"id": "_1", "points": 5, "description": "crit", "outcome_id": 9, "ratings": [{"id": "b", "points": 5}]}
    settings = {"id": 3, "title": "RR", "points_possible": 5, "free_form_criterion_comments": False}
    assignment = {"id": 6, "name": "A", "rubric": [criterion], "use_rubric_for_grading": True}
    two = [{**assignment, "rubric_settings": settings}, {**assignment, "id": 7, "rubric_settings": settings}]
    importing = load(tmp_path, assignment_groups=[{"id": 1, "name": "G", "assignments": two}])
    rubric = only(importing, Kind.RUBRICS)
    assert (rubric.id, rubric.title, rubric.points_possible) == (3, "RR", 5)
    assert [(one.description, one.learning_outcome_id) for one in rubric.data] == [("crit", 9)]
    assert [(one.id, one.criterion_id) for one in rubric.data[0].ratings] == [("b", "_1")]
    assert {each.rubric_settings.id for each in importing.all(Kind.ASSIGNMENTS)} == {3}  # type: ignore[attr-defined]
    assert importing.warnings == []


def test_a_rubric_without_an_id_gets_one_that_a_second_load_gives_again(tmp_path: Path) -> None:
    assignment = {"id": 6, "name": "A", "rubric": [{"id": "_1", "points": 5, "description": "crit"}]}
    importing = load(tmp_path, assignments=[assignment])
    rubric = only(importing, Kind.RUBRICS)
    assert only(importing, Kind.ASSIGNMENTS).rubric_settings.id == rubric.id
    assert rubric.title == "A"
    known = {(kind, name): number for (kind, number, prefix), name in importing.identifiers.items() if not prefix}
    again = Importing(course_id=110, next_id=itertools.count(9000).__next__, known=known)
    assert only(read(tmp_path, again), Kind.RUBRICS).id == rubric.id


@pytest.mark.parametrize("kind", [Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS, Kind.QUIZZES, Kind.PAGES])
def test_a_graded_object_and_its_assignment_name_each_other(tmp_path: Path, kind: Kind) -> None:
    inner = {"id": 7, "name": "D", "points_possible": 5, "due_at": "2026-01-01T00:00:00Z"}
    importing = load(tmp_path, **{kind.value: [{"id": 9, "title": "D", "assignment": inner}]})
    assignment, item = only(importing, Kind.ASSIGNMENTS), only(importing, kind)
    field = {Kind.QUIZZES: "quiz_id", Kind.PAGES: "page_id"}.get(kind, "discussion_topic_id")
    assert (item.assignment_id, getattr(assignment, field), assignment.points_possible) == (7, 9, 5)


def test_the_topic_inside_an_assignment_is_a_topic_and_a_mere_reference_is_not(tmp_path: Path) -> None:
    whole = {"id": 7, "name": "D", "discussion_topic": {"id": 9, "title": "D", "message": "<p>m</p>"}}
    mere = {"id": 8, "name": "E", "discussion_topic": {"id": 10}}
    importing = load(tmp_path, assignments=[whole, mere])
    topic = only(importing, Kind.DISCUSSION_TOPICS)
    assert (topic.id, topic.message, topic.assignment_id) == (9, "<p>m</p>", 7)
    assert [each.discussion_topic_id for each in importing.all(Kind.ASSIGNMENTS)] == [9, 10]  # type: ignore[attr-defined]


@pytest.mark.parametrize("of_the_topic", [True, False])
def test_the_checkpoints_of_a_topic_are_those_of_its_assignment(tmp_path: Path, of_the_topic: bool) -> None:
    checkpoints = [
        {"tag": "reply_to_topic", "points_possible": 4, "due_at": "2026-01-01T00:00:00Z"},
        {"tag": "reply_to_entry", "points_possible": 6, "due_at": None},
    ]
    assignment: dict[str, Any] = {"id": 7, "name": "D"}
    topic = {"id": 9, "title": "D", "reply_to_entry_required_count": 2, "assignment": assignment}
    (topic if of_the_topic else assignment)["checkpoints"] = checkpoints
    importing = load(tmp_path, discussion_topics=[topic])
    subs = only(importing, Kind.ASSIGNMENTS).sub_assignments
    assert [(sub.sub_assignment_tag, sub.points_possible, sub.name) for sub in subs] == [
        ("reply_to_topic", 4, "D"),
        ("reply_to_entry", 6, "D"),
    ]
    assert len({sub.migration_id for sub in subs}) == 2
    assert importing.warnings == []


def test_outcome_links_and_groups_of_any_depth_are_followed(tmp_path: Path) -> None:
    inner = {"id": 2, "title": "G2", "outcomes": [{"outcome": {"id": 4, "title": "LO"}, "url": "/x"}]}
    load_ = load(tmp_path, learning_outcome_groups=[{"id": 1, "title": "G1", "subgroups": [inner]}])
    outcome = only(load_, Kind.LEARNING_OUTCOMES)
    assert (outcome.id, outcome.title, outcome.outcome_group_id) == (4, "LO", 2)


def test_what_is_no_object_inside_an_object_is_a_warning_that_names_its_place(tmp_path: Path) -> None:
    items = [{"id": 4, "title": "I"}, 5, {"title": "no id"}]
    importing = load(tmp_path, modules=[{"id": 1, "name": "M", "items": items}])
    assert [(warning.code, warning.place) for warning in importing.warnings] == [
        ("no_object", "modules.json[0].items[1]"),
        ("invalid_content", "modules.json[0].items[2]"),
    ]


def test_nothing_inside_a_deleted_object_comes_in(tmp_path: Path) -> None:
    criteria = [{"id": "_1", "description": "Style", "points": 1}]
    essay = {"id": 9, "name": "Essay", "workflow_state": "deleted", "rubric": criteria}
    importing = load(tmp_path, assignments=[essay])
    assert importing.all(Kind.RUBRICS) == []
