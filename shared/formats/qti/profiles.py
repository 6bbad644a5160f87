"""The profiles of QTI 1.2 in which items are written, and their namespace."""

from __future__ import annotations

from enum import Enum

import msgspec

from shared.domain.content.questions import Question

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
# Canvas names the schema of Common Cartridge in assessment_qti.xml, that of IMS in all other documents.
QTI_XSD = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"


class QtiProfile(Enum):
    """Which fields and question types an item has."""

    FULL = "full"  # a quiz with everything that Canvas states
    BANK = "bank"  # the same, in a question bank
    CC = "cc"  # the profile of Common Cartridge: five question types
    GENERIC = "generic"  # a quiz or a bank by the letter of QTI 1.2


def of_profile(question: Question) -> Question:
    """The question without what New Quizzes adds, which the schema of the profile of Common Cartridge refuses."""
    if question.new_quiz is None and all(answer.points is None for answer in question.answers):
        return question
    answers = [msgspec.structs.replace(answer, points=None) for answer in question.answers]
    return msgspec.structs.replace(question, new_quiz=None, answers=answers)
