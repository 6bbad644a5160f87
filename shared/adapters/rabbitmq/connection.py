"""Connections to RabbitMQ, with the topology declared on them.

A connection does not reconnect by itself: when it is lost, its block ends, and `keep_connected` opens another. Work in
progress never depends on a connection, so that a fresh start is the simplest recovery.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue, ExchangeType
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from shared.adapters.translate import translated_by
from shared.contracts.topology import EXCHANGES, QUEUES
from shared.domain.errors import BrokerUnavailable, in_full
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger

_CONNECT_TIMEOUT_S = 10.0
_RECONNECT_S = 0.5
_RECONNECT_MAX_S = 5.0

Result = TypeVar("Result")


class Broker:
    """An open connection. `lost` is set once it, or a channel opened here, has ended."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self.lost = asyncio.Event()
        connection.close_callbacks.add(self._on_close)

    def _on_close(self, *_: Any) -> None:
        self.lost.set()

    @asynccontextmanager
    async def channel(self, *, prefetch: int = 1) -> AsyncIterator[AbstractChannel]:
        """A channel with publisher confirms, on which an unroutable mandatory message is an error."""
        with translated():
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            channel.close_callbacks.add(self._on_close)
            await channel.set_qos(prefetch_count=prefetch)
        try:
            yield channel
        finally:
            channel.close_callbacks.discard(self._on_close)
            if not channel.is_closed:
                with translated():
                    await channel.close()

    async def unless_lost(self, work: Awaitable[Result]) -> Result:
        """The result of `work`. Raises BrokerUnavailable, and cancels the work, when the connection ends first."""
        working = asyncio.ensure_future(work)
        losing = asyncio.ensure_future(self.lost.wait())
        try:
            await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise BrokerUnavailable("the connection to the message broker was lost")
        finally:
            losing.cancel()
            if not working.done():
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)


@asynccontextmanager
async def open_broker(amqp_url: str) -> AsyncIterator[Broker]:
    """A connection with the topology declared, closed at the end. Raises BrokerUnavailable."""
    with translated():
        connection = await aio_pika.connect(amqp_url, timeout=_CONNECT_TIMEOUT_S)
    try:
        broker = Broker(connection)
        async with broker.channel() as channel:
            await declare_topology(channel)
        yield broker
    finally:
        if not connection.is_closed:
            with translated():
                await connection.close()


async def keep_connected(amqp_url: str, stopping: asyncio.Event, use: Callable[[Broker], Awaitable[None]]) -> None:
    """Run `use` on a connection, and again on a new one whenever it is lost, until the process is stopping."""
    wait_s = _RECONNECT_S
    while not stopping.is_set():
        try:
            async with open_broker(amqp_url) as broker:
                wait_s = _RECONNECT_S
                await use(broker)
        except BrokerUnavailable as error:
            get_logger().warning("broker_unavailable", reason=in_full(error), retry_s=wait_s)
            await stops_within(stopping, wait_s)
            wait_s = min(wait_s * 2, _RECONNECT_MAX_S)


async def declare_topology(channel: AbstractChannel) -> dict[str, AbstractQueue]:
    """Declare every exchange, queue and binding; declaring them again changes nothing. Gives the queues by name."""
    queues = {}
    with translated():
        for exchange in EXCHANGES:
            await channel.declare_exchange(exchange.name, ExchangeType(exchange.type), durable=True)
        for queue in QUEUES:
            declared = await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
            for source, key in queue.bindings:
                await declared.bind(source, key)
            queues[queue.name] = declared
    return queues


def _ours(error: BaseException) -> BrokerUnavailable | None:
    away = isinstance(error, (TimeoutError, AMQPError, ChannelInvalidStateError, OSError))
    # aio-pika raises a RuntimeError for a channel or connection that is closed already.
    if away or (isinstance(error, RuntimeError) and "closed" in str(error).lower()):
        return BrokerUnavailable(detail=str(error) or type(error).__name__)
    return None


def translated() -> AbstractContextManager[None]:
    """Turn errors of a broker that cannot be reached, or has gone away, into BrokerUnavailable."""
    return translated_by(_ours)
