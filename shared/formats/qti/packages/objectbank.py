"""`<objectbank>`: a question bank, for Canvas and by the letter of QTI 1.2. Source: QTI 1.2; fields as in Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.quizzes import QuestionBank
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.entry import Entry
from shared.formats.imscp.package_source import WHOLE_QUIZZES
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing
from shared.formats.qti.generic_item import generic_items
from shared.formats.qti.portable_items import question_items
from shared.formats.qti.profiles import QTI, QTI_XSD
from shared.formats.qti.qtimetadata import add_field
from shared.formats.qti.quiz_items import bank_items


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for each selected bank; alike in cartridges and in packages of quizzes."""
    return packing.each(Kind.QUESTION_BANKS, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, bank: QuestionBank) -> Iterator[Entry]:
    key = packing.key(Kind.QUESTION_BANKS, bank.id)
    path = f"{WHOLE_QUIZZES}{key}.xml.qti"
    entry = Entry(path, document(bank, packing))
    resources.add(Resource(key, LEARNING_APPLICATION, href=path, files=(path,)))
    yield entry


def document(bank: QuestionBank, packing: Packing) -> bytes:
    """The bank with all its questions, as Canvas writes it; fields of its owner only where the course states them."""
    root = xml.root("questestinterop", QTI, QTI_XSD)
    objectbank = xml.add(root, "objectbank", ident=packing.key(Kind.QUESTION_BANKS, bank.id))
    metadata = xml.add(objectbank, "qtimetadata")
    add_field(metadata, "bank_title", bank.title)
    for label in ("bank_type", "bank_context_uuid"):
        if getattr(bank, label):
            add_field(metadata, label, getattr(bank, label))
    add_field(metadata, "bank_state", bank.bank_state or "active")
    for item in bank_items(bank, packing):
        objectbank.append(item)
    return xml.serialize(root)


def generic_document(bank: QuestionBank, packing: Packing) -> bytes | None:
    """The bank by the letter of QTI 1.2, for readers other than Canvas: its title and its items; None without items."""
    root = xml.root("questestinterop", QTI, QTI_XSD)
    objectbank = xml.add(root, "objectbank", ident=packing.key(Kind.QUESTION_BANKS, bank.id))
    add_field(xml.add(objectbank, "qtimetadata"), "bank_title", bank.title)
    questions = packing.course.children(Kind.BANK_QUESTIONS, bank.id)
    items = list(question_items(questions, Kind.BANK_QUESTIONS, packing, generic_items(packing)))
    objectbank.extend(items)
    return xml.serialize(root) if items else None
