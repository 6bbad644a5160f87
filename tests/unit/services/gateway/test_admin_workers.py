"""The admin API of workers."""

from __future__ import annotations

import pytest

from shared.domain.audit import Actor
from tests.support.gateway_without_sockets import ADMIN, World

API = "/api/v1/admin/workers"
WORKER = {
    "name": "w:1:a", "export_type": "zip", "slots": 2, "version": "1.2.3", "started_at": "2027-01-01T00:00:00Z",
    "seen_at": "2027-01-01T00:00:00Z", "is_alive": True, "draining_since": None, "running": [7],
}  # fmt: skip
DRAINING = {**WORKER, "draining_since": "2027-01-01T00:00:00Z"}


@pytest.fixture
async def world() -> World:
    return World()


async def test_workers_are_listed_drained_and_that_is_undone(world: World) -> None:
    assert (await world.ask("GET", API, ADMIN)).body == [WORKER]
    dry = await world.ask("POST", f"{API}/drain", ADMIN, json={"worker": "w:1:a", "dry_run": True})
    assert dry.body == {"changed": True, "worker": WORKER}
    drained = await world.ask("POST", f"{API}/drain", ADMIN, json={"worker": "w:1:a"})
    assert drained.body == {"changed": True, "worker": DRAINING}
    await world.ask(
        "POST", f"{API}/drain", ADMIN, json={"worker": "w:1:a", "undo": True}, headers={"X-Request-Id": "r"}
    )
    assert world.workers.by[1] == (Actor(ADMIN, None, f"token:{ADMIN}", None, "r"), False)


async def test_an_unknown_worker_is_named(world: World) -> None:
    answer = await world.ask("POST", f"{API}/drain", ADMIN, json={"worker": "w:9:z"})
    assert (answer.status, answer.body["errors"][0]["message"]) == (422, "There is no worker w:9:z.")
    assert (await world.ask("POST", f"{API}/drain", ADMIN, json={})).status == 400
