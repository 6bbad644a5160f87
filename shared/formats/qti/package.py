"""A package of quizzes alone (`export_type=qti`): the whole of each quiz, and only the files that it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.formats.cartridge import files
from shared.formats.cartridge.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.entry import Entry
from shared.formats.package_reader import MANIFEST
from shared.formats.packing import Packing
from shared.formats.qti import assessment, assessment_meta, manifest
from shared.formats.qti.contents import Contents, Group, contents
from shared.formats.qti.documents import FOLDER
from shared.formats.qti.read import COMPANION

ASSESSMENT = "imsqti_xmlv1p2"
_ALL_QUIZZES = "all_quizzes"


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of a QTI package, the manifest last.

    Canvas packs no bank here, so a group may draw from a bank that is not inside; its folder is there, and empty.
    """
    narrow(packing.selection)
    resources = Resources()
    yield Entry(FOLDER, b"")
    for quiz in packing.course.each(Kind.QUIZZES):
        if packing.selected(Kind.QUIZZES, quiz.id):
            yield from _write_quiz(quiz, packing, resources)
    yield from files.write(packing, resources)
    yield Entry(MANIFEST, manifest.document(packing, resources))


def narrow(selection: Selection) -> None:
    """Nothing but quizzes can be selected here; no selection, and everything, are all quizzes."""
    if selection.everything:
        selection.everything = False
        selection.flags.add(_ALL_QUIZZES)
    selection.flags.intersection_update({_ALL_QUIZZES})
    for kind in [kind for kind in selection.chosen if kind is not Kind.QUIZZES]:
        del selection.chosen[kind]


def _write_quiz(quiz: Quiz, packing: Packing, resources: Resources) -> Iterator[Entry]:
    packing.report.expect(Kind.QUIZZES)
    with packing.guard(Kind.QUIZZES, quiz):
        quiz = packing.html(Kind.QUIZZES, quiz)
        key = packing.key(Kind.QUIZZES, quiz.id)
        path, meta = f"{key}/{key}.xml", f"{key}/assessment_meta.xml"
        found = contents(quiz, packing, with_cc=False)
        _tell_banks(found, packing)
        written = [
            Entry(path, assessment.full_document(quiz, found, packing)),
            Entry(meta, assessment_meta.document(quiz, packing)),
        ]
        companion = packing.key(Kind.QUIZZES, quiz.id, COMPANION)
        resources.add(Resource(key, ASSESSMENT, files=(path,), dependencies=(companion,)))
        resources.add(Resource(companion, LEARNING_APPLICATION, href=meta, files=(meta,)))
        packing.report.pack(Kind.QUIZZES)
        yield from written


def _tell_banks(found: Contents, packing: Packing) -> None:
    """A group that draws from a bank has no questions in this package, which holds no banks."""
    for entry in found:
        if isinstance(entry, Group) and entry.group.assessment_question_bank_id is not None:
            packing.report.warn(
                "bank_not_packed",
                "This group draws from a question bank; a package of quizzes does not hold banks.",
                kind=Kind.QUIZ_GROUPS,
                item_id=entry.group.id,
                title=entry.group.label,
            )
