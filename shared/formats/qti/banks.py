"""`<objectbank>`: a question bank, written. Source: QTI 1.2, objectbank; the fields are Canvas's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.quizzes import QuestionBank
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.entry import Entry
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing
from shared.formats.qti.contents import bank_items
from shared.formats.qti.documents import FOLDER
from shared.formats.qti.flavour import QTI, QTI_XSD
from shared.formats.qti.item import add_field


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected banks: a file each and its resource, on which no quiz depends, in a cartridge and beside quizzes."""
    return packing.each(Kind.QUESTION_BANKS, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, bank: QuestionBank) -> Iterator[Entry]:
    key = packing.key(Kind.QUESTION_BANKS, bank.id)
    path = f"{FOLDER}{key}.xml.qti"
    entry = Entry(path, document(bank, packing))
    resources.add(Resource(key, LEARNING_APPLICATION, href=path, files=(path,)))
    yield entry


def document(bank: QuestionBank, packing: Packing) -> bytes:
    """The bank with all its questions; what is not known of its owner is left out."""
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
