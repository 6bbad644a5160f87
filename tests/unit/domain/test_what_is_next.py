"""What an export waits for, in sentences for operators."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_rows import ExplainedExport, PlaceInQueue, WaitingMessage, what_is_next
from shared.domain.operator.pauses import Pause, PauseTarget
from tests.support.fake_operations import FakeOperatorExports

AT = datetime(2027, 1, 1, tzinfo=UTC)
EXPORTING, FAILED = WorkflowState.EXPORTING, WorkflowState.FAILED
PAUSE = Pause(1, PauseTarget(export_type=ExportType.ZIP), False, "The store is moved.", 7, AT)


def an_export(**fields: object) -> ExplainedExport:
    return FakeOperatorExports().add(5, **fields)


@pytest.mark.parametrize(
    ("explained", "sentences"),
    [
        (
            an_export(turn=PlaceInQueue(place=3, held=False, workers=2, slots=4)),
            ["It is number 3 of its type.", "Workers of this type: 2; slots in all: 4."],
        ),
        (
            an_export(turn=PlaceInQueue(place=9, held=True, workers=0, slots=0), pauses=[PAUSE]),
            [
                "type:zip is paused: The store is moved.",
                "It waits for exports of its owner that are in flight.",
                "No worker takes exports of this type.",
            ],
        ),
        (
            an_export(
                turn=PlaceInQueue(place=1, held=False, workers=1, slots=1), messages=[WaitingMessage("e", "zip", AT)]
            ),
            [
                "It is number 1 of its type.",
                "Workers of this type: 1; slots in all: 1.",
                "A message about it has not been sent to the broker: the relay or the broker is away.",
            ],
        ),
        (
            an_export(workflow_state=EXPORTING, lapsed=True),
            ["The lease of its attempt has ended: the next free worker takes it as another attempt."],
        ),
        (an_export(workflow_state=FAILED), ["`content-exports retry 5 --course 42` creates it again."]),
        (an_export(workflow_state=FAILED, retried_by=8), ["Export 8 retries it."]),
        (an_export(workflow_state=WorkflowState.EXPORTED), []),
    ],
)
def test_each_state_says_what_is_next(explained: ExplainedExport, sentences: list[str]) -> None:
    assert what_is_next(explained) == sentences
