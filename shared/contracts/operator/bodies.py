"""The JSON bodies of the operators' part of the admin API."""

from __future__ import annotations

from shared.contracts.bodies import Id, JsonBody, Moment
from shared.domain.export import WorkflowState
from shared.domain.operator.export_actions import Outcome


class ActionResultBody(JsonBody, frozen=True, kw_only=True):
    """What became of an export. `workflow_state` is the one that the action met; null for an unknown export."""

    id: Id
    outcome: Outcome
    workflow_state: WorkflowState | None


class RetriedExportBody(JsonBody, frozen=True, kw_only=True):
    """A failed export, and the one that retries it; `id` is null in a dry run."""

    failed_id: Id
    id: Id | None


class RetriedExportsBody(JsonBody, frozen=True, kw_only=True):
    """One batch of retries. While `more` is true, others remain: the next request has this `before`."""

    retried: list[RetriedExportBody]
    more: bool
    before: Moment
