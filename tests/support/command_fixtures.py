"""What tests of commands share: settings, the sender, and an inbox that serves; each folder has its own queue and rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.addresses import user_of
from shared.adapters.rabbitmq.connection import keep_connected
from shared.commands.inbox import Inbox
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
    return user_of(amqp_url)


@pytest.fixture
async def client(amqp_url: str, sender: str, queues: None) -> AsyncIterator[ServiceClient]:
    async with service_client(amqp_url, sender) as opened:
        yield opened


async def allowed(pool: Pool, sender: str, *may: Right) -> Services:
    """The services of the database, among which the sender may do this and nothing else."""
    services = Services(pool)
    await services.put(Service(name=sender, may=frozenset(may)), OPERATOR)
    return services


@asynccontextmanager
async def serving(inbox: Inbox, settings: Settings) -> AsyncIterator[Inbox]:
    """Serve an inbox during the block; the sender is not its own user."""
    inbox.judge.senders = replace(inbox.judge.senders, own_user="content-exports")
    task = asyncio.create_task(keep_connected(settings.amqp_url, inbox.stopping, inbox.serve))
    yield inbox
    inbox.stopping.set()
    await task
