"""`<assessment>`: a quiz with its questions and groups, in full and as Common Cartridge knows it.

Source: QTI 1.2 and the profile of Common Cartridge 1.1; fields, idents and their order as Canvas writes them.
"""

from __future__ import annotations

from shared.domain.content.quizzes import Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.identifiers import key
from shared.formats.packing import Packing
from shared.formats.qti.contents import Contents, Group
from shared.formats.qti.flavour import CC_XSD, QTI, QTI_XSD
from shared.formats.qti.item import add_field
from shared.formats.xml import Element

ROOT_SECTION = "root_section"
UNLIMITED = "unlimited"


def full_document(quiz: Quiz, contents: Contents, packing: Packing) -> bytes:
    """The quiz with all that Canvas knows of it; groups are sections."""
    root, section = _assessment(quiz, packing, QTI_XSD, {})
    for entry in contents:
        if isinstance(entry, Group):
            _add_group(section, entry, packing)
        else:
            section.append(entry.full)
    return xml.serialize(root)


def cc_document(quiz: Quiz, contents: Contents, packing: Packing) -> bytes:
    """The quiz in the profile of Common Cartridge: five question types, groups flattened to their first picks.

    The section is empty where no question fits, as in Canvas.
    """
    fields = {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
    }
    root, section = _assessment(quiz, packing, CC_XSD, fields)
    for entry in contents:
        items = entry.items if isinstance(entry, Group) else [entry]
        fitting = [found.cc for found in items if found.cc is not None]
        for element in fitting[: _picks(entry.group) if isinstance(entry, Group) else 1]:
            section.append(element)
    return xml.serialize(root)


def _picks(group: QuizGroup) -> int | None:
    return None if group.pick_count is None else max(group.pick_count, 0)


def _assessment(quiz: Quiz, packing: Packing, xsd: str, fields: dict[str, str]) -> tuple[Element, Element]:
    root = xml.root("questestinterop", QTI, xsd)
    assessment = xml.add(root, "assessment", ident=packing.key(Kind.QUIZZES, quiz.id), title=quiz.title)
    metadata = xml.add(assessment, "qtimetadata")
    for label, entry in fields.items():
        add_field(metadata, label, entry)
    if quiz.time_limit is not None:
        add_field(metadata, "qmd_timelimit", quiz.time_limit)
    attempts = quiz.allowed_attempts
    add_field(metadata, "cc_maxattempts", UNLIMITED if attempts == -1 else 1 if attempts is None else attempts)
    return root, xml.add(assessment, "section", ident=ROOT_SECTION)


def _add_group(section: Element, entry: Group, packing: Packing) -> None:
    """A section that says how many to pick, from a bank or from the items in it."""
    group = entry.group
    element = xml.add(section, "section", ident=packing.key(Kind.QUIZ_GROUPS, group.id), title=group.name)
    selection = xml.add(xml.add(element, "selection_ordering"), "selection")
    _add_bank(selection, group, packing)
    xml.add(selection, "selection_number", group.pick_count)
    extension = xml.add(selection, "selection_extension")
    xml.add(extension, "points_per_item", xml.number(group.question_points))
    if group.sourcebank_context:
        xml.add(extension, "sourcebank_context", group.sourcebank_context)
        xml.add(extension, "sourcebank_is_external", "true")
    for found in entry.items:
        element.append(found.full)


def _add_bank(selection: Element, group: QuizGroup, packing: Packing) -> None:
    """A bank of this course by its key, one of another course or account by the number that it has in Canvas and by key.

    A number that means nothing here, and no owner with it, is written all the same, and told.
    """
    bank = group.assessment_question_bank_id
    if bank is None:
        return
    if not group.sourcebank_context and packing.knows(Kind.QUESTION_BANKS, bank):
        xml.add(selection, "sourcebank_ref", packing.key(Kind.QUESTION_BANKS, bank))
        return
    xml.add(selection, "sourcebank_ref", bank)
    own = key(Kind.QUESTION_BANKS, bank) if group.sourcebank_context else None
    xml.add_if(selection, "sourcebank_export_id", group.sourcebank_export_id or own)
    if not group.sourcebank_context:
        said = f"This group draws from the question bank {bank}, which is not one of this course."
        packing.report.warn("bank_unknown", said, kind=Kind.QUIZ_GROUPS, item_id=group.id, title=group.label)
