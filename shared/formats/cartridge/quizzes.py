"""Quizzes and question banks in a cartridge: three files a quiz, one a bank. Source: Canvas, Common Cartridge 1.1.

They are read by `shared.formats.quizzes.read`, from a cartridge as from a package of quizzes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.formats.canvas import assessment_meta
from shared.formats.entry import Entry
from shared.formats.imscp.package_source import WHOLE_QUIZZES
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing
from shared.formats.qti import assessment
from shared.formats.qti.packages import objectbank
from shared.formats.qti.quiz_items import quiz_items
from shared.formats.quizzes.read import COMPANION

# The type stays that of 1.1 in a cartridge of version 1.3, as in Canvas.
ASSESSMENT = "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected quizzes, then the selected banks.

    A quiz that cannot be written at all is skipped and the rest goes on.
    """
    # Canvas creates this folder even in a package without quizzes (lib/cc/qti/qti_generator.rb).
    yield Entry(WHOLE_QUIZZES, b"")
    yield from packing.each(Kind.QUIZZES, partial(_write_quiz, packing, resources))
    yield from objectbank.write(packing, resources)


def _write_quiz(packing: Packing, resources: Resources, quiz: Quiz) -> list[Entry]:
    quiz = packing.html(Kind.QUIZZES, quiz)
    items = quiz_items(quiz, packing, with_cc=True)
    key = packing.key(Kind.QUIZZES, quiz.id)
    cc, meta, full = f"{key}/assessment_qti.xml", f"{key}/assessment_meta.xml", f"{WHOLE_QUIZZES}{key}.xml.qti"
    written = [
        Entry(cc, assessment.cc_document(quiz, items, packing)),
        Entry(full, assessment.full_document(quiz, items, packing)),
        Entry(meta, assessment_meta.document(quiz, packing)),
    ]
    companion = packing.key(Kind.QUIZZES, quiz.id, COMPANION)
    # The plain resource is for any reader; the one it depends on, with Canvas's settings and all question types, for
    # Canvas.
    resources.add(Resource(key, ASSESSMENT, files=(cc,), dependencies=(companion,)))
    resources.add(Resource(companion, LEARNING_APPLICATION, href=meta, files=(meta, full)))
    return written
