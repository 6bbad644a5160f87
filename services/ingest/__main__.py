"""Take content from internal services, until the process is stopped."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from services.ingest.content_commands import ContentCommands
from services.ingest.ordered_writes import OrderedWrites
from services.ingest.people_commands import PeopleCommands
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.pool import Pool, check, open_pool
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.addresses import user_of
from shared.adapters.rabbitmq.connection import keep_connected
from shared.commands.inbox import Inbox
from shared.commands.judge import Judge
from shared.commands.senders import Senders
from shared.contracts.content_commands import ContentReplyType
from shared.contracts.topology import CONTENT_COMMANDS, queues_named
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.runtime.lifecycle import exempt_from_collection, run_service
from shared.runtime.settings import Settings

_POOL_SIZE = 4
_PREFETCH = 16  # messages in work, each of up to a megabyte, and ten times that once it is read


def make_intake(settings: Settings, pool: Pool, stopping: asyncio.Event) -> Inbox:
    """The inbox of content of a database. One process at a time is given messages; another one stands by."""
    senders = Senders(Services(pool), Access(pool), user_of(settings.amqp_url))
    writes = OrderedWrites(pool, stopping)
    handlers = {**ContentCommands(pool, writes).handlers(), **PeopleCommands(writes).handlers()}
    judge = Judge(handlers, senders, ContentReplyType.REFUSED, settings.max_body_bytes, stopping, CONTENT_COMMANDS)
    return Inbox(CONTENT_COMMANDS, judge, stopping, settings.stop_grace_s, prefetch=_PREFETCH, group_s=0.0)


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, take messages, stop."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=_POOL_SIZE))
        intake = make_intake(settings, pool, stopping)
        checks: dict[str, Check] = {"database": partial(check, pool), "broker": intake.receiving.check}
        await stack.enter_async_context(serving_health(settings, checks))
        exempt_from_collection()
        await keep_connected(settings.amqp_url, stopping, intake.serve, queues_named(CONTENT_COMMANDS))


if __name__ == "__main__":
    run_service("ingest", once_migrated(main))
