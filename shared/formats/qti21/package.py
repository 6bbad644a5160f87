"""A package of quizzes in QTI 2.1 or 3.0: a file for each test, each bank and each item, and the course files they refer to.

Source: IMS Content Packaging; QTI gives each of its files a resource that depends on those it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from shared.domain.content.questions import Question
from shared.domain.content.quizzes import QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import files
from shared.formats.entry import Entry
from shared.formats.identifiers import as_name
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.resource import Numbering, Resource
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti import selected_quizzes
from shared.formats.qti.packages.portable_package import PortablePackage
from shared.formats.qti.packages.unsupported_settings import warn_unsupported
from shared.formats.qti.portable_items import Heading, ItemWriter, Losses, question_items, questions_of, quiz_items
from shared.formats.qti21 import assessment, manifest
from shared.formats.qti21.assessment import ItemRef, supported_settings
from shared.formats.qti21.item import UNSUPPORTED_TYPES, item
from shared.formats.qti21.serialize import serialize
from shared.formats.qti21.vocabulary import EDITIONS, Edition


def entries(packing: Packing) -> Iterator[Entry]:
    """The members of the package, the manifest last."""
    packing.keys.only_valid = True
    selected_quizzes.settle(packing, questions_of)
    package, used = PortablePackage(packing), UsedIdentifiers()
    portable = package.packing
    yield from portable.each(Kind.QUIZZES, partial(_write_quiz, package, used))
    yield from portable.each(Kind.QUESTION_BANKS, partial(_write_bank, package, used))
    yield from files.write(packing, package.resources)
    yield Entry(MANIFEST, manifest.document(packing, package.resources))


@dataclass(slots=True)
class UsedIdentifiers:
    """The identifiers in use, which name files here: an item's identifier of its package of origin may be a repeat."""

    identifiers: set[str] = field(default_factory=set)
    numbering: Numbering = field(default_factory=Numbering)


@dataclass(slots=True)
class ItemFiles:
    """The items of one test or bank."""

    package: PortablePackage
    used: UsedIdentifiers
    shuffle: bool = False
    entries: list[Entry] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    @property
    def edition(self) -> Edition:
        """The version of QTI that is written."""
        return EDITIONS[self.package.packing.request.version]

    @property
    def writer(self) -> ItemWriter[ItemRef]:
        """The writer of one item, which also adds its file and its resource."""
        return ItemWriter(UNSUPPORTED_TYPES, self._write)

    def _write(self, question: Question, heading: Heading) -> tuple[ItemRef, Losses]:
        """(the reference to the item from the folder of tests or banks, the losses); its file is added to `entries`."""
        identifier = self.used.numbering.unique(as_name(heading.identifier), self._is_taken)
        if identifier != heading.identifier:
            heading = Heading(identifier, heading.title)
        element, losses = item(question, heading, shuffle=self.shuffle)
        self.used.identifiers.add(identifier)
        path = f"items/{identifier}.xml"
        self.entries.append(Entry(path, serialize(element, self.edition)))
        self.resources.append(Resource(identifier, self.edition.item, path, (path,), self.package.linked_files()))
        return ItemRef(identifier, f"../{path}"), losses

    def _is_taken(self, identifier: str) -> bool:
        return identifier in self.used.identifiers or identifier in self.package.resources


def _write_quiz(package: PortablePackage, used: UsedIdentifiers, quiz: Quiz) -> Iterator[Entry]:
    """The test and its items. A quiz of which no question can be expressed is skipped with a warning: tests need items."""
    packing = package.packing
    quiz = packing.html(Kind.QUIZZES, quiz)
    dependencies, identifier = package.linked_files(), as_name(packing.key(Kind.QUIZZES, quiz.id))
    used.identifiers.add(identifier)
    items = ItemFiles(package, used, shuffle=bool(quiz.shuffle_answers))
    refs = quiz_items(quiz, packing, items.writer)
    if not refs:
        sentence = "The format can express none of its questions, and has no test without one."
        raise NothingToPack(WarningCode.QUIZ_EMPTY, sentence)
    warn_unsupported(quiz, supported_settings(quiz), packing)
    body, omitted = assessment.document(quiz, refs, packing)
    if omitted:
        sentence = f"The format has no place for parts of its HTML: {', '.join(sorted(omitted))}."
        packing.report.warn(WarningCode.HTML_REDUCED, sentence, kind=Kind.QUIZZES, item_id=quiz.id, title=quiz.label)
    yield from _close(
        Resource(identifier, items.edition.test, f"tests/{identifier}.xml", dependencies=dependencies), body, items
    )


def _write_bank(package: PortablePackage, used: UsedIdentifiers, bank: QuestionBank) -> Iterator[Entry]:
    """The bank as a section in a file of its own, and its items."""
    packing = package.packing
    identifier = as_name(packing.key(Kind.QUESTION_BANKS, bank.id))
    used.identifiers.add(identifier)
    items = ItemFiles(package, used)
    questions = packing.course.children(Kind.BANK_QUESTIONS, bank.id)
    refs = list(question_items(questions, Kind.BANK_QUESTIONS, packing, items.writer))
    body = assessment.bank_document(identifier, bank.title, refs, items.edition)
    yield from _close(Resource(identifier, items.edition.section, f"banks/{identifier}.xml"), body, items)


def _close(resource: Resource, body: bytes, items: ItemFiles) -> Iterator[Entry]:
    """The file of a test or bank, those of its items, and their resources."""
    path = resource.href or ""
    needed = (*(item.identifier for item in items.resources), *resource.dependencies)
    for added in (Resource(resource.identifier, resource.type, path, (path,), needed), *items.resources):
        items.package.resources.add(added)
    yield Entry(path, body)
    yield from items.entries
