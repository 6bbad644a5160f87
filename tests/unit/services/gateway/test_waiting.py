"""Asking again for an unfinished export: what has not changed, and waiting for its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.gateway.waiting import WaitingRequests
from shared.adapters.postgres.access import Token
from shared.adapters.postgres.listener import Link, Notification
from shared.domain.export import ContentExport, WorkflowState
from shared.domain.rights import Caller
from tests.support.events import a_completion, a_state
from tests.support.gateway_without_sockets import COURSE, TEACHER, Answer, World, a_package, at


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def export(world: World) -> ContentExport:
    return await world.export()


async def show(world: World, export: ContentExport, wait: str | None = None, tag: str | None = None) -> Answer:
    query = None if wait is None else {"wait": wait}
    headers = None if tag is None else {"If-None-Match": tag}
    return await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER, query=query, headers=headers)


async def waiting_for(task: asyncio.Task[Answer], world: World) -> None:
    for _ in range(50):  # turns of the loop: nothing here waits for anything else
        await asyncio.sleep(0)
    assert world.waiting.any()
    assert not task.done()


async def hear(world: World, *notifications: Notification) -> None:
    async def heard() -> AsyncGenerator[Notification, None]:
        for each in notifications:
            yield each

    await world.waiting.run(heard())


async def test_an_unfinished_export_has_an_etag_and_a_time_to_ask_again_and_a_finished_one_neither(
    world: World, export: ContentExport
) -> None:
    first = await show(world, export)
    assert 1 <= int(first.headers["Retry-After"]) <= 15
    same = await show(world, export, tag=first.headers["ETag"])
    assert (same.status, same.body) == (304, None)
    world.exports.change(export.id, workflow_state=WorkflowState.EXPORTING, attempt=1)
    assert (await show(world, export, tag=first.headers["ETag"])).status == 200
    world.exports.finish(export.id, a_package(export.id, 10))
    done = await show(world, export, tag=first.headers["ETag"])
    assert (done.status, "ETag" in done.headers, "Retry-After" in done.headers) == (200, False, False)


async def test_a_waiting_request_is_answered_at_the_end_of_its_export_and_not_before(
    world: World, export: ContentExport
) -> None:
    task = asyncio.create_task(show(world, export, "30"))
    await waiting_for(task, world)
    world.exports.change(export.id, workflow_state=WorkflowState.EXPORTING)
    await hear(
        world,
        a_state(1, state=WorkflowState.EXPORTING, content_export_id=export.id),
        a_completion(2, content_export_id=export.id),
    )
    await waiting_for(task, world)
    world.exports.finish(export.id, a_package(export.id, 10))
    await hear(world, a_state(3, content_export_id=export.id, state=WorkflowState.EXPORTED))
    answer = await asyncio.wait_for(task, 5)
    assert (answer.status, answer.body["workflow_state"]) == (200, "exported")
    assert not world.waiting.any()


async def test_with_an_etag_a_change_of_state_ends_the_wait(world: World, export: ContentExport) -> None:
    tag = (await show(world, export)).headers["ETag"]
    task = asyncio.create_task(show(world, export, "30", tag))
    await waiting_for(task, world)
    world.exports.change(export.id, workflow_state=WorkflowState.EXPORTING)
    await hear(world, Link.UP)  # a change may have been missed
    assert (await asyncio.wait_for(task, 5)).body["workflow_state"] == "exporting"


async def test_the_end_of_the_time_ends_the_wait(world: World, export: ContentExport) -> None:
    assert (await asyncio.wait_for(show(world, export, "0.01"), 5)).body["workflow_state"] == "created"


async def test_the_end_of_the_process_ends_every_wait(world: World, export: ContentExport) -> None:
    task = asyncio.create_task(show(world, export, "30"))
    await waiting_for(task, world)
    await world.app.shutdown()
    assert (await asyncio.wait_for(task, 5)).status == 200


async def test_a_token_that_is_revoked_meanwhile_ends_the_wait_at_the_next_change(
    world: World, export: ContentExport
) -> None:
    task = asyncio.create_task(show(world, export, "30"))
    await waiting_for(task, world)
    world.directory.tokens[f"t{TEACHER}"] = Token(Caller(TEACHER), revoked=True)
    await hear(world, a_state(1, content_export_id=export.id, state=WorkflowState.EXPORTED))
    assert (await asyncio.wait_for(task, 5)).status == 401


@pytest.mark.parametrize("wait", ["x", "-1", "nan", "inf", ""])
async def test_a_wait_that_is_no_time_is_ignored(world: World, export: ContentExport, wait: str) -> None:
    assert (await asyncio.wait_for(show(world, export, wait), 5)).status == 200


async def test_events_of_other_exports_wake_nobody() -> None:
    waiting = WaitingRequests()
    with waiting.changes_of(1) as changed, waiting.changes_of(2) as other:

        async def heard() -> AsyncGenerator[Notification, None]:
            yield a_state(1, content_export_id=2, state=WorkflowState.EXPORTED)

        await waiting.run(heard())
        assert (changed.pending, other.pending) == (False, True)
