"""Queues of the session's broker, which all tests share."""

from __future__ import annotations

from shared.adapters.rabbitmq.connection import open_broker


async def purge(amqp_url: str, *names: str) -> None:
    """Declare the topology, and empty these queues: what other tests have left there is gone."""
    async with open_broker(amqp_url) as broker, broker.channel() as channel:
        for name in names:
            await (await channel.get_queue(name)).purge()
