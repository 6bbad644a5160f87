"""The whole event log from a real database: filters, and transactions that commit in another order than they began."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.postgres.events import event_replay
from shared.adapters.postgres.events.event_replay import EventFilter, EventReplay
from shared.adapters.postgres.pool import open_connection
from shared.contracts.export_events import EventType
from shared.domain.export import Context
from tests.integration.progress.test_through_the_gateway import gateway_before
from tests.support.progress_service import Service
from tests.support.school import School
from tests.support.sse import open_stream

LOG = "/api/v1/content_exports/events"
START = "UPDATE content_exports SET workflow_state = 'exporting' WHERE id = $1"


async def replayed(school: School, which: EventFilter, after: int = 0) -> list[int]:
    replay, ids = EventReplay(school.pool), []
    upto, _ = await replay.settled()
    while after < upto:
        events, after = await replay.page(after, upto, which)
        ids += [event.id for event in events]
    return ids


async def newest_id(school: School) -> int:
    newest: int = await school.pool.fetchval("SELECT coalesce(max(id), 0) FROM export_events")
    return newest


async def test_a_stream_of_the_log_waits_for_an_event_that_commits_late_and_then_has_all_in_order(
    school: School, service: Service, progress_database: str
) -> None:
    admin = await school.person(site_admin=True)
    early, late = [await school.export(await school.course(), admin) for _ in range(2)]
    last = await newest_id(school)
    async with open_connection(progress_database) as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(START, early.id)
        await school.start(late)
        assert await replayed(school, EventFilter(), last) == [], "the second has committed, the first may follow"
        url = f"{service.url}{LOG}?last_event_id={last}"
        async with open_stream(service.session, url, admin.token) as stream:
            with pytest.raises(TimeoutError):
                await stream.next(timeout_s=0.5)
            await transaction.commit()
            seen = [await stream.next(), await stream.next()]
    assert [event.data["id"] for event in seen] == [early.id, late.id]
    assert await replayed(school, EventFilter(), last) == [int(event.id) for event in seen]


async def test_a_filter_chooses_by_type_context_and_time(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_replay, "PAGE", 2)
    monkeypatch.setattr(event_replay, "_SPAN", 3)
    admin, course = await school.person(site_admin=True), await school.course()
    last = await newest_id(school)
    for where in (course, await school.course()):
        await school.whole(await school.export(where, admin), 10, 20)
    own, all_ids = await _ids(school, course), await replayed(school, EventFilter(), last)
    assert len(all_ids) == 10
    assert await replayed(school, EventFilter(context=course)) == own == all_ids[:5]
    types = (EventType.EXPORTED, EventType.REQUESTED)
    assert await replayed(school, EventFilter(types=types), last) == [all_ids[n] for n in (0, 4, 5, 9)]
    assert await replayed(school, EventFilter(types=types, context=course)) == [own[0], own[4]]
    now = datetime.now(UTC)
    assert await replayed(school, EventFilter(since=now - timedelta(minutes=5)), last) == all_ids
    assert await replayed(school, EventFilter(since=now + timedelta(minutes=5)), last) == []


async def _ids(school: School, course: Context) -> list[int]:
    return [event.id for event in await school.log.after(course, 0)]


async def test_removed_events_are_passed_over(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_replay, "_SPAN", 2)
    admin, last = await school.person(site_admin=True), await newest_id(school)
    gone, kept = [await school.export(await school.course(), admin) for _ in range(2)]
    await school.whole(gone, *range(1, 9))
    await school.start(kept)
    await school.pool.execute("DELETE FROM export_events WHERE progress_id = $1", gone.progress_id)
    assert await replayed(school, EventFilter(), last) == await school.logged(kept.progress_id)


async def test_lines_come_through_the_gateway_as_cloud_events_and_end(
    school: School, service: Service, progress_database: str, tmp_path: Path
) -> None:
    admin, course = await school.person(site_admin=True), await school.course()
    export = await school.export(course, admin)
    await school.whole(export, 10)
    path = f"{LOG}?context=courses/{course.id}"
    headers = {"Accept": "application/x-ndjson", "Authorization": f"Bearer {admin.token}"}
    async with (
        asyncio.timeout(30),
        gateway_before(service, progress_database, tmp_path) as gateway,
        gateway.session.get(gateway.url + path, headers=headers) as answer,
    ):
        lines: list[dict[str, Any]] = [json.loads(line) async for line in answer.content]
    assert [int(line["id"]) for line in lines] == await school.logged(export.progress_id)
    assert [line.get("sequence") for line in lines] == ["1", "2", None, "3"]


async def test_a_token_of_a_site_admin_may_be_limited_to_the_log(school: School, service: Service) -> None:
    admin, course = await school.person(site_admin=True), await school.course()
    await school.export(course, admin)
    token = await school.token(admin.id, f"url:GET|{LOG}")
    headers = {"Accept": "application/x-ndjson", "Authorization": f"Bearer {token}"}
    others = f"/api/v1/courses/{course.id}/content_exports/events"
    async with (
        service.session.get(f"{service.url}{LOG}?context=courses/{course.id}", headers=headers) as log,
        service.session.get(service.url + others, headers=headers) as of_course,
    ):
        lines = [line async for line in log.content]
        assert (log.status, len(lines), of_course.status) == (200, 1, 401)
        assert "Insufficient scopes" in await of_course.text()
