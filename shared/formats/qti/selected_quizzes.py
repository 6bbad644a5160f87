"""The quizzes and the question banks that a package of quizzes holds, by the selection of the export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType

from shared.domain.content.questions import Question
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind, table_name
from shared.domain.selection import Selection
from shared.domain.warning_codes import WarningCode
from shared.formats.packing import Packing
from shared.formats.selection_closure import SelectionClosure

QuestionOfKind = tuple[Kind, Question]  # a question, of a quiz or of a bank

_KINDS = (Kind.QUIZZES, Kind.QUESTION_BANKS)
_ALL_QUIZZES, _ALL_BANKS = (f"all_{table_name(kind)}" for kind in _KINDS)


def settle(packing: Packing, questions: Callable[[Quiz, Packing], Iterable[QuestionOfKind]]) -> None:
    """Fix what goes into the package, before its first entry: quizzes, banks, and the files that their HTML names.

    `questions` are those of a quiz in the order in which they are written. With `include_banks`, each quiz brings the
    banks that its groups draw from.
    """
    packing.selection = _narrowed(packing.selection, include_banks=packing.request.include_banks)
    closure = SelectionClosure(packing)
    for quiz in packing.course.each(Kind.QUIZZES):
        if closure.selected(Kind.QUIZZES, quiz.id):
            _add_banks(quiz, closure)
            closure.add_files_of(Kind.QUIZZES, quiz)
            for kind, question in questions(quiz, packing):
                closure.add_files_of(kind, question)
    for bank in packing.course.each(Kind.QUESTION_BANKS):
        if closure.selected(Kind.QUESTION_BANKS, bank.id):
            for question in packing.course.children(Kind.BANK_QUESTIONS, bank.id):
                closure.add_files_of(Kind.BANK_QUESTIONS, question)
    packing.settle(closure.selection())


def _narrowed(selection: Selection, *, include_banks: bool) -> Selection:
    """Reduce the selection to quizzes and banks; no selection, and one of everything, become all quizzes.

    Canvas packs no bank into a package of quizzes. Here a bank can be selected, and `include_banks` adds all banks to
    all quizzes.
    """
    flags = selection.flags & {_ALL_QUIZZES, _ALL_BANKS}
    if selection.everything:
        flags |= {_ALL_QUIZZES, _ALL_BANKS} if include_banks else {_ALL_QUIZZES}
    chosen = {kind: entries for kind, entries in selection.chosen.items() if kind in _KINDS}
    return Selection(everything=False, flags=flags, chosen=MappingProxyType(chosen))


def _add_banks(quiz: Quiz, closure: SelectionClosure) -> None:
    packing = closure.packing
    groups = packing.course.children(Kind.QUIZ_GROUPS, quiz.id) if packing.request.include_banks else ()
    for group in groups:
        if (bank := bank_of(group, packing)) is not None:
            closure.add(Kind.QUESTION_BANKS, bank.id, f"quiz group {group.id} draws from it")


def bank_of(group: QuizGroup, packing: Packing) -> QuestionBank | None:
    """The bank of this course that a group draws from; None without one, and for one of another course."""
    bank_id = group.assessment_question_bank_id
    if bank_id is None or group.sourcebank_context:
        return None
    bank: QuestionBank | None = packing.course.get(Kind.QUESTION_BANKS, bank_id)
    return bank


def warn_absent_bank(group: QuizGroup, packing: Packing) -> None:
    """Warn of a group that draws from a bank outside of the package, which therefore holds none of its questions."""
    bank = bank_of(group, packing)
    if group.assessment_question_bank_id is None or (bank and packing.selected(Kind.QUESTION_BANKS, bank.id)):
        return
    packing.report.warn(
        WarningCode.BANK_NOT_PACKED,
        "This group draws from a question bank that is not in the package.",
        kind=Kind.QUIZ_GROUPS,
        item_id=group.id,
        title=group.label,
    )
