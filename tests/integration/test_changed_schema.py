"""Columns and indexes that a migration adds under running processes: none of them notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.adapters.postgres.events.relay_shards import SHARDS
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.outbox import oldest_messages, remove_messages
from shared.adapters.postgres.pool import SHORT, Pool, acquired, open_pool, translated
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, bearer, running_gateway
from tests.support.school import Person, School
from tests.support.servers import SessionServers
from tests.support.workers import a_worker, quick

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_READS = ("/{id}", "/{id}/report", "/{id}/entries", "")


async def expand(pool: Pool) -> None:
    """What an expanding migration does, to one table after another."""
    for row in await pool.fetch(_TABLES):
        await pool.execute(f"ALTER TABLE {row['tablename']} ADD COLUMN added_later text DEFAULT 'x'")
        await pool.execute(f"CREATE INDEX ON {row['tablename']} (added_later)")


async def used(gateway: Gateway, relay: Pool, course: str, teacher: Person) -> list[tuple[str, int]]:
    """(request, status) of a create, of reads of the export once it is exported, and of a list; its message is relayed."""
    answers: list[tuple[str, int]] = []

    async def ask(method: str, path: str, **more: Any) -> Any:
        url = path if path.startswith("http") else gateway.url + course + path
        answer = await gateway.http.request(method, url, headers=bearer(teacher), timeout=60, **more)
        answers.append((f"{method} {path.partition('?')[0]}", answer.status_code))
        return answer.json() if method == "POST" or path.endswith("wait=20") else answer

    created = await ask("POST", "", json={"export_type": "qti", "skip_notifications": True})
    messages = await oldest_messages(relay, range(SHARDS), 10)
    assert messages != []
    await remove_messages(relay, [each.id for each in messages])
    shown = await ask("GET", f"/{created['id']}?wait=20")
    assert shown["workflow_state"] == "exported", shown
    for path in _READS:
        await ask("GET", path.format(id=created["id"]))
    return answers


@pytest.fixture
def own_url(servers: SessionServers) -> Iterator[str]:
    """A database of its own, since its tables are changed."""
    with servers.database() as url:
        yield url


async def test_a_gateway_and_a_worker_go_on_while_columns_and_indexes_are_added(
    own_url: str, amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.worker.loop._LOOK_S", 0.1)  # there is no relay here
    await migrate(own_url)
    places = {"database_url": own_url, "amqp_url": amqp_url, "store_url": str(tmp_path)}
    settings = Settings(**places, secret_key=("k",), http_port=0, stop_grace_s=0.5)
    async with open_pool(own_url, planned_once=True, limits=SHORT) as pool, open_pool(own_url, size=1) as relay:
        school = School(pool)
        course = await school.course(name="Tides")
        teacher = await school.member(course, "teacher")
        async with running_gateway(settings, school) as gateway, a_worker(pool, settings, quick()):
            path = f"/api/v1/courses/{course.id}/content_exports"
            with capture_logs() as logs:
                before = await used(gateway, relay, path, teacher)
                await expand(pool)
                after = await used(gateway, relay, path, teacher)
    assert {status for _, status in (*before, *after)} == {200}
    assert len(before) == len(after)
    assert [line for line in logs if line["log_level"] in {"warning", "error"}] == []


async def test_a_statement_whose_plan_has_become_invalid_is_one_that_may_be_tried_again(pool: Pool) -> None:
    await pool.execute("CREATE TABLE contracted (a integer)")
    try:
        async with acquired(pool) as db:
            await db.fetch("SELECT a FROM contracted")
            await db.execute("ALTER TABLE contracted ALTER COLUMN a TYPE text")
            with pytest.raises(DatabaseUnavailable), translated():
                async with db.transaction():
                    await db.fetch("SELECT a FROM contracted")
            with translated():
                assert await db.fetch("SELECT a FROM contracted") == []
    finally:
        await pool.execute("DROP TABLE contracted")
