"""Grading standards, the late policy, rubrics."""

from __future__ import annotations

from shared.domain.content.content_object import Content, ContentPart, Number


class GradingSchemeEntry(ContentPart):
    """A grade and the lowest fraction (0 to 1) of the points for it."""

    name: str
    value: Number


class GradingStandard(Content):
    """REST GradingStandard. `version` is the version of its format in a cartridge."""

    title: str | None = None
    grading_scheme: list[GradingSchemeEntry] | None = None
    points_based: bool | None = None
    scaling_factor: Number | None = None
    version: int | None = None


class LatePolicy(Content):
    """REST LatePolicy: deductions for late and missing submissions, in percent of the points possible."""

    missing_submission_deduction_enabled: bool | None = None
    missing_submission_deduction: Number | None = None
    late_submission_deduction_enabled: bool | None = None
    late_submission_deduction: Number | None = None
    late_submission_interval: str | None = None  # day or hour
    late_submission_minimum_percent_enabled: bool | None = None
    late_submission_minimum_percent: Number | None = None


class Rating(ContentPart):
    """A level of a rubric's criterion."""

    id: str | None = None
    criterion_id: str | None = None
    description: str | None = None
    long_description: str | None = None
    points: Number | None = None


class Criterion(ContentPart):
    """REST RubricCriterion; one that measures an outcome has a `learning_outcome_id`."""

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
    """REST Rubric. `external_identifier` is its id in the account if it belongs to that."""

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
