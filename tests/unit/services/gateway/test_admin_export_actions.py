"""The admin API of actions on exports: what it takes, what it answers, what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.export import Context, ContextType, ExportType, WorkflowState
from shared.domain.operator.export_actions import FailedExports
from tests.support.gateway_without_sockets import ADMIN, World

API = "/api/v1/admin/exports"
BY = Actor(ADMIN, None, f"token:{ADMIN}", None, "r")
SINCE = datetime(2027, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
async def world() -> World:
    world = World()
    world.actions.states = {1: WorkflowState.CREATED, 2: WorkflowState.EXPORTING, 3: WorkflowState.FAILED}
    return world


async def ask(world: World, action: str, **body: Any) -> Any:
    answer = await world.ask("POST", f"{API}/{action}", ADMIN, json=body, headers={"X-Request-Id": "r"})
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_requeue_says_what_becomes_of_each_export(world: World) -> None:
    results = await ask(world, "requeue", ids=[1, 2, 3, 4])
    assert results == [
        {"id": 1, "outcome": "sent_again", "workflow_state": "created"},
        {"id": 2, "outcome": "taken_back", "workflow_state": "exporting"},
        {"id": 3, "outcome": "finished", "workflow_state": "failed"},
        {"id": 4, "outcome": "unknown", "workflow_state": None},
    ]
    assert world.actions.done == [("requeue", [1, 2, 3, 4], BY, False)]


async def test_an_end_keeps_the_reason_and_a_dry_run_is_one(world: World) -> None:
    assert [each["outcome"] for each in await ask(world, "fail", ids=[1, 3], reason="too large", dry_run=True)] == [
        "ended",
        "finished",
    ]
    await ask(world, "cancel", ids=[2])
    assert world.actions.done == [
        (ErrorCode.FAILED_BY_ADMIN, "too large", [1, 3], BY, True),
        (ErrorCode.CANCELLED, "The export was cancelled.", [2], BY, False),
    ]


async def test_a_retry_filters_by_cause_time_type_context_and_owner_and_is_bounded(world: World) -> None:
    where = {"export_type": "zip", "context": "courses/42", "user_id": 7, "before": "2027-01-03T00:00:00Z"}
    body = await ask(world, "retry", error_code="store_unavailable", since=SINCE.isoformat(), limit=2, **where)
    assert body == {
        "retried": [{"failed_id": 1, "id": 101}, {"failed_id": 2, "id": 102}],
        "more": True,
        "before": "2027-01-03T00:00:00Z",
    }
    ((failed, limit, by, dry_run),) = world.failed.asked
    before, course = datetime(2027, 1, 3, tzinfo=UTC), Context(ContextType.COURSE, 42)
    assert failed == FailedExports(ErrorCode.STORE_UNAVAILABLE, SINCE, before, ExportType.ZIP, course, 7)
    assert (limit, by, dry_run) == (2, BY, False)


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("requeue", {}, "ids"),
        ("requeue", {"ids": []}, "ids"),
        ("requeue", {"ids": [0]}, "ids"),
        ("requeue", {"ids": list(range(1, 102))}, "ids"),
        ("fail", {"ids": [1]}, "reason"),
        ("retry", {"since": "2027-01-01T00:00:00Z"}, "error_code"),
        ("retry", {"error_code": "store_unavailable"}, "since"),
        ("retry", {"error_code": "frog", "since": "2027-01-01T00:00:00"}, "error_code"),
        ("retry", {"error_code": "store_full", "since": "2027-01-01T00:00:00", "limit": 1001}, "limit"),
        ("retry", {"error_code": "store_full", "since": "2027-01-01T00:00:00", "context": "courses/self"}, "context"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_named_and_nothing_is_done(
    world: World, action: str, body: dict[str, Any], named: str
) -> None:
    answer = await world.ask("POST", f"{API}/{action}", ADMIN, json=body)
    assert answer.status == 400
    assert named in answer.body["errors"][0]["message"]
    assert not world.actions.done
    assert not world.failed.asked
