"""A migrated database for the tests of single adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.gateway.relay import Relay
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.adapters.rabbitmq.connection import keep_connected
from shared.runtime.settings import Settings
from tests.support.event_tap import EventTap
from tests.support.relays import begin_at_the_end
from tests.support.school import School
from tests.support.spans import recorded


@pytest.fixture(scope="session")
def migrated_url(database_url: str) -> str:
    asyncio.run(migrate(database_url))
    return database_url


@pytest.fixture
async def pool(migrated_url: str) -> AsyncIterator[Pool]:
    async with open_pool(migrated_url, size=6) as opened:
        yield opened


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans of this process during the test, kept in memory."""
    with recorded() as kept:
        yield kept


@pytest.fixture
def people(pool: Pool) -> School:
    return School(pool)


@pytest.fixture
async def relay(pool: Pool, settings: Settings) -> AsyncIterator[Relay]:
    """A running relay with nothing to send; its events are held against the description of messages."""
    await pool.execute("DELETE FROM outbox")
    await begin_at_the_end(pool)
    tap = EventTap(settings.amqp_url)
    await tap.begin()
    stopping = asyncio.Event()
    relay = Relay(pool, settings, stopping, asyncio.Event())
    relaying = asyncio.create_task(keep_connected(settings.amqp_url, stopping, relay.pump))
    yield relay
    stopping.set()
    await relaying
    await tap.end()
