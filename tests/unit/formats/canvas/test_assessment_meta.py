"""The settings of a quiz beside its QTI: which elements stand there, when, in which form."""

from __future__ import annotations

from typing import Any

from lxml import etree

from shared.domain.content.assignments import Assignment, AssignmentOverride
from shared.domain.content.quizzes import NewQuizSettings, Quiz
from shared.domain.kinds import Kind
from shared.formats.canvas import assessment_meta
from shared.formats.importing import Importing
from tests.support.qti_builders import a_packing, an_importing

ALWAYS = [
    "title",
    "description",
    "scoring_policy",
    "hide_results",
    "quiz_type",
    "points_possible",
    "lockdown_browser_monitor_data",
    "one_question_at_a_time",
    "cant_go_back",
    "available",
    "one_time_results",
    "show_correct_answers_last_attempt",
    "only_visible_to_overrides",
    "module_locked",
    "assignment_overrides",
]
ALL = {
    "title": "Optics",
    "description": "<p>Light & shade</p>",
    "lock_at": "2026-03-01T06:59:59Z",
    "unlock_at": "2026-01-01T07:00:00Z",
    "due_at": "2026-02-01T06:59:59Z",
    "shuffle_answers": True,
    "scoring_policy": "keep_average",
    "hide_results": "until_after_last_attempt",
    "quiz_type": "graded_survey",
    "points_possible": 10.0,
    "require_lockdown_browser": False,
    "require_lockdown_browser_for_results": False,
    "require_lockdown_browser_monitor": True,
    "lockdown_browser_monitor_data": "x",
    "access_code": "sesame",
    "ip_filter": "10.0.0.0/8",
    "show_correct_answers": True,
    "show_correct_answers_at": "2026-03-02T00:00:00Z",
    "hide_correct_answers_at": "2026-03-03T00:00:00Z",
    "anonymous_submissions": False,
    "could_be_locked": True,
    "time_limit": 30,
    "disable_timer_autosubmission": False,
    "allowed_attempts": -1,
    "one_question_at_a_time": True,
    "cant_go_back": True,
    "published": True,
    "one_time_results": True,
    "show_correct_answers_last_attempt": True,
    "only_visible_to_overrides": True,
    "module_locked": False,
}


def document(quiz: Quiz, assignments: list[Assignment] | None = None, select: Any = None) -> etree._Element:
    objects: dict[Kind, list[Any]] = {Kind.QUIZZES: [quiz], Kind.ASSIGNMENTS: assignments or []}
    return etree.fromstring(assessment_meta.document(quiz, a_packing(objects, select)))


def names(root: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in root]


def values(root: etree._Element) -> dict[str, str | None]:
    return {etree.QName(child).localname: child.text for child in root if len(child) == 0}


def read(root: etree._Element) -> tuple[Quiz, Importing]:
    importing = an_importing()
    quiz = Quiz(id=5)
    assessment_meta.read(root, quiz, importing, "K/assessment_meta.xml")
    return quiz, importing


def test_a_bare_quiz_has_what_is_always_there_and_nothing_else() -> None:
    root = document(Quiz(id=5, title="Optics"))
    assert names(root) == ALWAYS
    assert root.get("identifier") == "gdb72906bc6c7dd9d7872d468a5cc279b"
    texts = values(root)
    assert (texts["description"], texts["hide_results"], texts["points_possible"]) == (None, None, None)
    assert {texts[name] for name in ALWAYS[7:-1]} == {"false"}


def test_every_setting_stands_in_canvas_order_and_form() -> None:
    root = document(Quiz.from_json({"id": 5, **ALL}))
    expected = ["available" if name == "published" else name for name in ALL]
    assert names(root) == [*expected, "assignment_overrides"]
    texts = values(root)
    assert (texts["due_at"], texts["show_correct_answers_at"]) == ("2026-02-01T06:59:59", "2026-03-02 00:00:00 UTC")
    assert (texts["points_possible"], texts["allowed_attempts"], texts["available"]) == ("10.0", "-1", "true")
    assert texts["description"] == "<p>Light & shade</p>"


def test_every_setting_comes_back() -> None:
    quiz, importing = read(document(Quiz.from_json({"id": 5, **ALL})))
    assert quiz == Quiz.from_json({"id": 5, **ALL})
    assert importing.warnings == []


def test_the_assignment_travels_inside_and_names_its_quiz() -> None:
    quiz = Quiz(id=5, title="Optics", assignment_id=6, assignment_group_id=4)
    assignment = Assignment(id=6, name="Optics", quiz_id=5, assignment_group_id=4, submission_types=["online_quiz"])
    root = document(quiz, [assignment])
    assert names(root)[-3:] == ["assignment", "assignment_group_identifierref", "assignment_overrides"]
    inner = root.find("{*}assignment")
    assert inner.findtext("{*}quiz_identifierref") == root.get("identifier")
    assert inner.findtext("{*}submission_types") == "online_quiz"
    back, importing = read(root)
    (found,) = importing.all(Kind.ASSIGNMENTS)
    assert isinstance(found, Assignment)
    assert (found.quiz_id, back.assignment_id) == (back.id, found.id)
    assert (
        found.assignment_group_id
        == back.assignment_group_id
        == importing.id_of(Kind.ASSIGNMENT_GROUPS, root.findtext("{*}assignment_group_identifierref") or "")
    )


def test_an_export_of_chosen_quizzes_leaves_the_group_out_of_the_assignment() -> None:
    quiz = Quiz(id=5, assignment_id=6, assignment_group_id=4)
    root = document(quiz, [Assignment(id=6, quiz_id=5, assignment_group_id=4)], {"quizzes": [5]})
    assert root.find("{*}assignment/{*}assignment_group_identifierref") is None
    assert root.find("{*}assignment_group_identifierref") is not None


def test_a_quiz_whose_assignment_is_gone_has_none() -> None:
    assert "assignment" not in names(document(Quiz(id=5, assignment_id=6)))


def test_overrides_of_mastery_paths_are_there_and_come_back() -> None:
    override = AssignmentOverride(title="Path", set_type="Noop", set_id=1, due_at="2026-02-01T00:00:00Z")
    students = AssignmentOverride(title="Two", student_ids=[1, 2])
    root = document(Quiz(id=5, assignment_overrides=[override, students]))
    assert [element.get("set_type") for element in root.iterfind("{*}assignment_overrides/{*}override")] == ["Noop"]
    assert read(root)[0].assignment_overrides == [override]


def test_a_new_quiz_writes_all_dates_and_its_own_settings() -> None:
    quiz = Quiz(id=5, title="New", new_quiz=NewQuizSettings(shuffle_questions=True, calculator_type="basic"))
    root = document(quiz)
    texts = values(root)
    assert [texts[name] for name in ("due_at", "lock_at", "unlock_at", "allow_clear_mc_selection")] == [None] * 4
    assert (texts["shuffle_questions"], texts["calculator_type"]) == ("true", "basic")
    assert read(root)[0].new_quiz == quiz.new_quiz


def test_an_element_that_means_nothing_here_is_reported() -> None:
    root = document(Quiz(id=5, title="Optics"))
    etree.SubElement(root, "surprise").text = "x"
    _, importing = read(root)
    assert [(w.code, w.place) for w in importing.warnings] == [("carried_unknown", "K/assessment_meta.xml")]
