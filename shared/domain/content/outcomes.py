"""Learning outcomes, their groups, and the content that is aligned with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from shared.domain.content.content_object import Content, ContentPart, Number


class Alignment(ContentPart):
    """Content by which an outcome is measured. `content_type` is its class in Canvas, such as `Assignment`."""

    content_type: str
    content_id: int | None = None
    mastery_type: str | None = None
    mastery_score: Number | None = None
    position: int | None = None


class OutcomeRating(ContentPart):
    """A level of mastery of an outcome."""

    description: str | None = None
    points: Number | None = None


class LearningOutcome(Content):
    """REST Outcome, in the group `outcome_group_id` (None: at the top).

    `external_identifier` is its id in the account if it belongs to that.
    """

    outcome_group_id: int | None = None
    title: str | None = None
    display_name: str | None = None
    description: str | None = None
    friendly_description: str | None = None
    vendor_guid: str | None = None
    calculation_method: str | None = None
    calculation_int: int | None = None
    points_possible: Number | None = None
    mastery_points: Number | None = None
    ratings: list[OutcomeRating] | None = None
    alignments: list[Alignment] | None = None
    copied_from_outcome_id: int | None = None
    is_global_outcome: bool | None = None
    external_identifier: int | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)


class LearningOutcomeGroup(Content):
    """REST OutcomeGroup, in the group `parent_outcome_group_id` (None: at the top).

    `root` marks the group that Canvas keeps above all others of a course. It is never exported, its content is.
    """

    parent_outcome_group_id: int | None = None
    title: str | None = None
    description: str | None = None
    vendor_guid: str | None = None
    source_outcome_group_id: int | None = None
    root: bool | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST OutcomeGroup; `parent_outcome_group` (the object) gives its id. Raises InvalidContent."""
        group = super().from_json(data)
        parent = data.get("parent_outcome_group")
        parent_id = parent.get("id") if isinstance(parent, Mapping) else None
        if group.parent_outcome_group_id is None and isinstance(parent_id, int):
            group.parent_outcome_group_id = parent_id
        return group
