"""Asking for progress again and again, or once and waiting; and the forms of the response."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.domain.export import ContentExport
from tests.support.progress_service import Answer, Service, running, settings_for
from tests.support.school import Person, School


@pytest.fixture
async def teacher(school: School) -> Person:
    return await school.person()


@pytest.fixture
async def export(school: School, teacher: Person) -> ContentExport:
    course = await school.course()
    await school.people.enroll(teacher.id, course.id, "teacher")
    return await school.export(course, teacher)


async def test_unfinished_progress_says_when_to_ask_again_and_whether_it_has_changed(
    school: School, service: Service, teacher: Person, export: ContentExport
) -> None:
    url = service.of_progress(export.progress_id)
    first = await service.get(url, teacher.token)
    assert 1 <= int(first.headers["Retry-After"]) <= 15
    known = {"If-None-Match": first.headers["ETag"]}
    same = await service.get(url, teacher.token, headers=known)
    assert (same.status, same.json, same.headers["ETag"]) == (304, None, first.headers["ETag"])
    head = await service.get(url, teacher.token, method="HEAD")
    assert (head.status, head.headers["ETag"]) == (200, first.headers["ETag"])
    await school.start(export)
    await school.report(export, 40.0)
    changed = await service.get(url, teacher.token, headers=known)
    assert (changed.status, changed.json["completion"], changed.json["workflow_state"]) == (200, 40.0, "running")
    await school.finish(export)
    done = await service.get(url, teacher.token, headers=known)
    assert (done.status, done.json["completion"], "Retry-After" in done.headers) == (200, 100.0, False)


async def test_waiting_ends_with_the_export_or_with_a_change_of_what_is_known_or_with_the_time(
    school: School, service: Service, teacher: Person, export: ContentExport
) -> None:
    url = service.of_progress(export.progress_id)
    known = {"If-None-Match": (await service.get(url, teacher.token)).headers["ETag"]}

    def waiting(seconds: float, **more: object) -> asyncio.Task[Answer]:
        return asyncio.create_task(service.get(f"{url}?wait={seconds}", teacher.token, **more))

    before = time.monotonic()
    assert (await waiting(0.4, headers=known)).status == 304
    assert 0.4 <= time.monotonic() - before < 5
    end, change = waiting(30), waiting(30, headers=known)
    await asyncio.sleep(0.2)
    await school.start(export)
    assert (await asyncio.wait_for(change, 10)).json["workflow_state"] == "running"
    assert not end.done()
    await school.finish(export)
    done = await asyncio.wait_for(end, 10)
    assert (done.json["workflow_state"], done.json["completion"]) == ("completed", 100.0)


@pytest.mark.parametrize("wait", ["x", "-1", "nan", "inf", ""])
async def test_a_wait_that_is_not_a_time_is_ignored(
    service: Service, teacher: Person, export: ContentExport, wait: str
) -> None:
    url = f"{service.of_progress(export.progress_id)}?wait={wait}"
    assert (await asyncio.wait_for(service.get(url, teacher.token), 10)).status == 200


async def test_progress_and_its_errors_come_in_the_form_that_a_client_accepts(
    service: Service, teacher: Person, export: ContentExport
) -> None:
    url = service.of_progress(export.progress_id)
    words = await service.get(url, teacher.token, headers={"Accept": "application/json+canvas-string-ids"})
    assert (words.json["id"], words.json["context_id"]) == (str(export.progress_id), str(export.id))
    assert words.json["user_id"] == str(teacher.id)
    async with service.session.get(url, headers={"Accept": "application/problem+json"}) as answer:
        assert answer.content_type == "application/problem+json"
        problem = await answer.json(content_type=None)
    assert (problem["status"], problem["title"]) == (401, "Unauthorized")
    assert problem["detail"] == "user authorization required"
    traced = await service.get(url, teacher.token, headers={"X-Request-Id": "trace-1"})
    assert traced.headers["X-Request-Id"] == "trace-1"


async def test_a_token_spends_its_rate_here_too(
    school: School, progress_database: str, teacher: Person, export: ContentExport
) -> None:
    settings = settings_for(progress_database, rate_limit_burst=2, rate_limit_per_s=0.1)
    async with running(settings) as service:
        url = service.of_progress(export.progress_id)
        answers = [await service.get(url, teacher.token) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert float(answers[0].headers["X-Rate-Limit-Remaining"]) == pytest.approx(1, abs=0.2)
        assert int(answers[2].headers["Retry-After"]) >= 1


async def test_pages_of_an_allowed_origin_may_read_progress_and_streams(
    progress_database: str, teacher: Person, export: ContentExport
) -> None:
    origin = "https://lms.example.edu"
    async with running(settings_for(progress_database, cors_origins=(origin,))) as service:
        for url in (service.of_progress(export.progress_id), service.events_of(export.progress_id)):
            for asker, allowed in ((origin, origin), ("https://evil.example", None)):
                headers = {"Origin": asker, "Authorization": f"Bearer {teacher.token}"}
                async with service.session.get(url, headers=headers) as answer:
                    assert answer.status == 200
                    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
                    assert answer.headers["X-Content-Type-Options"] == "nosniff"
