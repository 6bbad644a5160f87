"""One base URL serves a client: the gateway hands on what the progress service answers, streams included."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from deploy.stack.ports import LOOPBACK
from services.gateway import forward
from services.gateway.__main__ import main as gateway_main
from tests.support.progress_service import Process, Service, client_session, ready, settings_for
from tests.support.school import School
from tests.support.sse import open_stream


@asynccontextmanager
async def gateway_before(service: Service, database_url: str, store: Path) -> AsyncIterator[Service]:
    """A gateway in front of a progress service; `stop` of what is given stops the gateway."""
    settings = settings_for(database_url, progress_url=service.url, store_url=str(store))
    stopping = asyncio.Event()
    task = asyncio.create_task(gateway_main(settings, stopping))
    try:
        before = replace(service, url=f"http://{LOOPBACK}:{settings.http_port}", stop=stopping.set)
        await ready(before, task.done)
        yield before
        stopping.set()
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()


async def test_a_stream_comes_through_as_it_happens_and_links_are_on_the_gateway(
    school: School, service: Service, progress_database: str, tmp_path: Path
) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    export = await school.export(course, teacher)
    async with gateway_before(service, progress_database, tmp_path) as gateway:
        async with open_stream(gateway.session, gateway.events_of(export.progress_id), teacher.token) as stream:
            assert (await stream.next()).state == "created"
            await school.start(export)
            assert (await stream.next(timeout_s=2)).state == "exporting"
            await school.finish(export)
            assert [event.state for event in await stream.rest()] == ["exported"]
        answer = await gateway.get(gateway.of_progress(export.progress_id), teacher.token)
        assert answer.json["url"] == gateway.of_progress(export.progress_id)
        headers = {"X-Forwarded-Host": "evil.example"}
        answer = await gateway.get(gateway.of_progress(export.progress_id), teacher.token, headers=headers)
        assert answer.json["url"] == gateway.of_progress(export.progress_id)
        assert (await gateway.get(gateway.of_progress(export.progress_id))).status == 401


async def test_a_packed_body_comes_through_as_what_it_says(
    school: School, service: Service, progress_database: str, tmp_path: Path
) -> None:
    teacher = await school.person()
    export = await school.export(await school.course(), teacher)
    async with gateway_before(service, progress_database, tmp_path) as gateway:
        url, body = gateway.of_progress(export.progress_id), gzip.compress(b'{"message": "Packed."}')
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = await gateway.get(f"{url}/cancel", teacher.token, method="POST", data=body, headers=headers)
        assert (answer.status, answer.json["message"]) == (200, "Packed.")


async def test_a_gateway_that_stops_ends_its_streams_at_once_and_cleanly(
    school: School, service: Service, progress_database: str, tmp_path: Path
) -> None:
    course, admin = await school.course(), await school.person(site_admin=True)
    export = await school.export(course, admin)
    async with gateway_before(service, progress_database, tmp_path) as gateway:
        async with open_stream(gateway.session, gateway.events_in("courses", course.id), admin.token) as stream:
            assert (await stream.next()).data["content_export_id"] == export.id
            gateway.stop()
            assert await stream.rest(timeout_s=3) == []
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 3


async def test_a_stream_that_breaks_behind_the_gateway_breaks_before_it(
    school: School, progress_database: str, tmp_path: Path
) -> None:
    course, admin = await school.course(), await school.person(site_admin=True)
    await school.export(course, admin)
    process = Process(settings_for(progress_database))
    async with client_session() as session:
        service = await process.start(session)
        try:
            async with (
                gateway_before(service, progress_database, tmp_path) as gateway,
                open_stream(session, gateway.events_in("courses", course.id), admin.token) as stream,
            ):
                await stream.next()
                await process.end(signal.SIGKILL)
                with pytest.raises(aiohttp.ClientPayloadError):
                    await stream.rest()
                assert (await gateway.get(gateway.of_progress(1), admin.token)).status == 503
        finally:
            await process.end(signal.SIGKILL)


async def test_a_frozen_progress_service_costs_a_deadline_and_no_request_for_ever(
    school: School, progress_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "_ANSWER_S", 0.3)
    admin = await school.person(site_admin=True)
    process = Process(settings_for(progress_database))
    async with client_session() as session:
        service = await process.start(session)
        try:
            async with gateway_before(service, progress_database, tmp_path) as gateway:
                os.kill(process.pid, signal.SIGSTOP)
                answer = await asyncio.wait_for(gateway.get(gateway.of_progress(1), admin.token), 10)
                assert answer.status == 503
                assert "Retry-After" in answer.headers
        finally:
            await process.end(signal.SIGKILL)
