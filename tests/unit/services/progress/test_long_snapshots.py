"""Streams of a course with many unfinished exports: their snapshot is read and sent a page at a time."""

from __future__ import annotations

import asyncio

import pytest

from services.progress import stream as stream_module
from services.progress import stream_topics
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportType
from shared.domain.rights import Rights
from tests.support.events import a_state
from tests.support.fake_progress import ADMIN, OWNER, ProgressWorld, turns

IN_COURSE = "/api/v1/courses/12/content_exports/events"


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> ProgressWorld:
    """Five exports of a course are under way, one of them has ended; a page has two."""
    monkeypatch.setattr(stream_topics, "BATCH", 2)
    world = ProgressWorld()
    for number in range(1, 6):
        await world.started(number, number)
    await world.ends(6, progress_id=2)
    return world


async def test_its_first_states_are_sent_before_the_others_are_read(world: ProgressWorld) -> None:
    world.log.readings = asyncio.Semaphore(1)
    asked = await world.ask(IN_COURSE, ADMIN)
    assert asked.ids() == [1]
    world.log.readings.release()
    await turns()
    assert [(event.id, event.data["progress_id"]) for event in asked.events()] == [
        *(("1", 1), ("3", 3), ("4", 4)),
        ("6", 5),
    ]
    await world.ends(7, progress_id=1)
    assert asked.ids() == [1, 3, 4, 6, 7]
    asked.task.cancel()


async def test_what_happens_while_it_is_sent_follows_it_once(world: ProgressWorld) -> None:
    world.log.readings = asyncio.Semaphore(1)
    asked = await world.ask(IN_COURSE, ADMIN)
    await world.ends(7, progress_id=5)
    world.log.readings.release()
    await turns()
    assert asked.ids() == [1, 3, 4, 6, 7]
    asked.task.cancel()


async def test_its_last_state_that_the_caller_may_see_has_the_newest_id(world: ProgressWorld) -> None:
    for number in (7, 8, 9):
        await world.happens(a_state(number, progress_id=number, user_id=OWNER, export_type=ExportType.ZIP))
    asked = await world.ask(IN_COURSE, ADMIN)
    assert asked.ids() == [1, 3, 4, 9]
    asked.task.cancel()


async def test_it_is_broken_off_while_the_database_is_away_so_that_the_client_comes_back(world: ProgressWorld) -> None:
    world.log.readings = asyncio.Semaphore(1)
    asked = await world.ask(IN_COURSE, ADMIN)
    world.log.error = DatabaseUnavailable()
    world.log.readings.release()
    await asked.answer()
    assert asked.ids() == [1]
    asked.transport.abort.assert_called_once()


async def test_it_ends_when_its_caller_loses_the_right(world: ProgressWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "RIGHTS_TTL_S", 0.0)
    world.log.readings = asyncio.Semaphore(1)
    asked = await world.ask(IN_COURSE, ADMIN)
    world.callers.rights[ADMIN] = Rights()
    world.log.readings.release()
    await asked.answer()
    assert asked.ids() == [1]
