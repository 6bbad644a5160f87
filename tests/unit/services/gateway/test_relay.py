"""What the relay reports of itself."""

from __future__ import annotations

import asyncio
from typing import cast

from prometheus_client import REGISTRY

from services.gateway.relay import Relay
from shared.adapters.postgres.pool import Pool
from shared.runtime.settings import Settings


class Outbox:
    """A table in which three messages wait, the oldest for 40 seconds. It stops the relay once it is asked."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping = stopping

    async def fetchrow(self, statement: str) -> dict[str, float]:
        self.stopping.set()
        return {"waiting": 3, "age": 40.0}


async def test_what_waits_is_measured_while_there_is_no_connection_to_the_broker() -> None:
    stopping = asyncio.Event()
    settings = Settings(database_url="postgresql://none", secret_key=("k" * 32,), sweep_s=0.001)
    relay = Relay(cast("Pool", Outbox(stopping)), settings, stopping, asyncio.Event())
    async with asyncio.timeout(10):
        await relay.measure()
    assert REGISTRY.get_sample_value("content_exports_outbox_oldest_seconds") == 40.0
    assert REGISTRY.get_sample_value("content_exports_outbox_messages") == 3
