"""A relay that sends what the tests ask for, and settings that make waits short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.gateway.relay import Relay
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import keep_connected
from shared.runtime.settings import Settings


@pytest.fixture
def settings(migrated_url: str, amqp_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=migrated_url,
        amqp_url=amqp_url,
        store_url=str(tmp_path),
        secret_key=("k",),
        lease_s=3.0,
        stop_grace_s=0.5,
        sweep_s=0.2,
        retry_backoff_s=0.1,
    )


@pytest.fixture
async def relay(pool: Pool, settings: Settings) -> AsyncIterator[Relay]:
    await pool.execute("DELETE FROM outbox")
    stopping = asyncio.Event()
    relay = Relay(pool, settings, stopping, asyncio.Event())
    relaying = asyncio.create_task(keep_connected(settings.amqp_url, stopping, relay.pump))
    yield relay
    stopping.set()
    await relaying
