"""What open streams cost, and what ends one from this side: rights that have gone, a reader that takes nothing."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest

from services.progress import response_writer
from tests.support.progress_service import Service, running, settings_for
from tests.support.school import Person, School
from tests.support.sse import open_stream

_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_two_hundred_idle_streams_hold_no_database_connection(school: School, service: Service) -> None:
    admin, course = await school.person(site_admin=True), await school.course()
    exports = [await school.export(course, admin) for _ in range(100)]
    urls = [service.events_of(export.progress_id) for export in exports] + [
        service.events_in("courses", course.id)
    ] * 100
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(open_stream(service.session, url, admin.token)) for url in urls]
        for stream in streams:
            await stream.next()
        busy = await school.pool.fetchval(f"{_CONNECTIONS} AND (state <> 'idle' OR xact_start IS NOT NULL)")
        assert busy == 0
        # With every connection of the pool cut off, and none there to take its place, the streams go on.
        await school.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%'"
        )
        await school.start(exports[0])
        assert (await streams[0].next()).state == "exporting"
        assert await school.pool.fetchval(_CONNECTIONS) <= 6  # this test's pool, the listener, one of the service's


LOSSES = {
    "token": "UPDATE access_tokens SET revoked_at = now() WHERE user_id = $1 AND $2 > 0",
    "role": "UPDATE enrollments SET workflow_state = 'deleted' WHERE user_id = $1 AND course_id = $2",
    "enrollment": "DELETE FROM enrollments WHERE user_id = $1 AND course_id = $2",
    "account": "UPDATE users SET workflow_state = 'deleted' WHERE id = $1 AND $2 > 0",
    "course": "UPDATE courses SET workflow_state = 'deleted' WHERE id = $2 AND $1 > 0",
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_streams_end_within_a_second_once_their_caller_has_lost_the_right_and_no_others_do(
    school: School, service: Service, loss: str
) -> None:
    course, other_course = await school.course(), await school.course()
    owner, colleague = await school.member(course, "teacher"), await school.member(course, "teacher")
    other = await school.member(other_course, "teacher")
    export = await school.export(course, owner)
    elsewhere = await school.export(other_course, other)
    of_course, of_export = service.events_in("courses", course.id), service.events_of(export.progress_id)
    async with (
        open_stream(service.session, of_course, colleague.token) as first,
        open_stream(service.session, of_export, colleague.token) as second,
        open_stream(service.session, service.events_of(elsewhere.progress_id), other.token) as kept,
    ):
        for stream in (first, second, kept):
            await stream.next()
        await school.pool.execute(LOSSES[loss], colleague.id, course.id)
        before = time.perf_counter()
        assert await first.rest() == []
        assert await second.rest() == []
        assert time.perf_counter() - before < 1.0
        await school.start(elsewhere)
        assert (await kept.next()).state == "exporting"


async def test_a_token_holds_so_many_streams_and_a_stream_that_its_client_leaves_makes_room_at_once(
    school: School, progress_database: str
) -> None:
    course = await school.course()
    teacher, colleague = await school.member(course, "teacher"), await school.member(course, "teacher")
    async with running(settings_for(progress_database, streams_per_token=3)) as service, AsyncExitStack() as stack:
        url = service.events_in("courses", course.id)
        for _ in range(3):
            await stack.enter_async_context(open_stream(service.session, url, teacher.token))
        refused = await service.get(url, teacher.token)
        assert (refused.status, refused.json["errors"][0]["error_code"]) == (429, "too_many_open")
        assert refused.headers["Retry-After"]
        await stack.enter_async_context(open_stream(service.session, url, colleague.token))
        await stack.aclose()  # the clients go
        async with asyncio.timeout(1):
            while (await service.get(url, teacher.token, method="HEAD")).status == 429:  # noqa: ASYNC110  (asks a server)
                await asyncio.sleep(0.02)


async def test_a_token_holds_so_many_waiting_requests(school: School, progress_database: str) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    export = await school.export(course, teacher)
    async with running(settings_for(progress_database, waits_per_token=2)) as service:
        url = service.of_progress(export.progress_id)
        waiting = [asyncio.create_task(service.get(f"{url}?wait=20", teacher.token)) for _ in range(2)]
        await asyncio.sleep(0.3)
        assert (await service.get(f"{url}?wait=20", teacher.token)).status == 429
        assert (await service.get(url, teacher.token)).status == 200
        await school.start(export)
        await school.finish(export)
        assert [each.status for each in await asyncio.gather(*waiting)] == [200, 200]


async def test_a_reader_that_takes_nothing_is_dropped_and_can_come_back(
    school: School, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_writer, "WRITE_TIMEOUT_S", 0.3)
    admin = await school.person(site_admin=True)
    url, ids = await _more_events_than_buffers_hold(school, service, admin)
    reader = await asyncio.to_thread(_ask_and_take_nothing, url, admin.token)
    before = await _metric(service, "content_exports_event_streams_dropped_total ")
    try:
        for _ in range(400):
            if await _metric(service, "content_exports_event_streams_dropped_total ") > before:
                break
            await asyncio.sleep(0.05)
        else:
            pytest.fail("the reader was not dropped")
    finally:
        reader.close()
    async with open_stream(service.session, url, admin.token, str(ids[0])) as stream:
        assert [int((await stream.next()).id) for _ in ids[1:]] == ids[1:]


async def test_a_reader_that_takes_nothing_does_not_hold_up_the_end_of_the_service(
    school: School, progress_database: str
) -> None:
    admin = await school.person(site_admin=True)
    async with running(settings_for(progress_database)) as service:
        url, _ = await _more_events_than_buffers_hold(school, service, admin)
        reader = await asyncio.to_thread(_ask_and_take_nothing, url, admin.token)
        await asyncio.sleep(1.0)  # until the buffers are full
        stopped_at = time.monotonic()
    reader.close()
    assert time.monotonic() - stopped_at < 5


async def _more_events_than_buffers_hold(school: School, service: Service, by: Person) -> tuple[str, list[int]]:
    """The address of a stream with some 8 MB of events, and the ids of its events."""
    export = await school.export(await school.course(), by)
    await school.start(export)
    await school.pool.execute("UPDATE content_exports SET error_message = repeat('x', 1000) WHERE id = $1", export.id)
    await school.pool.execute(
        "SELECT log_export_event(e, 'content_export.progress', g / 100.0) "
        "FROM content_exports e, generate_series(1, 6000) g WHERE e.id = $1",
        export.id,
    )
    return service.events_of(export.progress_id), await school.logged(export.progress_id)


def _ask_and_take_nothing(url: str, token: str) -> socket.socket:
    """A connection with a small buffer that asks for everything and reads nothing."""
    address = urlsplit(url)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((address.hostname, address.port))
    request = f"GET {address.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nLast-Event-ID: 0\r\n\r\n"
    reader.sendall(request.encode())
    return reader


async def _metric(service: Service, name: str) -> float:
    async with service.session.get(f"{service.ops_url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return float(next(line for line in lines if line.startswith(name)).split()[-1])
