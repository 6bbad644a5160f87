"""The whole event log: who may read it, in which form, from where on, and that nothing unsettled is passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.domain.audit import Action
from shared.domain.export import WorkflowState
from tests.support.events import a_state
from tests.support.fake_progress import ADMIN, OWNER, SITE_ADMIN, Asked, ProgressWorld, turns

LOG = "/api/v1/content_exports/events"
LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def world() -> ProgressWorld:
    """A log of five events of two contexts."""
    world = ProgressWorld()
    await world.started(event_id=1)
    await world.happens(a_state(2, WorkflowState.CREATED, progress_id=2, context_id=13, user_id=ADMIN))
    await world.advances(3, 40.0)
    await world.ends(4)
    await world.happens(a_state(5, WorkflowState.EXPORTING, progress_id=2, context_id=13, user_id=ADMIN))
    return world


def lines(asked: Asked) -> list[dict[str, Any]]:
    return [json.loads(line) for line in asked.body.data.splitlines() if line]


async def settle(world: ProgressWorld, upto: int | None) -> None:
    """Transactions end: the log is settled up to here; the stream looks again, since something else was heard."""
    world.replay.settled_at = upto
    await world.happens(a_state(9, progress_id=3))


@pytest.mark.parametrize(("by", "status"), [(OWNER, 403), (ADMIN, 403), (None, 401)])
async def test_the_log_is_for_site_admins_alone(world: ProgressWorld, by: int | None, status: int) -> None:
    assert (await world.answer(LOG, by)).status == status
    assert world.audit.rows == []


async def test_who_reads_the_log_is_in_the_audit_log(world: ProgressWorld) -> None:
    await world.answer(LOG, SITE_ADMIN, headers=LINES)
    assert [(each[0], each[2].user_id) for each in world.audit.rows] == [(Action.LIST, SITE_ADMIN)]


async def test_lines_are_cloud_events_up_to_the_present_end(world: ProgressWorld) -> None:
    asked = await world.ask(LOG, SITE_ADMIN, headers=LINES)
    answer = await asked.answer()
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [(each["id"], each["type"]) for each in lines(asked)] == [
        ("1", "content_export.exporting.v1"),
        ("2", "content_export.requested.v1"),
        ("3", "content_export.progress.v1"),
        ("4", "content_export.exported.v1"),
        ("5", "content_export.exporting.v1"),
    ]
    assert lines(asked)[0]["subject"] == "courses/12/content_exports/101"


async def test_a_stream_has_the_same_ids_and_data_and_goes_on(world: ProgressWorld) -> None:
    asked = await world.ask(LOG, SITE_ADMIN)
    assert asked.ids() == [1, 2, 3, 4, 5]
    assert asked.events()[3].name == "content_export.state"
    assert asked.events()[3].data["type"] == "content_export.exported.v1"
    await world.ends(6, progress_id=2)
    assert asked.ids() == [1, 2, 3, 4, 5, 6]
    assert not asked.task.done()
    await world.hub.close()


async def test_lines_go_on_where_that_is_asked_for(world: ProgressWorld) -> None:
    asked = await world.ask(f"{LOG}?follow=true", SITE_ADMIN, headers=LINES)
    await world.ends(6, progress_id=2)
    assert [each["id"] for each in lines(asked)] == ["1", "2", "3", "4", "5", "6"]
    assert not asked.task.done()
    await world.hub.close()


async def test_lines_that_are_cut_off_do_not_look_whole(world: ProgressWorld) -> None:
    asked = await world.ask(f"{LOG}?follow=true", SITE_ADMIN, headers=LINES)
    await world.hub.close()
    await turns()
    assert asked.transport.abort.called
    stream = await world.ask(LOG, SITE_ADMIN)
    assert not stream.transport.abort.called


@pytest.mark.parametrize("asked", [{"headers": {"Last-Event-ID": "3"}}, {"query": "?last_event_id=3"}])
async def test_a_client_goes_on_after_the_id_that_it_has(world: ProgressWorld, asked: dict[str, Any]) -> None:
    headers = LINES | asked.get("headers", {})
    answered = await world.ask(LOG + asked.get("query", ""), SITE_ADMIN, headers=headers)
    assert [each["id"] for each in lines(answered)] == ["4", "5"]


async def test_an_id_of_another_database_brings_all(world: ProgressWorld) -> None:
    answered = await world.ask(f"{LOG}?last_event_id=6", SITE_ADMIN, headers=LINES)
    assert len(lines(answered)) == 5


async def test_nothing_is_sent_past_an_event_that_may_still_commit(world: ProgressWorld) -> None:
    world.replay.settled_at = 2
    stream = await world.ask(LOG, SITE_ADMIN)
    whole = await world.ask(LOG, SITE_ADMIN, headers=LINES)
    assert stream.ids() == [1, 2]
    assert [each["id"] for each in lines(whole)] == ["1", "2"]
    await settle(world, 4)
    assert stream.ids() == [1, 2, 3, 4]
    await world.hub.close()


@pytest.mark.parametrize(
    "words", ["type[]=exported&type[]=content_export.requested.v1", "type=exported&type=requested"]
)
async def test_types_are_named_whole_or_by_their_word(world: ProgressWorld, words: str) -> None:
    asked = await world.ask(f"{LOG}?{words}", SITE_ADMIN, headers=LINES)
    assert [each["id"] for each in lines(asked)] == ["2", "4"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("type[]=frog", "type[]"),
        ("context=courses/frog", "context"),
        ("context=courses/9999999999999999999", "context"),
        ("context=accounts/1", "context"),
        ("since=yesterday", "since"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused_by_its_name(
    world: ProgressWorld, query: str, parameter: str
) -> None:
    answer = await world.answer(f"{LOG}?{query}", SITE_ADMIN)
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, parameter)
