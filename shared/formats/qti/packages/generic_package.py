"""A package of quizzes for readers other than Canvas (`target=generic`): one document for each quiz and each bank.

Source: IMS Content Packaging 1.1.3; importers open the `href` of a resource and look for pictures at paths beside it, so that
each resource states the files that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from shared.domain.content.quizzes import QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import files
from shared.formats.entry import Entry
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Resource
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti import selected_quizzes
from shared.formats.qti.generic_item import generic_items
from shared.formats.qti.packages import manifest, objectbank
from shared.formats.qti.packages.generic_assessment import SUPPORTED_SETTINGS, assessment_document
from shared.formats.qti.packages.portable_package import PortablePackage
from shared.formats.qti.packages.unsupported_settings import warn_unsupported
from shared.formats.qti.portable_items import questions_of, quiz_items

ASSESSMENT = "imsqti_xmlv1p2"
C = TypeVar("C", Quiz, QuestionBank)


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of the package, the manifest last."""
    packing.keys.only_valid = True
    selected_quizzes.settle(packing, questions_of)
    package = PortablePackage(packing)
    portable = package.packing
    yield from portable.each(Kind.QUIZZES, partial(_write, package, Kind.QUIZZES, _quiz))
    yield from portable.each(
        Kind.QUESTION_BANKS, partial(_write, package, Kind.QUESTION_BANKS, objectbank.generic_document)
    )
    yield from files.write(packing, package.resources)
    yield Entry(MANIFEST, manifest.document(packing, package.resources))


def _write(
    package: PortablePackage, kind: Kind, document: Callable[[C, Packing], bytes | None], content: C
) -> Iterator[Entry]:
    packing = package.packing
    body = document(content, packing)
    if body is None:
        reason = "None of its questions can be packed, and readers refuse an empty quiz or bank."
        raise NothingToPack(WarningCode.QUIZ_EMPTY, reason)
    key = packing.key(kind, content.id)
    path = f"{key}/{key}.xml"
    package.resources.add(Resource(key, ASSESSMENT, href=path, files=(path,), dependencies=package.linked_files()))
    yield Entry(path, body)


def _quiz(quiz: Quiz, packing: Packing) -> bytes | None:
    """The document of a quiz; None where none of its questions can be expressed."""
    quiz = packing.html(Kind.QUIZZES, quiz)
    contents = quiz_items(quiz, packing, generic_items(packing))
    if not contents:
        return None
    warn_unsupported(quiz, SUPPORTED_SETTINGS, packing)
    return assessment_document(quiz, contents, packing)
