"""A package of quizzes alone (`export_type=qti`): each quiz with its settings, question banks, and the files they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.canvas import assessment_meta, files
from shared.formats.entry import Entry
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import WHOLE_QUIZZES
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing
from shared.formats.qti import assessment, selected_quizzes
from shared.formats.qti.packages import generic_package, manifest, objectbank
from shared.formats.qti.quiz_items import GroupItems, questions_of, quiz_items
from shared.formats.qti21 import package as qti21
from shared.formats.qti21.vocabulary import EDITIONS
from shared.formats.quizzes.read import COMPANION
from shared.formats.restored import restored

ASSESSMENT = "imsqti_xmlv1p2"


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of a package of quizzes, in the version and for the target of the request."""
    packing.make_xml_safe()
    if packing.request.version in EDITIONS:
        return qti21.entries(packing)
    if packing.request.target is Target.GENERIC:
        return generic_package.entries(packing)
    return restored(_canvas_entries(packing), packing)


def _canvas_entries(packing: Packing) -> Iterator[Entry]:
    """The members as Canvas writes them, the manifest last. The folder of banks has an entry even without banks."""
    selected_quizzes.settle(packing, questions_of)
    resources = Resources()
    # Canvas creates this folder even without banks (lib/cc/qti/qti_generator.rb).
    yield Entry(WHOLE_QUIZZES, b"")
    yield from packing.each(Kind.QUIZZES, partial(_write_quiz, packing, resources))
    yield from objectbank.write(packing, resources)
    yield from files.write(packing, resources)
    yield Entry(MANIFEST, manifest.document(packing, resources))


def _write_quiz(packing: Packing, resources: Resources, quiz: Quiz) -> list[Entry]:
    quiz = packing.html(Kind.QUIZZES, quiz)
    key = packing.key(Kind.QUIZZES, quiz.id)
    path, meta = f"{key}/{key}.xml", f"{key}/assessment_meta.xml"
    items = quiz_items(quiz, packing, with_cc=False)
    for entry in items:
        if isinstance(entry, GroupItems):
            selected_quizzes.warn_absent_bank(entry.group, packing)
    documents = [
        Entry(path, assessment.full_document(quiz, items, packing)),
        Entry(meta, assessment_meta.document(quiz, packing)),
    ]
    companion = packing.key(Kind.QUIZZES, quiz.id, COMPANION)
    resources.add(Resource(key, ASSESSMENT, files=(path,), dependencies=(companion,)))
    resources.add(Resource(companion, LEARNING_APPLICATION, href=meta, files=(meta,)))
    return documents
