"""A database with exports of years in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Connection, Pool, open_connection, open_pool
from tests.support.generated_exports import generate
from tests.support.servers import SessionServers

FINISHED, WAITING = 12_000, 3_000


@pytest.fixture(scope="module")
def many_url(servers: SessionServers) -> Iterator[str]:
    """The address of a database of its own."""
    with servers.database() as url:
        asyncio.run(_fill(url))
        yield url


async def _fill(url: str) -> None:
    await migrate(url)
    async with open_connection(url, unlimited=True) as db:
        await generate(db, FINISHED, WAITING)


@pytest.fixture
async def many(many_url: str) -> AsyncIterator[Pool]:
    async with open_pool(many_url, size=1) as pool:
        yield pool


@pytest.fixture
async def many_db(many: Pool) -> AsyncIterator[Connection]:
    """A connection whose transaction is rolled back."""
    async with many.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        yield db
        await transaction.rollback()
