"""Tokens of an identity provider are as good for progress and for streams as they are at the gateway."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from services.progress import stream as stream_module
from shared.domain.export import ContentExport
from tests.support.identity_provider import Provider, running_provider, token
from tests.support.progress_service import Service, running, settings_for
from tests.support.school import Person, School
from tests.support.sse import open_stream


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        yield made


@pytest.fixture
async def trusting(progress_database: str, provider: Provider) -> AsyncIterator[Service]:
    """The service, where the provider's tokens are good."""
    async with running(settings_for(progress_database, **provider.settings)) as service:
        yield service


async def export_of(school: School, sis_user_id: str) -> ContentExport:
    """A waiting export of a new teacher with this id."""
    user = await school.people.put_user(None, {"name": "Known", "sis_user_id": sis_user_id})
    course = await school.course()
    await school.people.enroll(user, course.id, "teacher")
    return await school.export(course, Person(user, ""))


async def test_a_token_of_the_provider_shows_progress_and_cancels(school: School, trusting: Service) -> None:
    export = await export_of(school, "progress-show")
    url, bearer = trusting.of_progress(export.progress_id), token(sub="progress-show")
    shown = await trusting.get(url, bearer)
    assert (shown.status, shown.json["user_id"]) == (200, export.user_id)
    cancelled = await trusting.get(f"{url}/cancel", bearer, method="POST")
    assert (cancelled.status, cancelled.json["workflow_state"]) == (200, "failed")


@pytest.mark.parametrize("in_query", [False, True])
async def test_a_token_of_the_provider_opens_both_streams(school: School, trusting: Service, in_query: bool) -> None:
    export = await export_of(school, f"progress-streams-{in_query}")
    bearer = token(sub=f"progress-streams-{in_query}")
    for url in (trusting.events_of(export.progress_id), trusting.events_in("courses", export.context.id)):
        where = (f"{url}?access_token={bearer}", None) if in_query else (url, bearer)
        async with open_stream(trusting.session, *where) as stream:
            assert (await stream.next()).data["content_export_id"] == export.id


async def test_a_token_that_is_not_good_opens_neither(school: School, trusting: Service) -> None:
    export = await export_of(school, "progress-refused")
    refused = {
        "Invalid access token.": token(sub="progress-refused", aud="another service"),
        "Expired access token.": token(sub="progress-refused", exp=int(time.time()) - 600),
    }
    await school.people.put_user(None, {"sis_user_id": "progress-stranger"})
    context = trusting.events_in("courses", export.context.id)
    for url in (trusting.of_progress(export.progress_id), trusting.events_of(export.progress_id), context):
        for message, bearer in refused.items():
            answer = await trusting.get(url, bearer)
            assert (answer.status, answer.json["errors"][0]["message"]) == (401, message), url
        assert (await trusting.get(url, token(sub="progress-stranger"))).status == 403


async def test_a_stream_ends_with_the_time_of_its_token(
    school: School, progress_database: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "RIGHTS_TTL_S", 0.0)
    monkeypatch.setattr("shared.adapters.json_web_tokens._LEEWAY_S", 0)
    export = await export_of(school, "progress-ends")
    async with running(settings_for(progress_database, **provider.settings, sse_comment_s=0.2)) as service:
        bearer, url = token(sub="progress-ends", exp=int(time.time()) + 3), service.events_of(export.progress_id)
        async with open_stream(service.session, url, bearer) as stream:
            await stream.next()
            before = time.monotonic()
            assert await stream.rest() == []
            assert time.monotonic() - before > 1
        assert (await service.get(url, bearer)).status == 401
