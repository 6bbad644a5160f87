"""Commands a second that one inbox process accepts and commits, and the time until the reply; creates over HTTP beside.

A service sends `export.request` at a fixed rate and waits for nothing: the time of a command is from its publication to its
reply, with the wait in the queue. Then as many as it can at once: the rate at which the inbox empties a full queue.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from itertools import count

import aio_pika
import msgspec

from shared.contracts.cloud_events import STRUCTURED
from shared.contracts.topology import COMMANDS
from shared.runtime.lifecycle import new_event_loop
from tests.bench.http import Server, by_turns, creates
from tests.bench.table import Line
from tests.bench.whole_path import loaded_stack

RATE = 1_000  # commands a second
SECONDS = 5
BURST = 5_000
_TICK_S = 0.01
_HEADERS = {"x-user-id": "bench"}  # our own user names the service, as for commands that operators replay
_IDS = count()

Send = Callable[[], Awaitable[None]]


class Load:
    """Commands that were sent, and the seconds until the reply of each."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel, course_id: int, user: str) -> None:
        self._channel, self._course_id, self._user = channel, course_id, user
        self._sent: dict[str, float] = {}
        self._answered = asyncio.Event()  # all that was sent so far
        self.seconds: list[float] = []

    async def receive(self, reply: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.seconds.append(time.perf_counter() - self._sent.pop(reply.correlation_id or ""))
        assert reply.type == "export.accepted.v1", reply.body
        if not self._sent:
            self._answered.set()

    async def send(self) -> None:
        command_id = f"bench-{next(_IDS)}"
        event = {
            "specversion": "1.0",
            "id": command_id,
            "source": "/bench",
            "type": "export.request.v1",
            "subject": f"courses/{self._course_id}",
            "data": {"export_type": "qti", "user_id": 1, "skip_notifications": True},
        }
        message = aio_pika.Message(
            msgspec.json.encode(event),
            content_type=STRUCTURED,
            message_id=command_id,
            user_id=self._user,
            reply_to="amq.rabbitmq.reply-to",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers=_HEADERS,
        )
        self._sent[command_id] = time.perf_counter()
        exchange = await self._channel.get_exchange(COMMANDS, ensure=False)
        await exchange.publish(message, "export.request")

    async def until_answered(self) -> None:
        """Wait for all replies."""
        while self._sent:
            self._answered.clear()
            await self._answered.wait()


async def opened(amqp_url: str, course_id: int, work: Callable[[Load], Awaitable[None]]) -> Load:
    """A load on a connection of its own. The client's channel confirms nothing: a reply says more."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        user = amqp_url.partition("//")[2].partition(":")[0]
        load = Load(channel, course_id, user)
        replies = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await replies.consume(load.receive, no_ack=True)
        await work(load)
        await load.until_answered()
        return load


async def at_a_rate(load: Load) -> None:
    """`RATE` commands a second, whatever becomes of them."""
    started = time.perf_counter()
    sent = 0
    while (now := time.perf_counter() - started) < SECONDS:
        while sent < now * RATE:
            await load.send()
            sent += 1
        await asyncio.sleep(_TICK_S)


async def at_once(load: Load) -> None:
    """All as fast as they can be sent."""
    for _ in range(BURST):
        await load.send()


def run() -> list[Line]:
    """At a rate, then a full queue, then creates over HTTP, with nothing else at work but the servers."""
    os.environ |= {"RATE_LIMIT_PER_S": "1e9", "RATE_LIMIT_BURST": "1e9"}  # one token asks for all
    with loaded_stack() as (stack, client, course_id):
        done = stack.cli("service", "bench", "--may", "export.request")
        assert done.returncode == 0, done.stderr
        for other in ("qti", "cartridge", "zip", "janitor", "relay"):
            stack.stop(other)
        inbox, amqp_url = Server("", stack.pid("inbox")), stack.system.servers.amqp_url
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(opened(amqp_url, course_id, at_once))  # a turn that does not count
            steady = sorted(runner.run(opened(amqp_url, course_id, at_a_rate)).seconds)
            started, used = time.perf_counter(), inbox.cpu_s()
            runner.run(opened(amqp_url, course_id, at_once))
            rate, cpu_us = BURST / (time.perf_counter() - started), (inbox.cpu_s() - used) / BURST * 1e6
        gateway = Server(stack.base_url, stack.pid("gateway"))
        (http,) = by_turns((gateway,), lambda: creates(course_id, client.token))
    p50, p99 = steady[len(steady) // 2] * 1000, steady[int(len(steady) * 0.99)] * 1000
    creates_s = f"{http.rate:,.0f} creates/s over HTTP"
    create_us = f"{http.cpu_us:,.0f} of a create over HTTP"
    return [
        Line(f"commands, {RATE:,} sent a second, p99 of the reply", p99, "ms", f"p50 {p50:.3g} ms"),
        Line("commands, one inbox process", rate, "commands/s", creates_s, rate / http.rate, ">= 1,000/s"),
        Line("commands, processor time of the process", cpu_us, "µs/command", create_us, cpu_us / http.cpu_us),
    ]
