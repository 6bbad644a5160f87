"""`<bankentry_item>`: a question that a quiz of New Quizzes takes from an item bank by reference.

It is a question of the quiz like any other; that it was a reference is kept beside its identifiers. It is written as a
reference again where the package holds the bank and nobody has edited the question.
"""

from __future__ import annotations

from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.packing import Packing
from shared.formats.qti.profiles import QTI
from shared.formats.qti.qtimetadata import PARENT_STIMULUS
from shared.formats.xml import Element

# The prefix of the entry's type, such as Item, among the identifiers of the question.
BANK_ENTRY = "bank_entry"
# What a reference says itself, or what an object of its own has.
_OWN = ("id", "migration_id", "position", "points_possible", "parent_stimulus_id", "extra")


def bank_entry(question: Question, packing: Packing) -> Element | None:
    """The reference to the bank question; None for a question that stands in the quiz itself."""
    entry_type = packing.keys.imported.get((Kind.QUIZ_QUESTIONS, question.id, BANK_ENTRY))
    if not entry_type or not isinstance(question, QuizQuestion) or question.assessment_question_id is None:
        return None
    target: BankQuestion | None = packing.course.get(Kind.BANK_QUESTIONS, question.assessment_question_id)
    bank = None if target is None else target.question_bank_id
    if target is None or bank is None or not packing.selected(Kind.QUESTION_BANKS, bank) or _edited(question, target):
        return None
    element = xml.element("bankentry_item", QTI)
    references = {
        "sourcebank_ref": packing.key(Kind.QUESTION_BANKS, bank),
        "item_ref": packing.key(Kind.BANK_QUESTIONS, target.id),
        "points_possible": xml.number(question.points_possible),
        "entry_type": entry_type,
    }
    xml.set_if(element, **references)
    if question.parent_stimulus_id is not None:
        element.set(PARENT_STIMULUS, packing.key(Kind.QUIZ_QUESTIONS, question.parent_stimulus_id))
    return element


def _edited(question: QuizQuestion, target: BankQuestion) -> bool:
    names = [name for name in Question.__struct_fields__ if name not in _OWN]
    return any(getattr(question, name) != getattr(target, name) for name in names)
