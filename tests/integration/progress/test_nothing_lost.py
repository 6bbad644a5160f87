"""Streams that break, a service that is stopped and killed, a database that cuts off and restarts: no gap, no repeat."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

import aiohttp
import pytest

from deploy.stack.native_servers import NativeServers, installed
from deploy.stack.stack_folder import StackFolder
from shared.adapters.postgres.listener import Link, listen
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from shared.contracts.events import STATE, ExportEvent
from shared.domain.export import Context
from tests.support.progress_service import Process, Service, client_session, running, settings_for
from tests.support.school import Person, School
from tests.support.servers import SESSIONS
from tests.support.sse import Received, open_stream

_BROKEN = (aiohttp.ClientError, ConnectionError, TimeoutError)


@dataclass
class Reader:
    """Follows one address through everything, going on after the last id it has, until it has seen an id."""

    url: str
    token: str
    chance: random.Random
    last: str | None = None
    seen: list[Received] = field(default_factory=list)
    connections: int = 0

    async def read(self, session: aiohttp.ClientSession, until: Callable[[], int | None]) -> None:
        while (end := until()) is None or int(self.last or 0) < end:
            try:
                await self._once(session)
            except _BROKEN:
                await asyncio.sleep(0.02)

    async def _once(self, session: aiohttp.ClientSession) -> None:
        patience = self.chance.randint(1, 40)  # events, after which this reader drops the connection
        async with open_stream(session, self.url, self.token, self.last) as stream:
            self.connections += 1
            self.last = stream.parser.last_event_id or self.last
            for _ in range(patience):
                try:
                    event = await stream.next(timeout_s=0.5)
                except EOFError:
                    return
                self.seen.append(event)
                self.last = event.id


async def write(school: School, course: Context, by: Person, exports: int, chance: random.Random) -> None:
    """Exports one after the other, each with some dozen events."""
    for _ in range(exports):
        export = await school.export(course, by)
        await school.start(export)
        for completion in sorted(chance.sample(range(1, 99), 12)):
            await school.report(export, completion)
            await asyncio.sleep(chance.random() * 0.01)
        await (school.finish(export) if chance.random() < 0.8 else school.exports.cancel(export.id, "enough"))


async def logged(school: School, course: Context) -> list[ExportEvent]:
    """The whole log of a course."""
    events: list[ExportEvent] = []
    while more := await school.log.after(course, events[-1].id if events else 0):
        events += more
    return events


def assert_all_was_sent(seen: list[Received], log: list[ExportEvent]) -> None:
    """Every state, in order, once; of completion nothing that the log does not hold, in order, none twice."""
    ids = [int(event.id) for event in seen]
    assert ids == sorted(set(ids))
    by_id = {event.id: event for event in log}
    assert [id_ for id_ in ids if by_id[id_].name == STATE] == [event.id for event in log if event.name == STATE]
    for event in seen:
        there = by_id[int(event.id)]
        assert (event.name, event.data["completion"]) == (there.name, there.data.completion)


async def cut_off(school: School, pattern: str) -> int:
    """End the database connections of the service whose last statement is like the pattern; how many there were."""
    cut: int = await school.pool.fetchval(
        """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1""",
        pattern,
    )
    return cut


async def test_writers_go_on_while_streams_break_and_the_service_is_stopped_killed_and_cut_off(
    school: School, progress_database: str
) -> None:
    chance = random.Random(20_260_101)
    admin = await school.person(site_admin=True)
    courses = [await school.course() for _ in range(3)]
    process = Process(settings_for(progress_database))
    end: dict[int, int] = {}
    async with client_session() as session:
        service = await process.start(session)
        readers = [
            Reader(service.events_in("courses", course.id), admin.token, random.Random(seed), last="0")
            for seed, course in enumerate(courses * 3)
        ]
        reading = [
            asyncio.create_task(reader.read(session, lambda c=course: end.get(c.id)))
            for reader, course in zip(readers, courses * 3, strict=True)
        ]
        writing = [asyncio.create_task(write(school, c, admin, 15, random.Random(c.id))) for c in courses * 2]
        for number in (None, signal.SIGTERM, None, signal.SIGKILL, None):
            await asyncio.sleep(0.5 + chance.random() * 0.5)
            if number is None:
                assert await cut_off(school, "LISTEN%") >= 1
            else:
                await process.end(number)
                service = await process.start(session)
        await asyncio.wait_for(asyncio.gather(*writing), 120)
        end.update({course.id: await school.log.newest_id(course) for course in courses})
        await asyncio.wait_for(asyncio.gather(*reading), 60)
        assert await process.end() == 0
    for reader, course in zip(readers, courses * 3, strict=True):
        assert_all_was_sent(reader.seen, await logged(school, course))
    assert min(reader.connections for reader in readers) > 3


async def test_a_lost_listener_is_made_anew_and_the_open_streams_miss_nothing(school: School, service: Service) -> None:
    admin, course = await school.person(site_admin=True), await school.course()
    async with open_stream(service.session, service.events_in("courses", course.id), admin.token) as stream:
        for _ in range(3):
            assert await cut_off(school, "LISTEN%") == 1
            export = await school.export(course, admin)  # committed while nobody listens
            event = await stream.next()
            assert (event.data["content_export_id"], event.state) == (export.id, "created")


async def test_listening_starts_with_up_and_reports_being_down(school: School, progress_database: str) -> None:
    course, admin = await school.course(), await school.person(site_admin=True)
    async with aclosing(listen(progress_database)) as heard:
        assert await anext(heard) is Link.UP
        export = await school.export(course, admin)
        event = await anext(heard)
        assert isinstance(event, ExportEvent)
        assert event == await school.log.newest(export.progress_id), "what is notified is what is logged"
        await cut_off(school, "LISTEN%")
        assert [await anext(heard), await anext(heard)] == [Link.DOWN, Link.UP]


@pytest.fixture
def own_folder() -> Iterator[StackFolder]:
    """A stack folder of its own, for a database server that a test may stop."""
    if not installed():
        pytest.skip("needs PostgreSQL's programs, to stop and start a server")
    stack_folder = StackFolder(SESSIONS / f"{os.getpid()}-restart")
    stack_folder.acquire()
    try:
        yield stack_folder
    finally:
        stack_folder.remove()


async def test_streams_stay_open_through_a_restart_of_the_database(own_folder: StackFolder) -> None:
    postgres = NativeServers(own_folder).postgres
    postgres.start()
    try:
        await migrate(postgres.url)
        async with running(settings_for(postgres.url, sse_comment_s=0.3)) as service:
            async with open_pool(postgres.url, size=2) as pool:
                school = School(pool)
                admin, course = await school.person(site_admin=True), await school.course()
                export = await school.export(course, admin)
            async with open_stream(service.session, service.events_of(export.progress_id), admin.token) as stream:
                assert (await stream.next()).state == "created"
                await asyncio.to_thread(postgres.stop)
                with pytest.raises(TimeoutError):
                    await stream.next(timeout_s=1)
                assert stream.parser.comments >= 2
                assert (await service.get(service.of_progress(export.progress_id), admin.token)).status == 503
                assert (await service.get(f"{service.url}/readyz")).status == 503
                postgres.start()
                async with open_pool(postgres.url, size=2) as pool:
                    await School(pool).whole(export, 50)
                ids = [int(event.id) for event in await stream.rest(timeout_s=20)]
            async with open_pool(postgres.url, size=2) as pool:
                assert ids == (await School(pool).logged(export.progress_id))[1:]
    finally:
        postgres.stop()
