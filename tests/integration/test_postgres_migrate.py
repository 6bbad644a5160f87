"""Migrations against a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re

import pytest

from shared.adapters.postgres.migrate import migrate, migrations
from shared.adapters.postgres.pool import open_connection
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
