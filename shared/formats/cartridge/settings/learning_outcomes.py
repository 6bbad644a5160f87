"""`learning_outcomes.xml`: the outcomes in their groups, and the content that is aligned with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from msgspec.structs import replace

from shared.domain.content.outcomes import Alignment, LearningOutcome, LearningOutcomeGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.class_names import kind_of_class
from shared.formats.canvas.settings_document import append_object, is_due
from shared.formats.identifiers import global_id
from shared.formats.packing import Packing

NAME = "learning_outcomes.xml"

GROUP_FIELDS = (
    fields.text("title"),
    fields.text("description"),
    fields.text("vendor_guid"),
    fields.whole("source_outcome_group_id"),
)
# The element says `title`, but holds the short name of an outcome; its display name has no element.
OUTCOME_FIELDS = (
    fields.text("title"),
    fields.text("description"),
    fields.text("calculation_method"),
    fields.whole("calculation_int"),
    fields.text("vendor_guid"),
    fields.whole("copied_from_outcome_id"),
    fields.text("friendly_description"),
    fields.flag("is_global_outcome").if_true,
    fields.whole("external_identifier"),
)
SCALE_FIELDS = (fields.number("points_possible"), fields.number("mastery_points"))
RATING_FIELDS = (fields.text("description").required, fields.number("points").required)
ALIGNMENT_FIELDS = (
    fields.text("mastery_type"),
    fields.number("mastery_score"),
    fields.whole("position"),
)
CONTAINER = "learningOutcomes"
# Groups within groups: each is a generator within another one.
_MAX_DEPTH = 100


@dataclass(slots=True)
class _Tree:
    """The groups and outcomes of a course by the group they are in; None stands for the top."""

    groups: dict[int | None, list[LearningOutcomeGroup]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[int | None, list[LearningOutcome]] = field(default_factory=lambda: defaultdict(list))
    placed: set[int] = field(default_factory=set)  # outcomes


def document(packing: Packing) -> bytes | None:
    """The selected groups with all that is in them and the selected outcomes, where the course has any.

    Groups come before outcomes. The group above all others is not written, its content is.
    """
    if not is_due(packing, NAME, Kind.LEARNING_OUTCOMES, Kind.LEARNING_OUTCOME_GROUPS):
        return None
    containers = [xml.root(CONTAINER)]  # of the groups that are open
    for level, kind, item in placed(packing):
        del containers[level + 1 :]
        if kind is Kind.LEARNING_OUTCOME_GROUPS:
            containers.append(_append_group(containers[level], packing, item))
        else:
            append_object(containers[level], packing, kind, item, "learningOutcome", fill=_fill_outcome)
    return xml.serialize(containers[0])


def placed(packing: Packing) -> Iterator[tuple[int, Kind, Any]]:
    """(level, kind, object) of the groups and outcomes that are written, in order; the top has the level 0."""
    tree = _tree(packing)
    yield from _content(packing, tree, None, 0)
    # Selected outcomes in groups that were not walked, such as groups that are in a ring.
    for outcome in chain.from_iterable(tree.outcomes.values()):
        if outcome.id not in tree.placed and packing.selected(Kind.LEARNING_OUTCOMES, outcome.id):
            yield 0, Kind.LEARNING_OUTCOMES, outcome


def _tree(packing: Packing) -> _Tree:
    """The tree of all groups and outcomes; the content of a missing group is at the top."""
    tree = _Tree()
    groups = list(packing.course.each(Kind.LEARNING_OUTCOME_GROUPS))
    group_ids = {group.id for group in groups}
    for group in groups:
        parent = group.parent_outcome_group_id
        tree.groups[parent if parent in group_ids else None].append(group)
    for outcome in packing.course.each(Kind.LEARNING_OUTCOMES):
        tree.outcomes[outcome.outcome_group_id if outcome.outcome_group_id in group_ids else None].append(outcome)
    return tree


def _content(
    packing: Packing, tree: _Tree, group_id: int | None, level: int, depth: int = 0
) -> Iterator[tuple[int, Kind, Any]]:
    """The sub groups, then the outcomes of a group; below level 0, that is inside a written group, all of them."""
    for group in tree.groups[group_id]:
        if depth > _MAX_DEPTH:
            continue
        is_written = not group.root and (level > 0 or _is_selected(packing, group))
        if is_written:
            yield level, Kind.LEARNING_OUTCOME_GROUPS, group
        yield from _content(packing, tree, group.id, level + is_written, depth + 1)
    for outcome in tree.outcomes[group_id]:
        if level > 0 or packing.selected(Kind.LEARNING_OUTCOMES, outcome.id):
            tree.placed.add(outcome.id)
            yield level, Kind.LEARNING_OUTCOMES, outcome


def _is_selected(packing: Packing, group: LearningOutcomeGroup) -> bool:
    return packing.selection.flag("learning_outcomes") or packing.selected(Kind.LEARNING_OUTCOME_GROUPS, group.id)


def _append_group(parent: xml.Element, packing: Packing, group: LearningOutcomeGroup) -> xml.Element:
    """The container of the group's content, in its element; that of its parent if the group is faulty."""
    kind = Kind.LEARNING_OUTCOME_GROUPS
    element = append_object(parent, packing, kind, group, "learningOutcomeGroup", fill=_fill_group)
    return parent if element is None else xml.add(element, CONTAINER)


def _fill_group(element: xml.Element, packing: Packing, group: LearningOutcomeGroup) -> None:
    fields.append(element, packing.html(Kind.LEARNING_OUTCOME_GROUPS, group), GROUP_FIELDS)


def _fill_outcome(element: xml.Element, packing: Packing, outcome: LearningOutcome) -> None:
    shown: LearningOutcome = packing.html(Kind.LEARNING_OUTCOMES, outcome)
    # Canvas always states the outcome that one was copied from; an outcome that is no copy names itself.
    if shown.copied_from_outcome_id is None:
        shown = replace(shown, copied_from_outcome_id=global_id(outcome.id))
    fields.append(element, shown, OUTCOME_FIELDS)
    if shown.alignments:
        container = xml.add(element, "alignments")
        for alignment in shown.alignments:
            _append_alignment(container, packing, alignment)
    fields.append(element, shown, SCALE_FIELDS)
    if shown.ratings:
        ratings = xml.add(element, "ratings")
        for rating in shown.ratings:
            fields.append(xml.add(ratings, "rating"), rating, RATING_FIELDS)


def _append_alignment(container: xml.Element, packing: Packing, alignment: Alignment) -> None:
    kind = kind_of_class(alignment.content_type)
    if kind is None or alignment.content_id is None:
        sentence = f"An alignment with {alignment.content_type} {alignment.content_id} has no form in a cartridge."
        packing.report.warn(WarningCode.ALIGNMENT_LEFT_OUT, sentence, place=NAME)
        return
    element = xml.add(container, "alignment")
    xml.add(element, "content_type", alignment.content_type)
    xml.add(element, "content_id", packing.key(kind, alignment.content_id))
    fields.append(element, alignment, ALIGNMENT_FIELDS)
