"""A package of quizzes for readers other than Canvas (`target=generic`): one document for each quiz and each bank.

Source: IMS Content Packaging 1.1.3; importers find a document by the `href` of its resource, and its pictures by their
paths beside it, so that each resource names the files that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from shared.domain.content.quizzes import QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.formats.canvas import files
from shared.formats.entry import Entry
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Resource
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti import chosen, manifest
from shared.formats.qti.generic_contents import generic_items
from shared.formats.qti.generic_documents import EXPRESSED, assessment_document, bank_document
from shared.formats.qti.outside_contents import contents, questions_of
from shared.formats.qti.outside_package import OutsidePackage
from shared.formats.qti.quiz_settings import tell_unexpressed

ASSESSMENT = "imsqti_xmlv1p2"
C = TypeVar("C", Quiz, QuestionBank)


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of the package, the manifest last."""
    chosen.settle(packing, questions_of)
    package = OutsidePackage(packing)
    outside = package.packing
    yield from outside.each(Kind.QUIZZES, partial(_write, package, Kind.QUIZZES, _quiz))
    yield from outside.each(Kind.QUESTION_BANKS, partial(_write, package, Kind.QUESTION_BANKS, bank_document))
    yield from files.write(packing, package.resources)
    yield Entry(MANIFEST, manifest.document(packing, package.resources))


def _write(
    package: OutsidePackage, kind: Kind, document: Callable[[C, Packing], bytes | None], content: C
) -> Iterator[Entry]:
    packing = package.packing
    body = document(content, packing)
    if body is None:
        reason = "Nothing of it can be packed for readers that refuse an empty assessment."
        raise NothingToPack("quiz_empty", reason)
    key = packing.key(kind, content.id)
    path = f"{key}/{key}.xml"
    package.resources.add(Resource(key, ASSESSMENT, href=path, files=(path,), dependencies=package.named()))
    yield Entry(path, body)


def _quiz(quiz: Quiz, packing: Packing) -> bytes | None:
    """The document of a quiz; None where not one of its questions can be asked."""
    quiz = packing.html(Kind.QUIZZES, quiz)
    found = contents(quiz, packing, generic_items(packing))
    if not found:
        return None
    tell_unexpressed(quiz, EXPRESSED, packing)
    return assessment_document(quiz, found, packing)
