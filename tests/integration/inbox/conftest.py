"""An inbox of the tests, and a service that sends commands by the session's own user of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import pytest

from services.gateway.inbox import make_inbox
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.commands.inbox import Inbox
from shared.contracts.topology import DEAD, EXPORT_COMMANDS
from shared.domain.services import Right
from shared.runtime.settings import Settings
from tests.support.command_fixtures import allowed, client, sender, serving, settings  # noqa: F401  (fixtures)
from tests.support.queues import purge


@pytest.fixture
async def queues(amqp_url: str) -> None:
    """Queues that are declared and empty."""
    await purge(amqp_url, EXPORT_COMMANDS, DEAD)


@pytest.fixture
async def services(pool: Pool, sender: str) -> Services:
    """The sender may send every command about exports."""
    return await allowed(pool, sender, *Right)


@pytest.fixture
async def inbox(pool: Pool, settings: Settings, queues: None, services: Services) -> AsyncIterator[Inbox]:
    """A running inbox, for which the sender is not its own user."""
    async with serving(make_inbox(settings, pool, asyncio.Event()), settings) as running:
        yield running


@pytest.fixture
async def dead(amqp_url: str, queues: None) -> AsyncIterator[aio_pika.abc.AbstractQueue]:
    """The queue of dead letters."""
    async with await aio_pika.connect(amqp_url) as connection:
        yield await (await connection.channel()).get_queue(DEAD)
