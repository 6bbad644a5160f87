"""Queues of earlier releases, for operators: how far they are drained, and their end."""

from __future__ import annotations

from collections.abc import Sequence

from aio_pika.abc import AbstractQueue
from msgspec import Struct

from shared.adapters.rabbitmq.connection import open_broker, translated
from shared.contracts.topology import QUEUES, Queue


class EarlierQueue(Struct, frozen=True):
    """A queue in whose place another one is."""

    name: str
    successor: str
    messages: int  # that wait; those which a consumer has are not counted
    consumers: int
    deleted: bool


async def earlier_queues(amqp_url: str, *, delete: bool, queues: Sequence[Queue] = QUEUES) -> list[EarlierQueue]:
    """The earlier queues that the broker has. With `delete`, those without messages are deleted. Raises BrokerUnavailable.

    A consumer of a deleted queue connects anew, and what it has in work goes on. Processes of the earlier release declare
    their queue again: delete it once none of them runs.
    """
    async with open_broker(amqp_url, ()) as broker:
        with translated():
            return [
                await _counted(earlier, queue, delete=delete)
                for queue in queues
                async for earlier in broker.existing(queue.earlier)
            ]


async def _counted(earlier: AbstractQueue, queue: Queue, *, delete: bool) -> EarlierQueue:
    counts = earlier.declaration_result
    messages, consumers = counts.message_count or 0, counts.consumer_count or 0
    deleted = delete and not messages
    if deleted:
        await earlier.delete(if_unused=False, if_empty=False)  # quorum queues know neither condition
    return EarlierQueue(earlier.name, queue.name, messages, consumers, deleted)
