from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from tests.support.progress_service import Service, running, settings_for
from tests.support.school import School
from tests.support.servers import SessionServers


@pytest.fixture(scope="session")
def progress_database(servers: SessionServers) -> Iterator[str]:
    with servers.database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
async def school(progress_database: str) -> AsyncIterator[School]:
    async with open_pool(progress_database, size=4) as pool:
        yield School(pool)


@pytest.fixture
async def service(progress_database: str) -> AsyncIterator[Service]:
    async with running(settings_for(progress_database)) as service:
        yield service
