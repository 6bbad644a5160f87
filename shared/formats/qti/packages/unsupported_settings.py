"""The settings of a quiz for which a format other than Canvas's own has no place."""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.content.quizzes import NewQuizSettings, Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.packing import Packing

# The defaults of a quiz; a setting with its default is no loss.
_DEFAULTS = {
    "quiz_type": "assignment",
    "scoring_policy": "keep_highest",
    "show_correct_answers": True,
    "calculator_type": "none",
}
_SETTINGS = (
    "quiz_type",
    "scoring_policy",
    "due_at",
    "unlock_at",
    "lock_at",
    "shuffle_answers",
    "hide_results",
    "show_correct_answers",
    "show_correct_answers_last_attempt",
    "show_correct_answers_at",
    "hide_correct_answers_at",
    "one_time_results",
    "one_question_at_a_time",
    "cant_go_back",
    "access_code",
    "ip_filter",
    "anonymous_submissions",
    "only_visible_to_overrides",
    "require_lockdown_browser",
    "require_lockdown_browser_for_results",
    "require_lockdown_browser_monitor",
    "disable_timer_autosubmission",
    "build_on_last_attempt",
    "assignment_id",
)


def warn_unsupported(quiz: Quiz, supported: Collection[str], packing: Packing) -> None:
    """One warning that names all settings of a quiz that are set and are not `supported`."""
    unsupported = [name for name in _SETTINGS if name not in supported and _is_set(quiz, name)]
    unsupported += [name for name in NewQuizSettings.__struct_fields__ if _is_set(quiz.new_quiz, name)]
    if unsupported:
        sentence = f"The format has no place for these settings of the quiz: {', '.join(unsupported)}."
        packing.report.warn(
            WarningCode.SETTINGS_NOT_EXPRESSED,
            sentence,
            kind=Kind.QUIZZES,
            item_id=quiz.id,
            title=quiz.label,
            place=unsupported[0],
        )


def _is_set(settings: Quiz | NewQuizSettings | None, name: str) -> bool:
    value = getattr(settings, name, None)
    return value not in (None, False, "") and value != _DEFAULTS.get(name)
