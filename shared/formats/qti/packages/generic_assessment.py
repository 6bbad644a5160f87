"""`<assessment>` by the letter of QTI 1.2, for readers other than Canvas."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.imscp.manifest import version_of
from shared.formats.packing import Packing
from shared.formats.qti.assessment import ROOT_SECTION, UNLIMITED
from shared.formats.qti.material import add_material
from shared.formats.qti.portable_items import Section
from shared.formats.qti.profiles import QTI, QTI_XSD
from shared.formats.qti.qtimetadata import add_field
from shared.formats.xml import Element

# Settings of a quiz that have a place, beside time limit and attempts.
SUPPORTED_SETTINGS = ("shuffle_answers",)


def assessment_document(
    quiz: Quiz, contents: Sequence[Element | Section[Element]], packing: Packing, *, cc_profile: bool = False
) -> bytes:
    """A quiz with its description; Canvas's settings have no place in the package. A section has a title and items.

    The profile of Common Cartridge, which has no groups, has no duration either.
    """
    title, schema = quiz.title or "Quiz", version_of(packing).questions if cc_profile else QTI_XSD
    root = xml.root("questestinterop", QTI, schema)
    assessment = xml.add(root, "assessment", ident=packing.key(Kind.QUIZZES, quiz.id), title=title)
    # 0 is no limit; a reader would take it to be over at once.
    if quiz.time_limit and not cc_profile:
        # ISO 8601, which QTI 1.2 prescribes; the field below has the same in the words of Common Cartridge.
        xml.add(assessment, "duration", f"PT{xml.number(quiz.time_limit)}M")
    _add_profile_fields(xml.add(assessment, "qtimetadata"), quiz)
    if quiz.description:
        add_material(xml.add(xml.add(assessment, "presentation_material"), "flow_mat"), None, quiz.description)
    section = xml.add(assessment, "section", ident=ROOT_SECTION, title=title)
    for entry in contents:
        if isinstance(entry, Section):
            _add_section(section, entry, packing)
        else:
            section.append(entry)
    if quiz.shuffle_answers is not None:
        for response in section.iterfind(".//{*}response_lid/{*}render_choice"):
            response.set("shuffle", "Yes" if quiz.shuffle_answers else "No")
    return xml.serialize(root)


def _add_profile_fields(metadata: Element, quiz: Quiz) -> None:
    """The fields of the profile of Common Cartridge, which other readers look for."""
    add_field(metadata, "cc_profile", "cc.exam.v0p1")
    add_field(metadata, "qmd_assessmenttype", "Examination")
    add_field(metadata, "qmd_scoretype", "Percentage")
    if quiz.time_limit:
        add_field(metadata, "qmd_timelimit", quiz.time_limit)
    attempts = quiz.allowed_attempts
    add_field(metadata, "cc_maxattempts", UNLIMITED if attempts == -1 else attempts or 1)


def _add_section(parent: Element, section: Section[Element], packing: Packing) -> None:
    ident = packing.key(Kind.QUIZ_GROUPS, section.group.id)
    element = xml.add(parent, "section", ident=ident, title=section.title)
    selection = xml.add(xml.add(element, "selection_ordering"), "selection")
    xml.add(selection, "selection_number", section.select_count)
    for item in section.items:
        element.append(item)
