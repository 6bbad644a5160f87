"""GET /progress/:id/events: one export from its snapshot to its end."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.progress_service import Service, running, settings_for
from tests.support.school import School
from tests.support.sse import open_stream

STATE, PROGRESS = "content_export.state", "content_export.progress"


async def test_a_stream_starts_with_the_state_of_the_export_under_the_id_of_its_newest_event(
    school: School, service: Service
) -> None:
    course, teacher = await school.course(), await school.person(site_admin=True)
    export = await school.export(course, teacher)
    await school.start(export)
    await school.report(export, 10, 25)
    async with open_stream(service.session, service.events_of(export.progress_id), teacher.token) as stream:
        first = await stream.next()
    newest = (await school.logged(export.progress_id))[-1]
    assert (first.name, first.state, first.data["completion"]) == (STATE, "exporting", 25)
    assert int(first.id) == newest


async def test_a_stream_sends_every_state_and_the_completion_and_ends_with_the_export(
    school: School, service: Service
) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    export = await school.export(course, teacher)
    async with open_stream(service.session, service.events_of(export.progress_id), teacher.token) as stream:
        received = [await stream.next()]
        await school.start(export)
        received.append(await stream.next())
        await school.report(export, 30)
        received.append(await stream.next())
        await school.finish(export)
        received += await stream.rest()
    assert [(e.name, e.state, e.data["completion"]) for e in received] == [
        (STATE, "created", 0),
        (STATE, "exporting", 0),
        (PROGRESS, "exporting", 30),
        (STATE, "exported", 100),
    ]
    assert [int(e.id) for e in received] == await school.logged(export.progress_id)
    assert received[-1].data["course_id"] == course.id
    assert received[-1].data["warnings_count"] == 0


async def test_a_stream_is_sent_as_it_is_to_browsers_and_proxies(school: School, service: Service) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    async with open_stream(service.session, service.events_of(export.progress_id), admin.token) as stream:
        await stream.next()
        headers = stream.answer.headers
        assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in headers
        assert stream.parser.retry_ms is not None


async def test_a_stream_on_a_finished_export_sends_the_end_and_ends(school: School, service: Service) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    await school.whole(export, 50)
    async with open_stream(service.session, service.events_of(export.progress_id), admin.token) as stream:
        received = await stream.rest()
    assert [(e.name, e.state) for e in received] == [(STATE, "exported")]


async def test_a_client_that_resumes_from_an_id_gets_all_that_followed_it_and_nothing_else(
    school: School, service: Service
) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    await school.whole(export, 10, 20, 30, 40)
    ids = await school.logged(export.progress_id)
    for place, last in enumerate(ids[:-1]):
        url = service.events_of(export.progress_id)
        async with open_stream(service.session, url, admin.token, str(last)) as stream:
            assert [int(e.id) for e in await stream.rest()] == ids[place + 1 :]


async def test_the_id_may_come_in_the_query_and_so_may_the_token(school: School, service: Service) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    await school.whole(export)
    ids = await school.logged(export.progress_id)
    url = f"{service.events_of(export.progress_id)}?last_event_id={ids[0]}&access_token={admin.token}"
    async with open_stream(service.session, url) as stream:
        assert [int(e.id) for e in await stream.rest()] == ids[1:]


async def test_a_client_that_has_seen_the_end_gets_204(school: School, service: Service) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    await school.whole(export)
    last = str((await school.logged(export.progress_id))[-1])
    answer = await service.get(service.events_of(export.progress_id), admin.token, headers={"Last-Event-ID": last})
    assert answer.status == 204


@pytest.mark.parametrize("given", ["9" * 18, "garbage", "-1", "9" * 400])
async def test_an_id_that_the_log_has_never_given_starts_with_a_snapshot(
    school: School, service: Service, given: str
) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    async with open_stream(service.session, service.events_of(export.progress_id), admin.token, given) as stream:
        assert (await stream.next()).state == "created"
        await school.whole(export)
        assert (await stream.rest())[-1].state == "exported"


async def test_a_silent_stream_sends_comments_and_the_id_survives_them(school: School, progress_database: str) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    settings = settings_for(progress_database, sse_comment_s=0.2)
    async with running(settings) as service:
        url = service.events_of(export.progress_id)
        async with open_stream(service.session, url, admin.token) as stream:
            first = await stream.next()
            with pytest.raises(TimeoutError):
                await stream.next(timeout_s=1.1)
            assert 4 <= stream.parser.comments <= 5
            assert stream.parser.last_event_id == first.id
        async with open_stream(service.session, url, admin.token, first.id) as stream:
            with pytest.raises(TimeoutError):
                await stream.next(timeout_s=0.5)
            assert stream.parser.comments >= 1
            assert stream.parser.last_event_id == first.id


async def test_head_answers_the_headers_alone(school: School, service: Service) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    for url in (service.events_of(export.progress_id), service.of_progress(export.progress_id)):
        async with asyncio.timeout(5):
            answer = await service.get(url, admin.token, method="HEAD")
        assert answer.status == 200
    assert (await service.get(service.of_progress(999_999_999), admin.token, method="HEAD")).status == 404


async def test_a_service_that_stops_ends_its_streams_at_once_and_cleanly(
    school: School, progress_database: str
) -> None:
    export = await school.export(await school.course(), admin := await school.person(site_admin=True))
    async with (
        running(settings_for(progress_database)) as service,
        open_stream(service.session, service.events_of(export.progress_id), admin.token) as stream,
    ):
        await stream.next()
        ending = asyncio.create_task(stream.rest(timeout_s=3))
        await asyncio.sleep(0)
        service.stop()
        assert await ending == []
