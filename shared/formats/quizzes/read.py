"""Quizzes and question banks of a package: a cartridge, a QTI package of Canvas, or QTI 1.2 and 2 of another tool."""

from __future__ import annotations

import posixpath

from shared.domain.content.quizzes import BankQuestion, QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import assessment_meta
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.qti.foreign.document import resolve_references
from shared.formats.qti.idents import Idents
from shared.formats.qti.item_view import metadata
from shared.formats.qti.quiz_documents import CC_MEMBER, QuizDocument, is_qti2, quiz_documents
from shared.formats.qti.read_assessment import DocumentContext, read_assessment, read_bank, read_bank_items
from shared.formats.qti21.reading.read import read as read_qti2
from shared.formats.xml import Element

# The prefix of the hash for the identifier of a quiz's second resource, in Canvas.
COMPANION = "canvas_"


def read(source: PackageSource, importing: Importing) -> None:
    """Add every quiz with its groups and questions, every bank, and the assignments of the quizzes.

    Banks come first, since a quiz may refer to one of their questions; documents of QTI 2 come last.
    """
    reader = _Reader(source, importing)
    for document in sorted(quiz_documents(source), key=lambda document: not document.bank):
        reader.read(document)
    newer = [resource for resource in source.manifest.resources.values() if is_qti2(resource)]
    read_qti2(newer, source, importing, reader.idents)


def _quizzes(root: Element) -> list[Element]:
    return [root] if xml.local(root) == "assessment" else xml.find_all(root, "assessment")


def _items(root: Element) -> list[Element]:
    return [element for element in root.iter() if xml.local(element) == "item"]


def _bank_question(item: Element) -> str | None:
    return metadata(item, "itemmetadata/qtimetadata").get("assessment_question_identifierref")


class _Reader:
    """Reads the quizzes and banks of QTI 1.2 of one package."""

    def __init__(self, source: PackageSource, importing: Importing) -> None:
        self._source = source
        self._importing = importing
        self.idents = Idents()
        self._bank_questions: dict[str, BankQuestion] = {}

    def read(self, document: QuizDocument) -> None:
        """Add the quiz or the bank of a document; its root decides which it is."""
        loaded = self._load(document)
        if loaded is None:
            self._read_settings_alone(document)
            return
        member, root = loaded
        before, stated = self._count(), len(_items(root))
        resolve_references(root)
        quizzes = _quizzes(root)
        if quizzes:
            self._read_banks_beside(document, member, [] if root in quizzes else list(root))
            self._read_quizzes(document, member, root)
        else:
            self._read_bank(document.identifier, member, root)
        self._warn_lost(member, stated, self._count() - before)

    def _count(self) -> int:
        return sum(len(self._importing.all(kind)) for kind in (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS))

    def _warn_lost(self, member: str, stated: int, read: int) -> None:
        """Warn of items that lie where no reader looks for them, as in a document that was repaired."""
        missing = stated - read
        if missing > 0:
            sentence = f"{missing} of the {missing + read} questions of this document were not taken in."
            self._importing.warn(WarningCode.QTI_QUESTION_LOST, member, sentence)

    def _load(self, document: QuizDocument) -> tuple[str, Element] | None:
        """(member, root) of the best member that can be read as QTI 1.2; None, with a warning, where there is none."""
        self._source.used.update(document.members)
        for member in document.members:
            root = self._source.package.xml(member, self._importing)
            if root is not None and xml.local(root) in ("questestinterop", "assessment", "objectbank"):
                if self._source.is_canvas or document.meta is not None:
                    self._importing.carry(root, member)
                return member, root
            if root is not None:
                code = (
                    WarningCode.QTI2_NOT_MAPPED if "assessment" in xml.local(root).lower() else WarningCode.QTI_UNKNOWN
                )
                self._importing.warn(code, member, f"<{xml.local(root)}> is not a document of QTI 1.2.")
        return None

    def _read_quizzes(self, document: QuizDocument, member: str, root: Element) -> None:
        """The quizzes of the document: the first has the identifier of the resource, each other one its own ident."""
        for number, assessment in enumerate(_quizzes(root)):
            identifier = document.identifier if number == 0 else assessment.get("ident") or f"{member}:{number}"
            quiz = self._quiz(identifier)
            read_assessment(assessment, quiz, self._context(member))
            if number == 0:
                self._read_settings(document, quiz)
            self._importing.add(Kind.QUIZZES, quiz)
        for other in document.members[document.members.index(member) + 1 :]:
            self._warn_difference(root, other)

    def _warn_difference(self, root: Element, other: str) -> None:
        """Warn of questions that only the other file of the quiz has, which happens in packages edited by hand."""
        second = self._source.package.xml(other, self._importing)
        idents = {name for item in _items(root) for name in (item.get("ident"), _bank_question(item))}
        more = [item for item in (() if second is None else _items(second)) if item.get("ident") not in idents]
        if more:
            sentence = f"{len(more)} questions are only in this file of the quiz; they were not read."
            self._importing.warn(WarningCode.QTI_FLAVOURS_DIFFER, other, sentence)

    def _read_banks_beside(self, document: QuizDocument, member: str, beside: list[Element]) -> None:
        """The banks beside the quizzes of a document; loose items and sections are one bank together."""
        for number, element in enumerate(each for each in beside if xml.local(each) == "objectbank"):
            self._read_bank(element.get("ident") or f"{document.identifier}_bank{number}", member, element)
        loose = [each for each in beside if xml.local(each) in ("section", "item")]
        if loose:
            bank = xml.element("objectbank")
            bank.extend(loose)
            self._read_bank(f"{document.identifier}_bank", member, bank)

    def _read_bank(self, identifier: str, member: str, root: Element) -> None:
        """The bank of a document; items without an assessment around them are a bank as well."""
        bank = QuestionBank(
            id=self._importing.id_of(Kind.QUESTION_BANKS, identifier),
            migration_id=identifier,
            position=len(self._importing.all(Kind.QUESTION_BANKS)) + 1,
            title=identifier,
        )
        objectbank = root if xml.local(root) == "objectbank" else xml.find(root, "objectbank")
        if objectbank is not None:
            read_bank(objectbank, bank, self._context(member))
        else:
            read_bank_items(root, bank, self._context(member))
        self._importing.add(Kind.QUESTION_BANKS, bank)

    def _read_settings_alone(self, document: QuizDocument) -> None:
        """Warn of missing questions; a quiz with settings is added without questions."""
        self._importing.warn(
            WarningCode.QTI_MISSING, document.identifier, "The package lists it but does not hold its questions."
        )
        if document.meta is not None:
            quiz = self._quiz(document.identifier)
            self._read_settings(document, quiz)
            self._importing.add(Kind.QUIZZES, quiz)

    def _quiz(self, identifier: str) -> Quiz:
        return Quiz(
            id=self._importing.id_of(Kind.QUIZZES, identifier),
            migration_id=identifier,
            position=len(self._importing.all(Kind.QUIZZES)) + 1,
        )

    def _read_settings(self, document: QuizDocument, quiz: Quiz) -> None:
        self._importing.remember(Kind.QUIZZES, quiz.id, COMPANION, document.companion)
        if document.meta is None:
            return
        self._source.used.add(document.meta)
        root = self._source.package.xml(document.meta, self._importing)
        if root is not None:
            assessment_meta.read(root, quiz, self._importing, document.meta)

    def _context(self, member: str) -> DocumentContext:
        canvas = member.rsplit("/", 1)[-1] == CC_MEMBER
        links = RelativeLinks(posixpath.dirname(member), self._source.package)
        return DocumentContext(self._importing, member, self.idents, links, canvas, self._bank_questions)
