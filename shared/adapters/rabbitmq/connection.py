"""Connections to RabbitMQ, with the topology declared on them.

A connection does not reconnect by itself: when it is lost, its block ends, and `keep_connected` opens another. Work in
progress never depends on a connection, so that a fresh start is the simplest recovery.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelInvalidStateError,
    ProbableAuthenticationError,
)
from aiormq.exceptions import InvalidFrameError
from pamqp.commands import Connection as ConnectionFrames

from shared.adapters.rabbitmq.addresses import addresses, with_heartbeat
from shared.adapters.rabbitmq.topology import declare, detach_earlier, existing
from shared.adapters.translate import translated_by
from shared.contracts.topology import QUEUES, Queue, exchanges_of
from shared.domain.errors import BrokerUnavailable, in_full
from shared.runtime.environment import Mistakes
from shared.runtime.lifecycle import stops_within, unless
from shared.runtime.logs import get_logger

CONFIRM_TIMEOUT_S = 15.0  # how long the broker may take to confirm a message

_CONNECT_TIMEOUT_S = 10.0
_NODE_TIMEOUT_S = 3.0  # the same where there are other nodes: one that is frozen accepts connections, and says nothing
_CHECK_S = 5.0  # a broker waits for a moment before it refuses a password
_NOT_ALLOWED = 530  # AMQP 0-9-1, 1.2
_RECONNECT_S = 0.5
_RECONNECT_MAX_S = 5.0

Result = TypeVar("Result")


@dataclass(slots=True)
class ConnectedParts:
    """How many parts of a process are connected to the broker; the process is ready while one is."""

    count: int = 0

    async def check(self) -> None:
        """Raise BrokerUnavailable while none is."""
        if not self.count:
            raise BrokerUnavailable("no connection to the message broker")

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a part during the block."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


class Broker:
    """An open connection. `lost` is set once it, or a channel opened here, has ended, or the broker ends a consumer.

    The broker ends the consumers of a queue that is deleted, and in a cluster those of a queue that loses its node. A
    fresh connection declares the queue again.
    """

    def __init__(self, connection: AbstractConnection, queues: Sequence[Queue]) -> None:
        self._connection = connection
        self._queues = {each.name: each for each in queues}
        self.lost = asyncio.Event()
        connection.close_callbacks.add(self._on_close)

    def _on_close(self, *_: Any) -> None:
        self.lost.set()

    @asynccontextmanager
    async def channel(self, *, prefetch: int = 1) -> AsyncIterator[AbstractChannel]:
        """A channel with publisher confirms, on which an unroutable mandatory message is an error."""
        with translated():
            # With confirms a publish ends once the broker has taken the message; without them it may be lost silently.
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            channel.close_callbacks.add(self._on_close)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(self._on_close)
            await channel.set_qos(prefetch_count=prefetch)
        try:
            yield channel
        finally:
            channel.close_callbacks.discard(self._on_close)
            if not channel.is_closed:
                with translated():
                    await channel.close()

    def existing(self, names: Iterable[str]) -> AsyncIterator[AbstractQueue]:
        """Those of the queues that the broker has, with their counts of this moment; each can be deleted while it is given."""
        return existing(self._connection, names)

    async def earlier(self, queue_name: str) -> list[str]:
        """The queues of earlier releases in whose place a consumed one is, as far as they exist. Raises BrokerUnavailable.

        They get no new messages from now on; consumers of the queue drain them.
        """
        queue = self._queues.get(queue_name)
        if queue is None or not queue.earlier:
            return []
        with translated():
            return await detach_earlier(self._connection, queue)

    async def unless_lost(self, work: Awaitable[Result]) -> Result:
        """The result of `work`, never None. Raises BrokerUnavailable, and cancels the work, if the connection ends first."""
        result = await unless(self.lost, work)
        if result is None:
            raise BrokerUnavailable("the connection to the message broker was lost")
        return result


@asynccontextmanager
async def open_broker(amqp_url: str, queues: Sequence[Queue] = QUEUES) -> AsyncIterator[Broker]:
    """A connection to one node, with these queues and their exchanges declared, closed at the end. Raises BrokerUnavailable.

    Raises Mistakes if each node refuses the connection: the URL has the wrong form, user, password or virtual host.
    """
    async with _connected(amqp_url) as connection:
        with translated():
            await declare(connection, queues, exchanges_of(queues))
        yield Broker(connection, queues)


@asynccontextmanager
async def _connected(amqp_url: str) -> AsyncIterator[AbstractConnection]:
    connection = await _connect_to_one(addresses(amqp_url))
    try:
        yield connection
    finally:
        if not connection.is_closed:
            with translated():
                await connection.close()


async def _connect_to_one(nodes: Sequence[str]) -> AbstractConnection:
    """A connection to the first node that takes one, in random order: many processes spread over the nodes.

    A refusal of one node, whose accounts may not have arrived yet, is raised only if no other is away.
    """
    timeout_s, errors = (_CONNECT_TIMEOUT_S if len(nodes) == 1 else _NODE_TIMEOUT_S), []
    for node in random.sample(nodes, len(nodes)):
        try:
            with translated(), _url_checked():
                return await aio_pika.connect(with_heartbeat(node), timeout=timeout_s)
        except (BrokerUnavailable, Mistakes) as error:
            errors.append(error)
    raise next((error for error in errors if isinstance(error, BrokerUnavailable)), errors[0])


async def check_address(amqp_url: str) -> None:
    """Connect once. Raises Mistakes as open_broker does; a broker that does not answer is no reason to raise."""
    with suppress(BrokerUnavailable, TimeoutError):
        async with asyncio.timeout(_CHECK_S), _connected(amqp_url):
            pass


async def keep_connected(
    amqp_url: str, stopping: asyncio.Event, use: Callable[[Broker], Awaitable[None]], queues: Sequence[Queue] = QUEUES
) -> None:
    """Run `use` on a connection, and again on a new one whenever it is lost, until the process is stopping.

    `queues` are those that it uses: a process declares no others, so that no fault of another one's queue is its own.

    Raises Mistakes as open_broker does, but only until the first connection: a broker that refuses a user later, because
    its accounts are being changed, ends no work in progress.
    """
    wait_s, was_connected = _RECONNECT_S, False
    while not stopping.is_set():
        try:
            async with open_broker(amqp_url, queues) as broker:
                wait_s, was_connected = _RECONNECT_S, True
                await use(broker)
        except (BrokerUnavailable, Mistakes) as error:
            refused = isinstance(error, Mistakes)
            if refused and not was_connected:
                raise
            log = get_logger().error if refused else get_logger().warning
            log("broker_refused" if refused else "broker_unavailable", reason=in_full(error), retry_s=wait_s)
            await stops_within(stopping, wait_s)
            # Doubled up to the limit: many processes that reconnect at once would slow the start of the broker.
            wait_s = min(wait_s * 2, _RECONNECT_MAX_S)


@contextmanager
def _url_checked() -> Iterator[None]:
    """Raise Mistakes for an address that the broker refuses. The line has no password."""
    try:
        yield
    except (AuthenticationError, ProbableAuthenticationError, InvalidFrameError) as error:
        reason = _refusal(error)
        if reason is None:
            raise
        raise Mistakes([f"AMQP_URL: the broker refused the connection: {reason}"]) from error
    except ValueError as error:  # the text of yarl could quote a password
        raise Mistakes(["AMQP_URL: not an address of the form amqp://user@host:port/vhost"]) from error


def _refusal(error: AMQPError) -> str | None:
    """Why the broker refuses user, password or virtual host; None for a refusal that may be over soon.

    A virtual host is refused by a Close in the place of OpenOk. aiormq raises InvalidFrameError for it, which has neither
    code nor text, so the frame is taken from where it was raised. The code is also that of a connection over a limit.
    """
    if not isinstance(error, InvalidFrameError):
        return str(error)
    frame = [each.f_locals.get("frame") for each, _ in traceback.walk_tb(error.__traceback__)][-1]
    if not isinstance(frame, ConnectionFrames.Close) or frame.reply_code != _NOT_ALLOWED or "limit" in frame.reply_text:
        return None
    return frame.reply_text


def _ours(error: BaseException) -> BrokerUnavailable | None:
    away = isinstance(error, (TimeoutError, AMQPError, ChannelInvalidStateError, OSError))
    # aio-pika raises a RuntimeError for a channel or connection that is closed already.
    closed = isinstance(error, RuntimeError) and "closed" in str(error).lower()
    if away or closed or _is_of_the_library(error):
        return BrokerUnavailable(detail=str(error) or type(error).__name__)
    return None


def _is_of_the_library(error: BaseException) -> bool:
    """Whether this is a CancelledError although nothing cancels the task.

    A call that waits on a connection which is given up as silent gets the one of aiormq's reader.
    """
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()


def translated() -> AbstractContextManager[None]:
    """Turn errors of a broker that cannot be reached, or has gone away, into BrokerUnavailable."""
    return translated_by(_ours)
