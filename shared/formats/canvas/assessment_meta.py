"""`assessment_meta.xml`: the settings of a quiz that QTI has no place for, and its assignment; written and read.

Source: Canvas: order, conditions and forms of its exporter; New Quizzes adds some and writes all dates.
"""

from __future__ import annotations

from functools import partial

from shared.domain.content.assignments import Assignment
from shared.domain.content.quizzes import NewQuizSettings, Quiz
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import assignment_element, fields
from shared.formats.importing import Importing
from shared.formats.packing import Packing
from shared.formats.xml import Element

_HEAD = (fields.text("title").required, fields.text("description").required)
# Canvas writes the dates of a classic quiz only where they are set; New Quizzes writes all three, empty or not.
_DATES = (fields.moment("lock_at"), fields.moment("unlock_at"), fields.moment("due_at"))
_SETTINGS = (
    fields.flag("shuffle_answers"),
    fields.text("scoring_policy").required,
    fields.text("hide_results").required,
    fields.text("quiz_type").required,
    fields.number("points_possible").required,
    fields.flag("require_lockdown_browser"),
    fields.flag("require_lockdown_browser_for_results"),
    fields.flag("require_lockdown_browser_monitor"),
    fields.text("lockdown_browser_monitor_data").required,
    fields.text("access_code"),
    fields.text("ip_filter"),
    fields.flag("show_correct_answers"),
    # Times that Canvas writes without its date helper, hence in the form of a Ruby time (its
    # lib/cc/qti/qti_generator.rb).
    fields.raw_moment("show_correct_answers_at"),
    fields.raw_moment("hide_correct_answers_at"),
    fields.flag("anonymous_submissions"),
    fields.flag("could_be_locked"),
    fields.number("time_limit"),
    fields.flag("disable_timer_autosubmission"),
    fields.flag("build_on_last_attempt"),
    # -1 stands for any number of attempts.
    fields.whole("allowed_attempts"),
    fields.flag("one_question_at_a_time").or_else(False),
    fields.flag("cant_go_back").or_else(False),
    fields.flag("available", "published").or_else(False),
    fields.flag("one_time_results").or_else(False),
    fields.flag("show_correct_answers_last_attempt").or_else(False),
    fields.flag("only_visible_to_overrides").or_else(False),
    fields.flag("module_locked").or_else(False),
)
# Only packages of New Quizzes have these.
_NEW_QUIZ = (
    fields.flag("shuffle_questions").required,
    fields.text("calculator_type").required,
    fields.flag("allow_clear_mc_selection").required,
    fields.flag("result_view_restricted").required,
)
_GROUP = "assignment_group_identifierref"
# Names that another function of this module reads: `fields.read` must not warn of them.
_OTHERS = ("assignment", _GROUP, "assignment_overrides", *(field.element for field in _NEW_QUIZ))


def document(quiz: Quiz, packing: Packing) -> bytes:
    """The settings of a quiz whose HTML is rewritten, with its assignment if it has one."""
    root = xml.root("quiz", identifier=packing.key(Kind.QUIZZES, quiz.id))
    fields.append(root, quiz, _HEAD)
    fields.append(root, quiz, _DATES if quiz.new_quiz is None else (field.required for field in _DATES))
    fields.append(root, quiz, _SETTINGS)
    if quiz.new_quiz is not None:
        fields.append(root, quiz.new_quiz, _NEW_QUIZ)
    _append_assignment(root, quiz, packing)
    if quiz.assignment_group_id is not None:
        xml.add(root, _GROUP, packing.key(Kind.ASSIGNMENT_GROUPS, quiz.assignment_group_id))
    assignment_element.append_overrides(root, quiz.assignment_overrides)
    return xml.serialize(root)


def _append_assignment(root: Element, quiz: Quiz, packing: Packing) -> None:
    """Append the assignment of a graded quiz: a package has it inside its quiz alone, so it is counted here."""
    if quiz.assignment_id is None:
        return
    assignment = packing.course.get(Kind.ASSIGNMENTS, quiz.assignment_id)
    if assignment is None:
        return
    element = packing.packed(Kind.ASSIGNMENTS, assignment, partial(assignment_element.append, root, packing))
    if quiz.new_quiz is not None and element is not None:
        _append_new_quiz_quirks(element, assignment, packing)


def _append_new_quiz_quirks(element: Element, assignment: Assignment, packing: Packing) -> None:
    """Append what New Quizzes adds to an assignment: the group, exported or not, and two empty lists of overrides."""
    if assignment.assignment_group_id is not None and xml.find(element, _GROUP) is None:
        xml.add(element, _GROUP, packing.key(Kind.ASSIGNMENT_GROUPS, assignment.assignment_group_id))
    for _ in range(2):
        xml.add(element, "assignment_overrides")


def read(root: Element, quiz: Quiz, importing: Importing, member: str) -> None:
    """Set the fields of the quiz from the document; its assignment becomes an object of its own."""
    # QTI writes 1 for a quiz without a number too (cc_maxattempts). A real number stands in this document.
    if quiz.allowed_attempts == 1:
        quiz.allowed_attempts = None
    values = fields.read(root, (*_HEAD, *_DATES, *_SETTINGS), importing, member, _OTHERS)
    for name, value in values.items():
        setattr(quiz, name, value)
    new_quiz = [child for child in root if xml.local(child) in {field.element for field in _NEW_QUIZ}]
    if new_quiz:
        quiz.new_quiz = NewQuizSettings(**fields.read(root, _NEW_QUIZ, importing, member, None))
    quiz.assignment_overrides = assignment_element.read_overrides(root, importing, member)
    group = (xml.text_at(root, _GROUP) or "").strip()
    if group:
        quiz.assignment_group_id = importing.id_of(Kind.ASSIGNMENT_GROUPS, group)
    element = xml.find(root, "assignment")
    if element is not None:
        _read_assignment(element, quiz, importing, member)


def _read_assignment(element: Element, quiz: Quiz, importing: Importing, member: str) -> None:
    """Add the assignment of the quiz."""
    assignment = assignment_element.read(element, importing, member)
    assignment.quiz_id = quiz.id
    importing.add(Kind.ASSIGNMENTS, assignment)
    # Some real packages repeat its identifier in an assignment of its own, so that `add` gave this one another. It is
    # exported under the identifier that its quiz states, as it came.
    importing.remember(Kind.ASSIGNMENTS, assignment.id, "", element.get("identifier"))
    quiz.assignment_id = assignment.id
