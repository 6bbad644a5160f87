"""`<assessment>`: a quiz with its questions and groups, in full and as Common Cartridge knows it.

Source: QTI 1.2 and the profile of Common Cartridge 1.1; fields, idents and their order as Canvas writes them.
"""

from __future__ import annotations

from shared.domain.content.quizzes import Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.identifiers import key
from shared.formats.imscp.manifest import version_of
from shared.formats.packing import Packing
from shared.formats.qti.profiles import QTI, QTI_XSD
from shared.formats.qti.qtimetadata import add_field
from shared.formats.qti.quiz_items import GroupItems, QuizItems
from shared.formats.xml import Element

ROOT_SECTION = "root_section"
UNLIMITED = "unlimited"


def full_document(quiz: Quiz, items: QuizItems, packing: Packing) -> bytes:
    """The quiz with everything that Canvas states of it; a group is a section."""
    root, section = _assessment(quiz, packing, QTI_XSD, {})
    for entry in items:
        if isinstance(entry, GroupItems):
            _add_group(section, entry, packing)
        else:
            section.append(entry.full)
    return xml.serialize(root)


def cc_document(quiz: Quiz, items: QuizItems, packing: Packing) -> bytes:
    """The quiz in the profile of Common Cartridge: five question types, each group replaced by its first items.

    As in Canvas, the section is empty if no question fits.
    """
    fields = {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
    }
    root, section = _assessment(quiz, packing, version_of(packing).questions, fields)
    for entry in items:
        # The profile of Common Cartridge has no groups: as in Canvas, the first items of a group stand for it.
        candidates = entry.items if isinstance(entry, GroupItems) else [entry]
        fitting = [item.cc for item in candidates if item.cc is not None]
        for element in fitting[: _picks(entry.group) if isinstance(entry, GroupItems) else 1]:
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
        # In minutes, as Canvas stores it (lib/cc/qti/qti_generator.rb).
        add_field(metadata, "qmd_timelimit", quiz.time_limit)
    attempts = quiz.allowed_attempts
    add_field(metadata, "cc_maxattempts", UNLIMITED if attempts == -1 else 1 if attempts is None else attempts)
    return root, xml.add(assessment, "section", ident=ROOT_SECTION)


def _add_group(section: Element, entry: GroupItems, packing: Packing) -> None:
    """A section that states how many items to select, from a bank or from its own."""
    group = entry.group
    element = xml.add(section, "section", ident=packing.key(Kind.QUIZ_GROUPS, group.id), title=group.name)
    selection = xml.add(xml.add(element, "selection_ordering"), "selection")
    _add_bank(selection, group, packing)
    xml.add(selection, "selection_number", group.pick_count)
    extension = xml.add(selection, "selection_extension")
    # The points that the group gives each question; its items state points of their own as well.
    xml.add(extension, "points_per_item", xml.number(group.question_points))
    if group.sourcebank_context:
        xml.add(extension, "sourcebank_context", group.sourcebank_context)
        xml.add(extension, "sourcebank_is_external", "true")
    for item in entry.items:
        element.append(item.full)


def _add_bank(selection: Element, group: QuizGroup, packing: Packing) -> None:
    """A bank of this course by its key; one of another course or account by its number in Canvas and by its key.

    The number of an unknown bank without an owner is written as it is, with a warning.
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
        sentence = f"This group draws from the question bank {bank}, which is not one of this course."
        packing.report.warn(
            WarningCode.BANK_UNKNOWN, sentence, kind=Kind.QUIZ_GROUPS, item_id=group.id, title=group.label
        )
