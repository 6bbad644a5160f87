"""How work is judged: grading standards, the late policy, rubrics."""

from __future__ import annotations

from shared.domain.content.content_object import Content, Number, Part


class GradingSchemeEntry(Part):
    """A grade and the least share (0 to 1) of the points that earns it."""

    name: str
    value: Number


class GradingStandard(Content):
    """REST GradingStandard. `version` is that of the data's format in a cartridge."""

    title: str | None = None
    grading_scheme: list[GradingSchemeEntry] | None = None
    points_based: bool | None = None
    scaling_factor: Number | None = None
    version: int | None = None


class LatePolicy(Content):
    """REST LatePolicy: what a late or a missing submission costs, in percent of the points possible."""

    missing_submission_deduction_enabled: bool | None = None
    missing_submission_deduction: Number | None = None
    late_submission_deduction_enabled: bool | None = None
    late_submission_deduction: Number | None = None
    late_submission_interval: str | None = None  # day or hour
    late_submission_minimum_percent_enabled: bool | None = None
    late_submission_minimum_percent: Number | None = None


class Rating(Part):
    """A level of a criterion."""

    id: str | None = None
    criterion_id: str | None = None
    description: str | None = None
    long_description: str | None = None
    points: Number | None = None


class Criterion(Part):
    """REST RubricCriterion; `learning_outcome_id` where it stands for an outcome."""

    id: str | None = None
    description: str | None = None
    long_description: str | None = None
    points: Number | None = None
    mastery_points: Number | None = None
    ignore_for_scoring: bool | None = None
    criterion_use_range: bool | None = None
    learning_outcome_id: int | None = None
    learning_outcome_external_identifier: str | None = None  # an outcome of the account
    ratings: list[Rating] | None = None


class Rubric(Content):
    """REST Rubric. `external_identifier` is its number where it belongs to the account."""

    title: str | None = None
    description: str | None = None
    points_possible: Number | None = None
    reusable: bool | None = None
    read_only: bool | None = None
    public: bool | None = None
    hide_score_total: bool | None = None
    free_form_criterion_comments: bool | None = None
    rating_order: str | None = None  # ascending or descending
    external_identifier: int | None = None
    data: list[Criterion] | None = None
