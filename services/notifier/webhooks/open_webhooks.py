"""The channel of webhooks with what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from services.notifier.webhooks.client import open_client
from services.notifier.webhooks.webhook_channel import WebhookChannel
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.notices.webhooks import Webhooks
from shared.adapters.postgres.pool import Pool
from shared.adapters.sealing import Seal
from shared.domain.webhooks.addresses import networks
from shared.runtime.mail_settings import MailSettings
from shared.runtime.settings import Settings

_LOOKUPS = 64  # names that are looked up at a time: each holds a thread, and a slow server of names must not hold all


@asynccontextmanager
async def open_webhooks(settings: Settings, mail: MailSettings, pool: Pool) -> AsyncIterator[WebhookChannel]:
    """Open during the block."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_LOOKUPS, "lookup"))
    webhooks, access = Webhooks(pool, Seal(settings.secret_key)), Access(pool)
    async with open_client(networks(settings.webhook_networks)) as client:
        yield WebhookChannel(webhooks, access, client, settings.webhook_retry_scale, mail.server is not None)
