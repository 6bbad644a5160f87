"""Progress on the broker: the latest wins, one a second for each export, none after its end."""

from __future__ import annotations

from services.gateway.events.latest_progress import LatestProgress
from shared.domain.export import WorkflowState
from tests.support.events import a_completion, a_state


def test_of_what_is_heard_within_a_second_the_latest_is_due_at_its_end() -> None:
    latest = LatestProgress()
    assert latest.hear(a_completion(1), 100.0) == 0
    assert latest.take_due(100.0) == [1]
    assert latest.hear(a_completion(2), 100.25) == 0.75
    assert latest.hear(a_completion(3), 100.5) is None, "its export waits already"
    assert latest.take_due(100.75) == []
    assert latest.take_due(101.0) == [3]
    assert latest.take_due(200.0) == []


def test_exports_do_not_wait_for_each_other() -> None:
    latest = LatestProgress()
    latest.hear(a_completion(1, progress_id=1), 100.0)
    assert latest.take_due(100.0) == [1]
    assert latest.hear(a_completion(2, progress_id=2), 100.1) == 0
    assert latest.take_due(100.1) == [2]


def test_an_export_that_has_ended_has_no_progress_any_more() -> None:
    latest = LatestProgress()
    latest.hear(a_completion(1), 100.0)
    assert latest.hear(a_state(2, WorkflowState.EXPORTED), 100.1) is None
    assert latest.take_due(101.0) == []


def test_a_state_that_ends_nothing_leaves_progress_as_it_is() -> None:
    latest = LatestProgress()
    latest.hear(a_completion(2), 100.0)
    latest.hear(a_state(3, WorkflowState.EXPORTING), 100.1)
    assert latest.take_due(101.0) == [2]
