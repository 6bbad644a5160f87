"""The admin API of pauses and quarantines."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.audit import Actor
from tests.support.gateway_without_sockets import ADMIN, World

API = "/api/v1/admin"
BY = Actor(ADMIN, None, f"token:{ADMIN}", None, "r")


@pytest.fixture
async def world() -> World:
    return World()


async def post(world: World, path: str, **body: Any) -> Any:
    answer = await world.ask("POST", f"{API}/{path}", ADMIN, json=body, headers={"X-Request-Id": "r"})
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_pause_is_added_listed_and_ended_once(world: World) -> None:
    added = await post(world, "pauses", export_type="zip", reason="moving")
    assert added == {
        "changed": True,
        "pause": {
            "id": 1, "export_type": "zip", "user_id": None, "context": None, "quarantine": False, "reason": "moving",
            "paused_by": ADMIN, "paused_at": "2027-01-01T00:00:00Z",
        },
    }  # fmt: skip
    assert (await post(world, "pauses", export_type="zip", reason="again")) == {**added, "changed": False}
    await post(world, "quarantine", context="courses/10", reason="memory")
    listed = await world.ask("GET", f"{API}/pauses", ADMIN)
    assert [(each["export_type"], each["context"], each["quarantine"]) for each in listed.body] == [
        ("zip", None, False),
        (None, "courses/10", True),
    ]
    assert await post(world, "pauses/resume", context="courses/10") == {"changed": False, "pause": None}
    assert (await post(world, "quarantine/remove", context="courses/10"))["changed"]
    assert (await post(world, "pauses/resume", export_type="zip"))["changed"]
    assert world.pauses.by == [BY] * 4


async def test_a_dry_run_changes_nothing(world: World) -> None:
    would = await post(world, "pauses", user_id=7, reason="why", dry_run=True)
    assert (would["changed"], would["pause"]["id"], would["pause"]["user_id"]) == (True, None, 7)
    assert not world.pauses.by


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("pauses", {"reason": "why"}, "name one of export_type, user_id and context"),
        ("pauses", {"reason": "why", "user_id": 7, "export_type": "zip"}, "name one of"),
        ("pauses", {"export_type": "zip"}, "reason"),
        ("pauses", {"export_type": "tar", "reason": "why"}, "export_type"),
        ("pauses", {"context": "courses/self", "reason": "why"}, "courses/self"),
        ("pauses/resume", {}, "name one of"),
        ("quarantine", {"context": "courses/10"}, "reason"),
        ("quarantine", {"context": "schools/10", "reason": "why"}, "schools/10"),
        ("quarantine/remove", {}, "context"),
    ],
)
async def test_a_target_that_cannot_be_used_is_named(world: World, path: str, body: dict[str, Any], named: str) -> None:
    answer = await world.ask("POST", f"{API}/{path}", ADMIN, json=body)
    assert answer.status == 400
    assert named in answer.body["errors"][0]["message"]
    assert not world.pauses.by
