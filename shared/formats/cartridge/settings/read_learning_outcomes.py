"""Reads `learning_outcomes.xml`: groups within groups, and the outcomes in them."""

from __future__ import annotations

from shared.domain.content.outcomes import Alignment, LearningOutcome, LearningOutcomeGroup, OutcomeRating
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.class_names import kind_of_class
from shared.formats.canvas.settings_document import FOLDER, identity, open_root
from shared.formats.cartridge.settings import learning_outcomes as written
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource

MEMBER = FOLDER + written.NAME
# Groups within groups. Nobody nests them deeper, and this reader calls itself for each.
MAX_DEPTH = 50

_OUTCOME_OTHERS = ("alignments", "ratings")
_ALIGNMENT_OTHERS = ("content_type", "content_id")


def read(source: PackageSource, importing: Importing) -> None:
    """The groups and outcomes of the package, in its order."""
    root = open_root(source, importing, written.NAME, written.CONTAINER)
    if root is not None:
        _read_content(root, None, importing, 0)


def _read_content(container: xml.Element, group_id: int | None, importing: Importing, depth: int) -> None:
    if depth > MAX_DEPTH:
        importing.warn(
            WarningCode.GROUPS_TOO_DEEP, MEMBER, f"Outcome groups below {MAX_DEPTH} others were not taken in."
        )
        return
    for position, element in enumerate(container):
        if xml.local(element) == "learningOutcomeGroup":
            group = _read_group(element, importing)
            group.parent_outcome_group_id, group.position = group_id, position
            importing.add(Kind.LEARNING_OUTCOME_GROUPS, group)
            for inside in xml.find_all(element, written.CONTAINER):
                _read_content(inside, group.id, importing, depth + 1)
        elif xml.local(element) == "learningOutcome":
            outcome = _read_outcome(element, importing)
            outcome.outcome_group_id, outcome.position = group_id, position
            importing.add(Kind.LEARNING_OUTCOMES, outcome)


def _read_group(element: xml.Element, importing: Importing) -> LearningOutcomeGroup:
    values = fields.read(element, written.GROUP_FIELDS, importing, MEMBER, (written.CONTAINER,))
    return LearningOutcomeGroup(**identity(element, Kind.LEARNING_OUTCOME_GROUPS, importing), **values)


def _read_outcome(element: xml.Element, importing: Importing) -> LearningOutcome:
    mapped = (*written.OUTCOME_FIELDS, *written.SCALE_FIELDS)
    values = fields.read(element, mapped, importing, MEMBER, _OUTCOME_OTHERS)
    alignments = [_read_alignment(child, importing) for child in xml.find_all(element, "alignments/alignment")]
    ratings = [
        OutcomeRating(**fields.read(child, written.RATING_FIELDS, importing, MEMBER))
        for child in xml.find_all(element, "ratings/rating")
    ]
    return LearningOutcome(
        **identity(element, Kind.LEARNING_OUTCOMES, importing),
        **values,
        alignments=[each for each in alignments if each is not None] or None,
        ratings=ratings or None,
    )


def _read_alignment(element: xml.Element, importing: Importing) -> Alignment | None:
    name = (xml.text_at(element, "content_type") or "").strip()
    identifier = (xml.text_at(element, "content_id") or "").strip()
    kind = kind_of_class(name)
    if kind is None or not identifier:
        importing.warn(
            WarningCode.ALIGNMENT_LEFT_OUT, MEMBER, f"An outcome's alignment with a {name!r} was not taken in."
        )
        return None
    values = fields.read(element, written.ALIGNMENT_FIELDS, importing, MEMBER, _ALIGNMENT_OTHERS)
    return Alignment(content_type=name, content_id=importing.id_of(kind, identifier), **values)
