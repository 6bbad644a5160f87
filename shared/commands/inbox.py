"""The life of commands in a process: received many at a time, judged together, answered, then acknowledged.

A command is acknowledged after its change has committed and its reply is with the broker. So a process that is killed at
any step leaves it in the queue, and the next one finds what was done and answers it again.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge

from shared.adapters.rabbitmq.command_queue import CommandDelivery, CommandQueue, open_command_queue
from shared.adapters.rabbitmq.connection import Broker, ConnectedParts, translated
from shared.commands.judge import Judge, Verdict
from shared.domain.errors import BrokerUnavailable, in_full
from shared.runtime.logs import get_logger

_COMMANDS = Counter("content_exports_commands_total", "Commands by what became of them", ["type", "outcome"])
_OLDEST = Gauge(
    "content_exports_commands_oldest_seconds", "How long ago the oldest command that this process has in work was sent"
)


@dataclass(slots=True)
class Inbox:
    """Takes the commands of one queue until the process is stopping."""

    queue_name: str
    judge: Judge
    stopping: asyncio.Event
    grace_s: float
    prefetch: int = 256  # commands in work at a time; what waits beyond them waits in the queue
    group_s: float = 0.05  # how long the next group waits for the one before
    receiving: ConnectedParts = field(default_factory=ConnectedParts)
    _in_work: dict[asyncio.Task[None], float] = field(default_factory=dict)  # with the time when each was sent

    def __post_init__(self) -> None:
        """Have the age of the oldest command computed when metrics are read."""
        _OLDEST.set_function(self.oldest_s)

    def oldest_s(self) -> float:
        """The age of the oldest command in work; 0 without any. Clocks of senders may differ from ours."""
        return max(0.0, time.time() - min(self._in_work.values())) if self._in_work else 0.0

    async def serve(self, broker: Broker) -> None:
        """Take commands until the process is stopping. Raises BrokerUnavailable when the connection is lost."""
        async with open_command_queue(broker, self.queue_name, self.prefetch) as queue:
            arrived: asyncio.Queue[CommandDelivery] = asyncio.Queue()
            async with queue.consuming(arrived.put):
                get_logger().info("inbox_connected", queue=self.queue_name)
                await self._take_until_stopping(broker, asyncio.create_task(self._start_groups(queue, arrived)))
            await self._end_in_order()

    async def _take_until_stopping(self, broker: Broker, starting: asyncio.Task[None]) -> None:
        try:
            with self.receiving.one_more():
                await broker.unless_lost(self.stopping.wait())
        finally:
            starting.cancel()

    async def _start_groups(self, queue: CommandQueue, arrived: asyncio.Queue[CommandDelivery]) -> None:
        """Start what has arrived while the group before was in work, together, so that its statements are shared.

        A lone command waits for nothing, and none waits for a slow one longer than `group_s`.
        """
        while True:
            group = [await arrived.get()]
            while not arrived.empty():
                group.append(arrived.get_nowait())
            tasks = [self._begin(queue, message) for message in group]
            await asyncio.wait(tasks, timeout=self.group_s)

    def _begin(self, queue: CommandQueue, message: CommandDelivery) -> asyncio.Task[None]:
        sent = message.timestamp.timestamp() if message.timestamp else time.time()
        task = asyncio.create_task(self._take(queue, message))
        self._in_work[task] = sent
        task.add_done_callback(self._in_work.pop)
        return task

    async def _end_in_order(self) -> None:
        """Let commands in work end within the grace time; the broker delivers the others to another process."""
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=self.grace_s)
        for task in list(self._in_work):
            task.cancel()

    async def _take(self, queue: CommandQueue, message: CommandDelivery) -> None:
        verdict = await self.judge.judge(message)
        if verdict is None:
            return
        try:
            if verdict.death is not None:
                await queue.bury(message, *verdict.death, self.judge.senders.name_of(message))
            await self._reply(queue, message, verdict)
            with translated():
                await message.ack()
        except BrokerUnavailable as error:  # it is delivered again, and found done
            get_logger().warning("command_not_settled", type=verdict.type, reason=in_full(error))
            return
        _COMMANDS.labels(verdict.type, verdict.outcome).inc()

    async def _reply(self, queue: CommandQueue, message: CommandDelivery, verdict: Verdict) -> None:
        if not message.reply_to:
            return
        if not self.judge.senders.may_answer(message):
            get_logger().info("reply_not_sent", type=verdict.type, reply_to=message.reply_to[:255])
            return
        try:
            await queue.reply(message.reply_to, verdict.reply, message.correlation_id or message.message_id)
        except (
            BrokerUnavailable
        ) as error:  # also where the queue of the sender is full: its command is done all the same
            get_logger().warning("reply_not_sent", type=verdict.type, reason=in_full(error))
