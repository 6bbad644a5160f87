"""Migrations against a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from shared.adapters.postgres.events.earlier_events import convert_earlier_events
from shared.adapters.postgres.events.event_replay import EventFilter, EventReplay
from shared.adapters.postgres.events.export_events import ExportEvents
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_connection, open_pool
from shared.adapters.postgres.schema import look_at_schema, migrations, require_schema
from shared.contracts.export_events import EventType
from shared.http.once_migrated import once_migrated
from shared.runtime.environment import Mistakes
from shared.runtime.settings import Settings
from tests.support.servers import SessionServers


def test_ten_that_start_at_once_apply_each_migration_once(servers: SessionServers) -> None:
    async def together(url: str) -> list[list[str]]:
        return await asyncio.gather(*(migrate(url) for _ in range(10)))

    with servers.database() as url:
        applied = asyncio.run(together(url))
    assert [name for names in applied for name in names] == [name for name, _ in migrations()]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(servers: SessionServers) -> None:
    async def change(url: str) -> None:
        async with open_connection(url) as db:
            await db.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE name LIKE '0001%'")

    with servers.database() as url:
        asyncio.run(migrate(url))
        asyncio.run(change(url))
        with pytest.raises(RuntimeError, match=r"0001_.* was changed after it had been applied"):
            asyncio.run(migrate(url))


_LATER = ("9998_later.sql", "-- serves from 9997\nSELECT 1;\n")


def test_a_later_schema_serves_this_code_unless_a_migration_says_that_it_does_not(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def versions(url: str) -> None:
        assert (await look_at_schema(url)).version == 0
        with pytest.raises(Mistakes, match=r"has version 0, and \d+ is needed: apply the migrations"):
            await require_schema(url)
        every = migrations()
        await migrate(url)
        monkeypatch.setattr(
            "shared.adapters.postgres.migrate.migrations", lambda: [*every, ("9997_x.sql", "SELECT 1;")]
        )
        await migrate(url)
        await require_schema(url)
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: [*every, _LATER])
        await migrate(url)
        with pytest.raises(Mistakes, match=r"has version 9998, which serves code from version 9997 on; this code has"):
            await require_schema(url)

    with servers.database() as url:
        asyncio.run(versions(url))


def test_a_running_process_ends_in_order_once_the_schema_no_longer_serves_its_code(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.once_migrated._WATCH_S", 0.05)
    steps: list[str] = []

    async def main(settings: Settings, stopping: asyncio.Event) -> None:
        steps.append("begun")
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: [*every, _LATER])
        await migrate(settings.database_url)
        await asyncio.wait_for(stopping.wait(), 20)
        steps.append("stopped in order")

    async def run(url: str) -> None:
        await migrate(url)
        with pytest.raises(Mistakes, match="serves code from version 9997 on"):
            await once_migrated(main)(Settings(database_url=url, secret_key=("k",)), asyncio.Event())

    every = migrations()
    with servers.database() as url:
        asyncio.run(run(url))
    assert steps == ["begun", "stopped in order"]


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(re.match(r"(\d{4})_\w+\.sql$", name)[1]) for name, _ in migrations()]  # type: ignore[index]
    assert numbers == list(range(1, len(numbers) + 1))


def test_names_that_several_have_end_the_migration_with_a_sentence_that_names_them(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two_of_one_name(url: str) -> None:
        async with open_connection(url) as db:
            await db.execute("INSERT INTO users (id, body) VALUES ($1, $2)", 4, {"login_id": "Ada"})
            await db.execute("INSERT INTO users (id, body) VALUES ($1, $2)", 9, {"login_id": "ada"})

    every = migrations()
    with servers.database() as url:
        before = [each for each in every if each[0] < "0012"]
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: before)
        asyncio.run(migrate(url))
        asyncio.run(two_of_one_name(url))
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: every)
        with pytest.raises(RuntimeError, match=r'login_id "ada" is the name of several users \(4, 9\)'):
            asyncio.run(migrate(url))


# As many exports by the triggers of the release before 0020, with ten events each: a request and nine of progress.
_EARLIER = """
INSERT INTO content_exports (context_type, context_id, user_id, export_type, request_id)
SELECT 'Course', n %% 50, 1, 'qti', 'r' FROM generate_series(1, %d) n;
INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, data)
SELECT content_export_id, progress_id, context_type, context_id, 'content_export.progress', data || '{"completion": 5}'
  FROM export_events CROSS JOIN generate_series(1, 9);
"""
_LEFT = "SELECT count(*) FROM export_events WHERE sequence IS NULL"


@contextmanager
def earlier_database(servers: SessionServers, monkeypatch: pytest.MonkeyPatch, exports: int) -> Iterator[str]:
    """A database of the release before 0020, with these many exports of ten events each."""
    every = migrations()

    async def fill(url: str) -> None:
        await migrate(url)
        async with open_connection(url) as db:
            await db.execute(_EARLIER % exports)

    with servers.database() as url:
        monkeypatch.setattr(
            "shared.adapters.postgres.migrate.migrations", lambda: [each for each in every if each[0] < "0020"]
        )
        asyncio.run(fill(url))
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: every)
        yield url


async def _waits(migrating: asyncio.Task[list[str]], is_waiting: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await is_waiting():
            assert not migrating.done()
            await asyncio.sleep(0.01)


def test_a_database_with_many_events_is_upgraded_though_rows_are_locked_and_statements_have_a_time_limit(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def upgrade(url: str) -> int:
        async with open_connection(url) as other:
            monkeypatch.setattr("shared.adapters.postgres.pool._COMMAND_TIMEOUT_S", 0.5)
            monkeypatch.setattr("shared.adapters.postgres.migrate._LOCK_S", 0.05)
            monkeypatch.setattr("shared.adapters.postgres.migrate._PAUSE_S", 0.05)
            transaction = other.transaction()
            await transaction.start()
            await other.execute("SELECT FROM export_events ORDER BY id LIMIT 1 FOR UPDATE")
            with capture_logs() as logs:
                migrating = asyncio.create_task(migrate(url))

                async def is_refused() -> bool:
                    return any(line["event"] == "migration_waits_for_a_lock" for line in logs)

                await _waits(migrating, is_refused)
                # Whoever comes after the migration is not held up by it.
                assert await other.fetchval("SELECT count(*) FROM export_events") == 50_000
                await transaction.commit()
                await migrating
            return int(await other.fetchval(_LEFT))

    with earlier_database(servers, monkeypatch, 5_000) as url:
        left = asyncio.run(upgrade(url))
    assert left == 50_000, "they are no part of the migration"


def test_earlier_events_are_read_in_the_present_form_before_and_after_they_are_converted(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_and_convert(url: str) -> None:
        await migrate(url)
        async with open_pool(url, size=3) as pool, pool.acquire() as other:
            progress = await other.fetchval("SELECT progress_id FROM content_exports ORDER BY id OFFSET 100 LIMIT 1")
            replay, only = EventReplay(pool), EventFilter(types=(EventType.REQUESTED,))
            streamed = await ExportEvents(pool).after(progress, 0)
            requested = (await replay.page(0, 100_000, only))[0]
            assert [each.data.sequence for each in streamed] == ["1", *[None] * 9]
            assert [each.data.sequence for each in requested] == ["1"] * 250
            transaction = other.transaction()
            await transaction.start()
            await other.execute("SELECT FROM export_events WHERE progress_id = $1 FOR UPDATE", progress)
            converted = 0
            while count := await convert_earlier_events(pool):
                converted += count
            assert converted == 2_990, "those that are locked are left to a later pass"
            assert await ExportEvents(pool).after(progress, 0) == streamed
            await transaction.rollback()
            assert await convert_earlier_events(pool) == 10
            assert await pool.fetchval(_LEFT) == 0
            assert await ExportEvents(pool).after(progress, 0) == streamed
            assert (await replay.page(0, 100_000, only))[0] == requested

    with earlier_database(servers, monkeypatch, 300) as url:
        asyncio.run(read_and_convert(url))


def test_an_index_that_was_not_completed_is_built_anew(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(url: str) -> bool:
        async with open_connection(url) as db:
            await db.execute("CREATE INDEX export_events_of_earlier_releases ON export_events (id)")
            await db.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'export_events_of_earlier_releases'::regclass"
            )
            await migrate(url)
            return bool(
                await db.fetchval(
                    "SELECT indisvalid AND indpred IS NOT NULL FROM pg_index"
                    " WHERE indexrelid = 'export_events_of_earlier_releases'::regclass"
                )
            )

    with earlier_database(servers, monkeypatch, 300) as url:
        assert asyncio.run(interrupted(url))


def test_indexes_of_tables_that_have_rows_are_built_concurrently() -> None:
    for name, sql in migrations():
        tables = set(re.findall(r"^CREATE TABLE (\w+)", sql, re.MULTILINE))
        indexes = re.findall(r"^(CREATE (?:UNIQUE )?INDEX .*?;)", sql, re.MULTILINE | re.DOTALL)
        if name >= "0017":
            assert [each for each in indexes if not _is_safe(each, tables, sql)] == [], name


def _is_safe(index: str, created: set[str], sql: str) -> bool:
    table = re.search(r" ON (\w+) ", index)
    assert table
    return table[1] in created or (
        sql.startswith("-- no transaction\n") and "INDEX CONCURRENTLY IF NOT EXISTS" in index
    )
