"""An inbox of the tests, and a service that sends commands by the session's own user of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aio_pika
import pytest

from services.gateway.inbox import make_inbox
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.connection import keep_connected, open_broker
from shared.commands.inbox import Inbox
from shared.contracts.topology import DEAD, EXPORT_COMMANDS
from shared.domain.audit import OPERATOR
from shared.domain.services import Right, Service
from shared.runtime.settings import Settings
from tests.support.service_client import ServiceClient, service_client


@pytest.fixture
def settings(migrated_url: str, amqp_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=migrated_url, amqp_url=amqp_url, store_url=str(tmp_path), secret_key=("k",), stop_grace_s=5.0
    )


@pytest.fixture
def sender(amqp_url: str) -> str:
    """The user of the broker that the tests send as."""
    return unquote(urlsplit(amqp_url).username or "guest")


@pytest.fixture
async def queues(amqp_url: str) -> None:
    """Queues that are declared and empty."""
    async with open_broker(amqp_url) as broker, broker.channel() as channel:
        for name in (EXPORT_COMMANDS, DEAD):
            await (await channel.get_queue(name)).purge()


@pytest.fixture
async def services(pool: Pool, sender: str) -> Services:
    """The sender may send every command about exports."""
    found = Services(pool)
    await found.put(Service(name=sender, may=frozenset(Right)), OPERATOR)
    return found


@pytest.fixture
async def inbox(pool: Pool, settings: Settings, queues: None, services: Services) -> AsyncIterator[Inbox]:
    """A running inbox, for which the sender is not its own user."""
    stopping = asyncio.Event()
    inbox = make_inbox(settings, pool, stopping)
    inbox.judge.senders = replace(inbox.judge.senders, own_user="content-exports")
    serving = asyncio.create_task(keep_connected(settings.amqp_url, stopping, inbox.serve))
    yield inbox
    stopping.set()
    await serving


@pytest.fixture
async def client(amqp_url: str, sender: str, queues: None) -> AsyncIterator[ServiceClient]:
    async with service_client(amqp_url, sender) as opened:
        yield opened


@pytest.fixture
async def dead(amqp_url: str, queues: None) -> AsyncIterator[aio_pika.abc.AbstractQueue]:
    """The queue of dead letters."""
    async with await aio_pika.connect(amqp_url) as connection:
        yield await (await connection.channel()).get_queue(DEAD)
