"""A lost database connection: each caller gets an answer, if only that the database is unavailable."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg

from shared.adapters.postgres.pool import open_pool
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportId, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.runtime.lifecycle import new_event_loop
from tests.support.school import School

ROUNDS, CALLERS = 20, 68
_END_THEM = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to-be-lost'"


def test_no_caller_whose_connection_is_lost_is_left_without_an_answer(migrated_url: str) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:  # the loop of the services, which finds out at once
        outcomes = runner.run(_lose_connections(migrated_url))
    assert set(outcomes) <= {"answered", DatabaseUnavailable.__name__}
    assert outcomes.total() == ROUNDS * CALLERS


async def _lose_connections(database_url: str) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    url = f"{database_url}{'&' if '?' in database_url else '?'}application_name=to-be-lost"
    ending = await asyncpg.connect(database_url)
    async with open_pool(url, size=3) as pool:
        school = School(pool)
        course = await school.course()
        teacher = await school.member(course, "teacher")
        wanted = ExportRequest(course, teacher.id, ExportType.QTI, ExportSettings(), "a-request")

        async def ask(number: int) -> None:
            await asyncio.sleep(number / 10_000)  # so that callers come before, in and after each batch
            try:
                await (school.exports.create(wanted) if number % 2 else school.exports.find(ExportId(number)))
            except BaseException as error:  # noqa: BLE001  (what it is, is what is tested)
                outcomes[type(error).__name__] += 1
            else:
                outcomes["answered"] += 1

        for _ in range(ROUNDS):
            asking = [asyncio.create_task(ask(number)) for number in range(CALLERS)]
            while not all(task.done() for task in asking):
                await ending.execute(_END_THEM)
            await asyncio.wait(asking)
    await ending.close()
    return outcomes
