"""A migrated database for the tests of single adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from tests.support.school import School


@pytest.fixture(scope="session")
def migrated_url(database_url: str) -> str:
    asyncio.run(migrate(database_url))
    return database_url


@pytest.fixture
async def pool(migrated_url: str) -> AsyncIterator[Pool]:
    async with open_pool(migrated_url, size=6) as opened:
        yield opened


@pytest.fixture
def people(pool: Pool) -> School:
    return School(pool)
