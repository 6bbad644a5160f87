"""GET /courses/:id/content_exports/events and its like: all exports of a context that the caller may list."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest

from shared.domain.export import Context, ContextType, ExportType
from shared.domain.export_filter import ExportFilter
from tests.support.progress_service import Service
from tests.support.school import Person, School
from tests.support.sse import Received, Stream, open_stream

CARTRIDGE, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.ZIP


def follow(
    service: Service, context: Context, by: Person, last_event_id: str | None = None
) -> AbstractAsyncContextManager[Stream]:
    url = service.events_in(context.type.route, context.id)
    return open_stream(service.session, url, by.token, last_event_id)


async def silent(stream: Stream, seconds: float = 0.3) -> bool:
    try:
        await stream.next(seconds)
    except TimeoutError:
        return True
    return False


def received(events: list[Received]) -> list[tuple[int, str]]:
    return [(event.data["content_export_id"], event.state) for event in events]


async def test_the_snapshot_is_the_state_of_each_unfinished_export(school: School, service: Service) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    waiting, finished, running = [await school.export(course, teacher) for _ in range(3)]
    await school.start(running)
    await school.report(running, 40)
    await school.whole(finished)
    async with follow(service, course, teacher) as stream:
        events = [await stream.next(), await stream.next()]
        assert await silent(stream)
    assert received(events) == [(waiting.id, "created"), (running.id, "exporting")]
    assert events[1].data["completion"] == 40
    assert {event.name for event in events} == {"content_export.state"}


async def test_the_stream_goes_on_with_all_exports_and_outlives_them(school: School, service: Service) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    async with follow(service, course, teacher) as stream:
        for _ in range(2):
            export = await school.export(course, teacher)
            await school.whole(export)
            events = [await stream.next() for _ in range(3)]
            assert received(events) == [(export.id, "created"), (export.id, "exporting"), (export.id, "exported")]


async def test_whatever_part_of_a_snapshot_arrives_going_on_from_it_misses_nothing(
    school: School, service: Service
) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    exports = [await school.export(course, teacher) for _ in range(4)]
    await school.whole(exports[2])
    async with follow(service, course, teacher) as stream:
        snapshot = [await stream.next() for _ in range(3)]
    for arrived in range(1, 4):
        async with follow(service, course, teacher, snapshot[arrived - 1].id) as stream:
            known = {event.data["content_export_id"] for event in snapshot[:arrived]}
            while known < {export.id for export in exports if export is not exports[2]}:
                known.add((await stream.next()).data["content_export_id"])


async def test_after_a_whole_snapshot_what_was_over_before_it_is_not_reported(school: School, service: Service) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    await school.export(course, teacher)
    await school.whole(await school.export(course, teacher))
    async with follow(service, course, teacher) as stream:
        last = (await stream.next()).id
    async with follow(service, course, teacher, last) as stream:
        assert await silent(stream)


async def test_an_empty_snapshot_still_gives_an_id_to_go_on_from(school: School, service: Service) -> None:
    course = await school.course()
    teacher = await school.member(course, "teacher")
    await school.whole(await school.export(course, teacher))
    async with follow(service, course, teacher) as stream:
        assert await silent(stream)
        last = stream.parser.last_event_id
    missed = await school.export(course, teacher)
    await school.whole(missed)
    async with follow(service, course, teacher, last) as stream:
        assert received([await stream.next() for _ in range(3)]) == [
            (missed.id, "created"), (missed.id, "exporting"), (missed.id, "exported"),
        ]  # fmt: skip


@pytest.mark.parametrize("role", ["teacher", "ta", "designer", "student", "observer", "nobody", "site admin"])
@pytest.mark.parametrize("kind", ["course", "group", "user"])
async def test_a_stream_shows_what_the_list_shows(school: School, service: Service, kind: str, role: str) -> None:
    other = await school.person()
    caller = await school.person(site_admin=role == "site admin")
    context = await {
        "course": lambda: school.course(is_public=True),
        "group": lambda: school.group(other, caller),
        "user": lambda: own_context(caller),
    }[kind]()
    if kind == "course" and role not in ("nobody", "site admin"):
        await school.people.enroll(caller.id, context.id, role)
    before = [await school.export(context, by, type_) for by in (caller, other) for type_ in (CARTRIDGE, ZIP)]
    admin = kind == "course" and role in ("teacher", "ta", "designer", "site admin")
    listed, _ = await school.lists.of_context(context, caller.id, ExportFilter(), reads_as_admin=admin, limit=100)
    expected = {export.id for export in listed}
    assert expected < {export.id for export in before}, "a list that hides nothing would prove nothing"
    async with follow(service, context, caller) as stream:
        assert {(await stream.next()).data["content_export_id"] for _ in expected} == expected
        for export in before:
            await school.start(export)
        assert {(await stream.next()).data["content_export_id"] for _ in expected} == expected
        assert await silent(stream, 0.1)
    async with follow(service, context, caller, "0") as stream:
        replayed = [await stream.next() for _ in range(2 * len(expected))]
        assert {event.data["content_export_id"] for event in replayed} == expected


async def own_context(person: Person) -> Context:
    return Context(ContextType.USER, person.id)


async def test_users_may_say_self(school: School, service: Service) -> None:
    person = await school.person()
    export = await school.export(Context(ContextType.USER, person.id), person, ZIP)
    url = service.events_in("users", "self")
    async with open_stream(service.session, url, person.token) as stream:
        assert (await stream.next()).data["content_export_id"] == export.id


async def test_events_of_one_context_are_not_sent_in_another(school: School, service: Service) -> None:
    here, there = await school.course(), await school.course()
    admin = await school.person(site_admin=True)
    async with follow(service, here, admin) as stream:
        await school.export(there, admin)
        assert await silent(stream)
