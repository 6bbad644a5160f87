"""Take events, send what is due, stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from services.notifier.channel import NoticeChannel
from services.notifier.intake import EventIntake
from services.notifier.mail.opening import open_mail, reminders_of
from services.notifier.sending import Sender
from services.notifier.webhooks.open_webhooks import open_webhooks
from shared.adapters.postgres.notices.deliveries import Deliveries
from shared.adapters.postgres.pool import Pool, check, open_pool
from shared.adapters.rabbitmq.connection import keep_connected
from shared.contracts.topology import NOTIFIER, queues_named
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.runtime.lifecycle import run_service
from shared.runtime.mail_settings import MailSettings, read_mail_settings
from shared.runtime.settings import Settings

_POOL_SIZE = 8


async def open_channels(
    settings: Settings, mail: MailSettings, pool: Pool, stack: AsyncExitStack
) -> Sequence[NoticeChannel]:
    """The channels that are configured; what they open is closed with the stack."""
    webhooks = await stack.enter_async_context(open_webhooks(settings, mail, pool))
    mail_channel = await open_mail(settings, mail, pool, stack)
    return [webhooks, mail_channel] if mail_channel else [webhooks]


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, take events and send until the process is stopping. Raises Mistakes, also for the settings of mail."""
    mail = read_mail_settings(settings.public_url)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=_POOL_SIZE))
        channels = await open_channels(settings, mail, pool, stack)
        deliveries = Deliveries(pool)
        senders = [
            Sender(deliveries, channel, stopping, settings.sweep_s, settings.stop_grace_s) for channel in channels
        ]
        intake = EventIntake(pool, channels, [sender.wake for sender in senders], stopping)
        checks: dict[str, Check] = {"database": partial(check, pool), "broker": intake.receiving.check}
        await stack.enter_async_context(serving_health(settings, checks))
        async with asyncio.TaskGroup() as tasks:
            for sender in senders:
                tasks.create_task(sender.run())
                tasks.create_task(sender.measure())
            tasks.create_task(keep_connected(settings.amqp_url, stopping, intake.serve, queues_named(NOTIFIER)))
            tasks.create_task(reminders_of(settings, mail, pool).run(stopping))


if __name__ == "__main__":
    run_service("notifier", once_migrated(main))
