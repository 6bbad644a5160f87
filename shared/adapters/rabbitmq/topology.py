"""Declares what a process uses, and finds queues of earlier releases, which new consumers drain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue, ExchangeType
from aio_pika.exceptions import ChannelClosed, ChannelNotFoundEntity

from shared.contracts.topology import Exchange, Queue
from shared.runtime.logs import get_logger


async def declare(connection: AbstractConnection, queues: Sequence[Queue], exchanges: Sequence[Exchange]) -> None:
    """Declare these with their bindings; declaring them again changes nothing.

    One that the broker has with other arguments is logged and used as it is: it stops none of the others. So is a queue
    whose node of the cluster is away.
    """
    steps = [(each.name, partial(_declare_exchange, each)) for each in exchanges]
    steps += [(each.name, partial(_declare_queue, each)) for each in queues]
    channel = await connection.channel()
    for name, step in steps:
        try:
            await step(channel)
        except ChannelClosed as error:  # the broker ends a channel whose declaration it refuses
            away = isinstance(error, ChannelNotFoundEntity)
            log = get_logger().warning if away else get_logger().error
            log("queue_away" if away else "topology_differs", name=name, reason=str(error))
            channel = await connection.channel()
    await channel.close()


async def _declare_exchange(exchange: Exchange, channel: AbstractChannel) -> None:
    await channel.declare_exchange(exchange.name, ExchangeType(exchange.type), durable=True)


async def _declare_queue(queue: Queue, channel: AbstractChannel) -> None:
    declared = await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
    for source, key in queue.bindings:
        await declared.bind(source, key)


async def existing(connection: AbstractConnection, names: Iterable[str]) -> AsyncIterator[AbstractQueue]:
    """Those of the queues that the broker has, each on a channel of its own, with its counts of this moment."""
    for name in names:
        channel = await connection.channel()
        try:
            yield await channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:  # which has ended the channel
            continue
        finally:
            if not channel.is_closed:
                await channel.close()


async def detach_earlier(connection: AbstractConnection, queue: Queue) -> list[str]:
    """The names of the queue in earlier releases that the broker still has. No new message reaches one from now on.

    An old process that declares its own again binds it: until the next consumer comes, messages reach both queues, and
    each request is carried out once.
    """
    names = []
    async for earlier in existing(connection, queue.earlier):
        for source, key in queue.bindings:
            await earlier.unbind(source, key)
        names.append(earlier.name)
    return names
