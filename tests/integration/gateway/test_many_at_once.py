"""Many requests at the same moment share statements: each has its own answer, its own error, and nobody hangs."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from shared.domain.export import Context, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person

QTI = {"export_type": "qti"}
TAKE_LOG = (
    "SELECT pg_advisory_xact_lock(hashtextextended('Course' || $1::text, 0))"  # as the event log of a context does
)
STUCK = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%WITH requested AS%'
"""


def path(context: Context, rest: str = "") -> str:
    return f"/api/v1/{context.type.route}/{context.id}/content_exports{rest}"


async def ask(gateway: Gateway, method: str, where: str, by: Person, **more: Any) -> httpx2.Response:
    return await gateway.http.request(method, gateway.url + where, headers=bearer(by), timeout=30, **more)


@pytest.fixture
async def course(gateway: Gateway) -> Context:
    return await gateway.school.course(name="Many")


async def test_each_of_many_has_its_own_answer(gateway: Gateway, course: Context) -> None:
    other = await gateway.school.course(name="Other")
    wanted = [(await gateway.school.member(where, role), where, role)
              for where in (course, other) for role in ("teacher", "student") for _ in range(5)]  # fmt: skip
    bodies = [{"export_type": "qti", "select": {"quizzes": [number]}} for number in range(len(wanted))]
    made = await asyncio.gather(
        *(ask(gateway, "POST", path(where), by, json=body) for (by, where, _), body in zip(wanted, bodies, strict=True))
    )
    assert [answer.status_code for answer in made] == [200 if role == "teacher" else 403 for _, _, role in wanted]
    exports = [
        (by, where, body, answer.json())
        for (by, where, _), body, answer in zip(wanted, bodies, made, strict=True)
        if answer.status_code == 200
    ]
    assert len({export["id"] for *_, export in exports}) == len(exports)
    shown = await asyncio.gather(
        *(ask(gateway, "GET", path(where, f"/{export['id']}"), by) for by, where, _, export in exports),
        *(ask(gateway, "GET", path(other, f"/{export['id']}"), by) for by, where, _, export in exports),
    )
    for (by, where, body, export), own, elsewhere in zip(exports, shown, shown[len(exports) :], strict=False):
        warnings = export.pop("warnings")  # of the answer to a create alone: there are no such quizzes
        assert [warning["code"] for warning in warnings] == ["selected_missing"]
        assert (own.json(), export["user_id"], export["course_id"]) == (export, by.id, where.id)
        assert elsewhere.status_code == (200 if where == other else 404)
        settings = await gateway.school.pool.fetchval(
            "SELECT settings FROM content_exports WHERE id = $1", export["id"]
        )
        assert settings["select"] == body["select"]


async def test_what_a_database_cannot_take_costs_its_own_caller_alone(gateway: Gateway, course: Context) -> None:
    create = gateway.school.exports.create
    names = ["good", "a\0b", "good too", "a\0c"]
    results = await asyncio.gather(
        *(
            create(ExportRequest(course, 1, ExportType.QTI, ExportSettings(select={"pages": [name]}), name))
            for name in names
        ),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [False, True, False, True]
    assert (
        await gateway.school.pool.fetchval("SELECT count(*) FROM content_exports WHERE context_id = $1", course.id) == 2
    )


async def test_a_database_connection_lost_in_the_middle_is_an_error_for_all_who_wait(
    gateway: Gateway, course: Context
) -> None:
    teacher = await gateway.school.member(course, "teacher")
    pool = gateway.school.pool
    async with pool.acquire() as db, db.transaction():
        await db.execute(TAKE_LOG, str(course.id))  # so that the statement of the creates is under way, and stays so
        asked = [asyncio.create_task(ask(gateway, "POST", path(course), teacher, json=QTI)) for _ in range(20)]
        async with asyncio.timeout(20):
            while not all(task.done() for task in asked):
                await pool.execute(f"SELECT pg_terminate_backend(pid) FROM ({STUCK}) stuck")
                await asyncio.sleep(0.05)
    assert {task.result().status_code for task in asked} == {503}
    assert all("Retry-After" in task.result().headers for task in asked)
    assert await pool.fetchval("SELECT count(*) FROM content_exports WHERE context_id = $1", course.id) == 0
    assert (await ask(gateway, "POST", path(course), teacher, json=QTI)).status_code == 200


async def test_who_hangs_up_while_others_wait_takes_nothing_from_them(gateway: Gateway, course: Context) -> None:
    teacher = await gateway.school.member(course, "teacher")
    async with gateway.school.pool.acquire() as db, db.transaction():
        await db.execute(TAKE_LOG, str(course.id))
        asked = [asyncio.create_task(ask(gateway, "POST", path(course), teacher, json=QTI)) for _ in range(6)]
        await asyncio.sleep(0.3)
        for task in asked[::2]:
            task.cancel()
        await asyncio.sleep(0.1)
    assert [(await task).status_code for task in asked[1::2]] == [200] * 3


async def test_a_token_opens_nothing_from_the_moment_it_is_revoked(gateway: Gateway, course: Context) -> None:
    teacher, other = [await gateway.school.member(course, "teacher") for _ in range(2)]
    export = await gateway.school.export(course, other)
    stop = asyncio.Event()

    async def others() -> None:
        while not stop.is_set():
            assert (await ask(gateway, "GET", path(course, f"/{export.id}"), other)).status_code == 200

    busy = [asyncio.create_task(others()) for _ in range(4)]
    for _ in range(5):
        asking = Person(teacher.id, await gateway.school.token(teacher.id))
        assert (await ask(gateway, "GET", path(course), asking)).status_code == 200
        await gateway.school.tokens.revoke(asking.token)
        assert (await ask(gateway, "GET", path(course), asking)).status_code == 401
    stop.set()
    await asyncio.gather(*busy)


async def test_a_token_that_is_revoked_ends_its_waiting_at_the_next_change(gateway: Gateway, course: Context) -> None:
    teacher = await gateway.school.member(course, "teacher")
    export = await gateway.school.export(course, teacher)
    waiting = asyncio.create_task(ask(gateway, "GET", path(course, f"/{export.id}?wait=30"), teacher))
    await asyncio.sleep(0.3)
    await gateway.school.tokens.revoke(teacher.token)
    await gateway.school.whole(export)
    assert (await waiting).status_code == 401


async def test_a_role_that_ends_opens_nothing_more(gateway: Gateway, course: Context) -> None:
    teacher = await gateway.school.member(course, "teacher")
    assert (await ask(gateway, "POST", path(course), teacher, json=QTI)).status_code == 200
    await gateway.school.pool.execute("DELETE FROM enrollments WHERE user_id = $1", teacher.id)
    assert (await ask(gateway, "POST", path(course), teacher, json=QTI)).status_code == 403
