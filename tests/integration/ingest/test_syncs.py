"""Syncs of whole contexts: staged, then written at one moment; and those that come twice, too early or never end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.content_tables.content_syncs import forget_syncs
from shared.adapters.postgres.services import Services
from shared.commands.inbox import Inbox
from shared.domain.export import Context, ContextType
from shared.domain.services import Service
from tests.integration.ingest.conftest import CourseOfMessages


def page(number: int, title: str = "x", **fields: Any) -> dict[str, Any]:
    return {"id": number, "title": title, **fields}


async def test_what_a_sync_does_not_name_is_deleted_at_its_end_and_nothing_changes_before(
    course: CourseOfMessages,
) -> None:
    await course.taken("pages", page(1, "old"), page(2, "old"))
    await course.taken("modules", {"id": 9, "name": "old"})
    generation = await ContentRows(course.pool).generation(Context(ContextType.COURSE, course.id))
    assert (await course.sync("s1", "begin"))["type"] == "content.accepted.v1"
    reply = await course.taken("pages", page(2, "new"), page(3, "new"), sync="s1")
    assert (reply["taken"], reply["sync"]) == (2, "s1")
    assert [each["title"] for each in (await course.objects("pages")).values()] == ["old", "old"]
    await course.taken("pages", page(4, "beside"))  # a message beside the sync, after its begin
    ended = (await course.sync("s1", "end"))["data"]
    assert (ended["taken"], ended["deleted"]) == (2, 2)
    assert {n: each["title"] for n, each in (await course.objects("pages")).items()} == {
        2: "new",
        3: "new",
        4: "beside",
    }
    assert await course.objects("modules") == {}
    assert await ContentRows(course.pool).generation(Context(ContextType.COURSE, course.id)) == generation + 1
    assert await course.pool.fetchval("SELECT count(*) FROM content_staged WHERE context_id = $1", course.id) == 0


async def test_an_object_of_a_sync_that_is_older_than_what_is_there_does_not_replace_it(
    course: CourseOfMessages,
) -> None:
    await course.taken("pages", page(1, "newer", revision=7), page(2, "same", revision=7))
    await course.sync("s2", "begin")
    await course.taken("pages", page(1, "older", revision=6), page(2, "same", revision=7), sync="s2")
    ended = (await course.sync("s2", "end"))["data"]
    assert (ended["taken"], ended["unchanged"], ended["older"], ended["deleted"]) == (0, 1, 1, 0)
    assert (await course.objects("pages"))[1]["title"] == "newer"


async def test_a_topic_that_a_sync_has_as_an_announcement_is_no_topic_any_more(course: CourseOfMessages) -> None:
    await course.taken("discussion_topics", page(1), page(2))
    await course.sync("s3", "begin")
    await course.taken("announcements", page(1), sync="s3")
    await course.sync("s3", "end")
    assert (list(await course.objects("announcements")), await course.objects("discussion_topics")) == ([1], {})


async def test_each_phase_may_come_twice(course: CourseOfMessages) -> None:
    await course.sync("s4", "begin")
    await course.taken("pages", page(1), sync="s4")
    assert (await course.sync("s4", "begin"))["type"] == "content.accepted.v1"
    first = await course.sync("s4", "end")
    again = await course.sync("s4", "end")
    assert first["data"] == again["data"]
    assert first["data"]["taken"] == 1


@pytest.mark.parametrize(
    ("phases", "status", "code"),
    [
        (["end"], 404, "sync_unknown"),
        (["begin", "begin other"], 409, "sync_open"),
        (["begin", "end", "begin"], 409, "sync_ended"),
        (["begin", "end", "abort"], 409, "sync_ended"),
        (["begin", "abort", "end"], 404, "sync_unknown"),
    ],
)
async def test_a_phase_out_of_order_is_refused(
    course: CourseOfMessages, phases: list[str], status: int, code: str
) -> None:
    for phase in phases:
        word, _, other = phase.partition(" ")
        reply = await course.sync(other or "s5", word)
    assert (reply["data"]["status"], reply["data"]["code"]) == (status, code)


async def test_objects_of_an_ended_or_aborted_sync_are_refused(course: CourseOfMessages) -> None:
    for sync, last in (("s6", "end"), ("s7", "abort")):
        await course.sync(sync, "begin")
        await course.sync(sync, last)
        reply = await course.ask("content.pages.upsert.v1", {"objects": [page(1)], "sync": sync})
        assert (reply["data"]["status"], reply["data"]["code"]) == (409, "sync_unknown")
    assert await course.objects("pages") == {}


async def test_a_sync_that_nobody_uses_any_more_is_forgotten_with_what_it_staged(course: CourseOfMessages) -> None:
    await course.sync("s8", "begin")
    await course.taken("pages", page(1), sync="s8")
    assert await forget_syncs(course.pool, 3600) == 0
    await course.pool.execute("UPDATE content_syncs SET used_at = now() - interval '2 hours' WHERE sync = 's8'")
    assert await forget_syncs(course.pool, 3600) == 1
    assert (await course.sync("s8", "end"))["data"]["code"] == "sync_unknown"
    assert await course.pool.fetchval("SELECT count(*) FROM content_staged WHERE context_id = $1", course.id) == 0
    assert (await course.sync("s9", "begin"))["type"] == "content.accepted.v1"


async def test_what_a_sync_has_deleted_comes_back_by_a_later_sync_with_the_same_state(course: CourseOfMessages) -> None:
    dated = page(2, "dated", updated_at="2026-01-01T00:00:00Z")
    numbered, topic = page(1, "numbered", revision=7), page(3, "topic", revision=7)
    await course.taken("pages", numbered, dated)
    await course.taken("discussion_topics", topic)
    await course.sync("empty", "begin")
    assert (await course.sync("empty", "end"))["data"]["deleted"] == 3
    late = {"attributes": {"subject": course.subject, "time": "2026-01-02T00:00:00Z"}}
    await course.ask("content.pages.upsert.v1", {"objects": [numbered]}, **late)
    assert await course.objects("pages") == {}, "a message that was sent before the sync"
    await course.sync("full", "begin")
    await course.taken("pages", page(1, "older", revision=6), dated, sync="full")
    await course.sync("full", "end")
    assert [each["title"] for each in (await course.objects("pages")).values()] == ["dated"]
    assert (await course.taken("pages", numbered))["taken"] == 1
    assert (await course.taken("announcements", topic))["taken"] == 1
    assert (list(await course.objects("pages")), list(await course.objects("announcements"))) == ([1, 2], [3])


async def test_the_identifiers_of_a_sync_are_written_at_its_end_and_never_if_it_is_aborted(
    course: CourseOfMessages,
) -> None:
    async def identifiers() -> list[str]:
        sql = "SELECT migration_id FROM content_identifiers WHERE context_id = $1 ORDER BY id"
        return [row[0] for row in await course.pool.fetch(sql, course.id)]

    await course.taken("pages", page(1, "old", migration_id="before"))
    for sync, last, expected in (("a", "abort", ["before"]), ("b", "end", ["after", "new"])):
        await course.sync(sync, "begin")
        await course.taken("pages", page(1, "new", migration_id="after"), page(2, migration_id="new"), sync=sync)
        assert await identifiers() == ["before"]
        await course.sync(sync, last)
        assert await identifiers() == expected


class SlowServices:
    """Takes its time for every second look-up, so that a later command is ready before an earlier one."""

    def __init__(self, services: Services) -> None:
        self._services, self._asked = services, 0

    async def find(self, name: str) -> Service | None:
        self._asked += 1
        if self._asked % 2:
            await asyncio.sleep(0.05)
        return await self._services.find(name)


async def test_a_sync_that_is_sent_at_once_is_carried_out_in_its_order(
    course: CourseOfMessages, intake: Inbox, services: Services
) -> None:
    intake.judge.senders = replace(intake.judge.senders, services=SlowServices(services))
    at_course = {"subject": course.subject}
    phases = [{"sync": "s10", "phase": phase} for phase in ("begin", "end")]
    sent = [await course.client.send("content.sync.v1", phases[0], attributes=at_course)]
    for number in range(1, 11):
        data = {"objects": [page(number)], "sync": "s10"}
        sent.append(await course.client.send("content.pages.upsert.v1", data, attributes=at_course))
    sent.append(await course.client.send("content.sync.v1", phases[1], attributes=at_course))
    replies = [await course.client.reply(each) for each in sent]
    assert {reply["type"] for reply in replies} == {"content.accepted.v1"}
    assert list(await course.objects("pages")) == list(range(1, 11))


async def test_a_sync_that_is_sent_at_once_with_an_earlier_message_deletes_what_that_one_wrote(
    course: CourseOfMessages,
) -> None:
    at_course = {"subject": course.subject}
    messages: list[tuple[str, dict[str, Any]]] = [
        ("content.pages.upsert.v1", {"objects": [page(1)]}),
        ("content.sync.v1", {"sync": "s11", "phase": "begin"}),
        ("content.pages.upsert.v1", {"objects": [page(2, "beside")]}),
        ("content.sync.v1", {"sync": "s11", "phase": "end"}),
    ]
    sent = [await course.client.send(type_, data, attributes=at_course) for type_, data in messages]
    for each in sent:
        await course.client.reply(each)
    assert list(await course.objects("pages")) == [2]
