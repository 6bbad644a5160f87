"""What goes into a package of quizzes: the quizzes that are selected, and question banks where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind, table_name
from shared.domain.selection import Selection
from shared.formats.packing import Packing

_KINDS = (Kind.QUIZZES, Kind.QUESTION_BANKS)
_ALL_QUIZZES, _ALL_BANKS = (f"all_{table_name(kind)}" for kind in _KINDS)


def narrow(selection: Selection, *, include_banks: bool) -> None:
    """Nothing but quizzes and banks can be selected here; no selection, and everything, are all quizzes.

    Canvas packs no bank here. One may be selected all the same, and `include_banks` adds all of them to all quizzes.
    """
    if selection.everything:
        selection.everything = False
        selection.flags.add(_ALL_QUIZZES)
        if include_banks:
            selection.flags.add(_ALL_BANKS)
    selection.flags.intersection_update({_ALL_QUIZZES, _ALL_BANKS})
    for kind in [kind for kind in selection.chosen if kind not in _KINDS]:
        del selection.chosen[kind]


def quizzes(packing: Packing) -> Iterator[Quiz]:
    """The selected quizzes in course order; with `include_banks`, each brings the banks that its groups draw from."""
    for quiz in packing.course.each(Kind.QUIZZES):
        if packing.selected(Kind.QUIZZES, quiz.id):
            if packing.request.include_banks:
                _bring_banks(quiz, packing)
            yield quiz


def _bring_banks(quiz: Quiz, packing: Packing) -> None:
    for group in packing.course.children(Kind.QUIZ_GROUPS, quiz.id):
        if (bank := bank_of(group, packing)) is not None:
            packing.selection.add(Kind.QUESTION_BANKS, bank.id, f"quiz group {group.id} draws from it")


def bank_of(group: QuizGroup, packing: Packing) -> QuestionBank | None:
    """The bank of this course that a group draws from; None where it draws from none, or from one that is elsewhere."""
    bank_id = group.assessment_question_bank_id
    if bank_id is None or group.sourcebank_context:
        return None
    found: QuestionBank | None = packing.course.get(Kind.QUESTION_BANKS, bank_id)
    return found


def tell_absent_bank(group: QuizGroup, packing: Packing) -> None:
    """A group that draws from a bank which is not in this package has no questions in it."""
    bank = bank_of(group, packing)
    if group.assessment_question_bank_id is None or (bank and packing.selected(Kind.QUESTION_BANKS, bank.id)):
        return
    packing.report.warn(
        "bank_not_packed",
        "This group draws from a question bank that is not in the package.",
        kind=Kind.QUIZ_GROUPS,
        item_id=group.id,
        title=group.label,
    )
