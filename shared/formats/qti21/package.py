"""A package of quizzes in QTI 2.1: a file for each test, each bank and each item, and the files that they name.

Source: IMS Content Packaging; QTI 2.1 gives each of its files a resource that depends on those it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.content.questions import Question
from shared.domain.content.quizzes import QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.formats.canvas import files
from shared.formats.entry import Entry
from shared.formats.identifiers import as_name
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Numbering, Resource
from shared.formats.packing import Packing
from shared.formats.qti import chosen
from shared.formats.qti.outside_contents import Heading, Losses, Writer, contents, written
from shared.formats.qti.outside_package import OutsidePackage
from shared.formats.qti.quiz_settings import tell_unexpressed
from shared.formats.qti21 import assessment, manifest
from shared.formats.qti21.assessment import ItemRef, expressed
from shared.formats.qti21.item import LACKING, item
from shared.formats.qti21.names import ITEM, SECTION, TEST
from shared.formats.qti21.serialize import serialize


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of the package, the manifest last."""
    chosen.narrow(packing.selection, include_banks=packing.request.include_banks)
    package, taken = OutsidePackage(packing), Taken()
    for quiz in chosen.quizzes(package.packing):
        yield from _write_quiz(quiz, package, taken)
    for bank in chosen.banks(package.packing):
        yield from _write_bank(bank, package, taken)
    yield from files.write(packing, package.resources)
    yield Entry(MANIFEST, manifest.document(packing, package.resources))


@dataclass(slots=True)
class Taken:
    """The identifiers of the package: those of items, which packages of origin repeat, name files here."""

    identifiers: set[str] = field(default_factory=set)
    numbering: Numbering = field(default_factory=Numbering)


@dataclass(slots=True)
class Items:
    """The items of one test or bank."""

    package: OutsidePackage
    taken: Taken
    shuffle: bool = False
    entries: list[Entry] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    @property
    def writer(self) -> Writer[ItemRef]:
        """What writes them."""
        return Writer(LACKING, self._write)

    def _write(self, question: Question, heading: Heading) -> tuple[ItemRef, Losses]:
        """A file for the item; the reference to it from a test, which lies in a folder beside."""
        identifier = self.taken.numbering.unique(as_name(heading.identifier), self._is_taken)
        if identifier != as_name(heading.identifier):
            heading = Heading(identifier, heading.title)
        element, losses = item(question, heading, shuffle=self.shuffle)
        self.taken.identifiers.add(identifier)
        path = f"items/{identifier}.xml"
        self.entries.append(Entry(path, serialize(element)))
        self.resources.append(Resource(identifier, ITEM, path, (path,), self.package.named()))
        return ItemRef(identifier, f"../{path}"), losses

    def _is_taken(self, identifier: str) -> bool:
        return identifier in self.taken.identifiers or identifier in self.package.resources


def _write_quiz(quiz: Quiz, package: OutsidePackage, taken: Taken) -> Iterator[Entry]:
    """The test and its items. One whose questions cannot be said at all is left out, and told."""
    packing = package.packing
    packing.report.expect(Kind.QUIZZES)
    with packing.guard(Kind.QUIZZES, quiz):
        quiz = packing.html(Kind.QUIZZES, quiz)
        named, identifier = package.named(), as_name(packing.key(Kind.QUIZZES, quiz.id))
        taken.identifiers.add(identifier)
        items = Items(package, taken, shuffle=bool(quiz.shuffle_answers))
        found = contents(quiz, packing, items.writer)
        if not found:
            said = "The format can say none of its questions, and has no test without one."
            packing.report.skip(Kind.QUIZZES, quiz.id, quiz.label, "quiz_empty", said)
            return
        tell_unexpressed(quiz, expressed(quiz), packing)
        body, lost = assessment.document(quiz, found, packing)
        if lost:
            said = f"The format has no place for parts of its HTML: {', '.join(sorted(lost))}."
            packing.report.warn("html_reduced", said, kind=Kind.QUIZZES, item_id=quiz.id, title=quiz.label)
        packing.report.pack(Kind.QUIZZES)
        yield from _close(Resource(identifier, TEST, dependencies=named), body, items)


def _write_bank(bank: QuestionBank, package: OutsidePackage, taken: Taken) -> Iterator[Entry]:
    """The bank as a section that stands alone, and its items."""
    packing = package.packing
    packing.report.expect(Kind.QUESTION_BANKS)
    with packing.guard(Kind.QUESTION_BANKS, bank):
        identifier = as_name(packing.key(Kind.QUESTION_BANKS, bank.id))
        taken.identifiers.add(identifier)
        items = Items(package, taken)
        questions = packing.course.children(Kind.BANK_QUESTIONS, bank.id)
        found = list(written(questions, Kind.BANK_QUESTIONS, packing, items.writer))
        packing.report.pack(Kind.QUESTION_BANKS)
        body = assessment.bank_document(identifier, bank.title, found)
        yield from _close(Resource(identifier, SECTION), body, items)


def _close(resource: Resource, body: bytes, items: Items) -> Iterator[Entry]:
    """The file of a test or bank, those of its items, and their resources."""
    path = f"{'tests' if resource.type == TEST else 'banks'}/{resource.identifier}.xml"
    needed = (*(item.identifier for item in items.resources), *resource.dependencies)
    for found in (Resource(resource.identifier, resource.type, path, (path,), needed), *items.resources):
        items.package.resources.add(found)
    yield Entry(path, body)
    yield from items.entries
