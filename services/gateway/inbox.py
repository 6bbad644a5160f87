"""Commands about exports, as a process of its own beside the relay: from RabbitMQ, by the code of the HTTP API."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from services.gateway.costs import Costs
from services.gateway.export_commands import ExportCommands
from services.gateway.quotas import QuotaCheck, quotas_of
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.command_exports import CommandExports
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.idempotency import Idempotency
from shared.adapters.postgres.pool import SHORT, Pool, check, open_pool
from shared.adapters.postgres.queue_views import QueueViews
from shared.adapters.postgres.quota_rows import QuotaRows
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.addresses import user_of
from shared.adapters.rabbitmq.connection import keep_connected
from shared.commands.inbox import Inbox
from shared.commands.judge import Judge
from shared.commands.senders import Senders
from shared.contracts.commands import ReplyType
from shared.contracts.topology import EXPORT_COMMANDS, queues_named
from shared.domain.fairness.fair_turns import QueueLimits
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.http.urls import public_address
from shared.runtime.lifecycle import exempt_from_collection, run_service
from shared.runtime.settings import Settings

_POOL_SIZE = 8


def make_inbox(settings: Settings, pool: Pool, stopping: asyncio.Event) -> Inbox:
    """The inbox of a database."""
    own_user = user_of(settings.amqp_url)
    senders = Senders(Services(pool), Access(pool), own_user)
    limits = QueueLimits(settings.exports_per_owner, settings.large_export_s)
    exports = CommandExports(pool, limits)
    commands = ExportCommands(
        senders=senders,
        exports=exports,
        retries=Idempotency(pool, exports, limits),
        cancels=ContentExports(pool),
        selected=Contexts(pool),
        costs=Costs(ContentRows(pool), ExpectedTimesOfExports(QueueViews(pool), limits)),
        quotas=QuotaCheck(quotas_of(settings), QuotaRows(pool)),
        base_url=public_address(settings),
        max_selected=settings.max_selected,
    )
    judge = Judge(commands.handlers(), senders, ReplyType.REFUSED, settings.max_body_bytes, stopping, EXPORT_COMMANDS)
    return Inbox(EXPORT_COMMANDS, judge, stopping, settings.stop_grace_s)


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, take commands, stop."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.database_url, size=_POOL_SIZE, planned_once=True, limits=SHORT)
        )
        inbox = make_inbox(settings, pool, stopping)
        checks: dict[str, Check] = {"database": partial(check, pool), "broker": inbox.receiving.check}
        await stack.enter_async_context(serving_health(settings, checks))
        exempt_from_collection()
        await keep_connected(settings.amqp_url, stopping, inbox.serve, queues_named(EXPORT_COMMANDS))


if __name__ == "__main__":
    run_service("inbox", once_migrated(main))
