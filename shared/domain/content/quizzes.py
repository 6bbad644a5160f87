"""Quizzes, their question groups, and question banks."""

from __future__ import annotations

from typing import ClassVar

from shared.domain.content.assignments import AssignmentOverride
from shared.domain.content.content_object import Content, ContentPart, Number
from shared.domain.content.questions import BankQuestion, QuizQuestion

__all__ = ["BankQuestion", "NewQuizSettings", "QuestionBank", "Quiz", "QuizGroup", "QuizQuestion"]


class NewQuizSettings(ContentPart):
    """Settings of a quiz of the New Quizzes engine; classic quizzes have none of them."""

    shuffle_questions: bool | None = None
    calculator_type: str | None = None
    allow_clear_mc_selection: bool | None = None
    result_view_restricted: bool | None = None


class Quiz(Content):
    """A classic quiz, in the shape of REST Quiz.

    `time_limit` is in minutes; `allowed_attempts` is -1 for unlimited. Questions and groups are objects of their own.
    """

    title: str = ""
    description: str | None = None
    quiz_type: str = "assignment"  # practice_quiz, assignment, graded_survey, survey
    assignment_id: int | None = None
    assignment_group_id: int | None = None
    time_limit: Number | None = None
    shuffle_answers: bool | None = None
    hide_results: str | None = None  # always, until_after_last_attempt
    show_correct_answers: bool | None = None
    show_correct_answers_last_attempt: bool | None = None
    show_correct_answers_at: str | None = None
    hide_correct_answers_at: str | None = None
    one_time_results: bool | None = None
    scoring_policy: str = "keep_highest"  # keep_highest, keep_latest, keep_average
    allowed_attempts: int | None = None
    one_question_at_a_time: bool | None = None
    points_possible: Number | None = None
    cant_go_back: bool | None = None
    access_code: str | None = None
    ip_filter: str | None = None
    due_at: str | None = None
    lock_at: str | None = None
    unlock_at: str | None = None
    published: bool | None = None
    anonymous_submissions: bool | None = None
    only_visible_to_overrides: bool | None = None
    require_lockdown_browser: bool | None = None
    require_lockdown_browser_for_results: bool | None = None
    require_lockdown_browser_monitor: bool | None = None
    lockdown_browser_monitor_data: str | None = None
    # Only in packages:
    could_be_locked: bool | None = None
    disable_timer_autosubmission: bool | None = None
    build_on_last_attempt: bool | None = None  # of packages of 2012
    module_locked: bool | None = None
    assignment_overrides: list[AssignmentOverride] | None = None  # packages carry only those of mastery paths
    new_quiz: NewQuizSettings | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)


class QuizGroup(Content):
    """A group of questions, from which `pick_count` are drawn: its own questions or those of a bank."""

    quiz_id: int | None = None
    name: str = ""
    pick_count: int | None = None
    question_points: Number | None = None
    assessment_question_bank_id: int | None = None
    # Only in packages, for a bank of another course or account: the asset string of its owner ("course_42") and its key.
    sourcebank_context: str | None = None
    sourcebank_export_id: str | None = None


class QuestionBank(Content):
    """A bank of questions. The REST API has no banks, so the fields have their names in packages."""

    title: str = ""
    bank_state: str | None = None  # active, deleted
    bank_type: str | None = None  # the type of its owner: Course, Account
    bank_context_uuid: str | None = None
