"""The queue of dead letters, for operators: what lies there and why, sent again or dropped one by one.

A letter that is looked at goes back to the queue when the connection ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.adapters.rabbitmq.addresses import user_of
from shared.adapters.rabbitmq.command_queue import CODE, EXCHANGE, REASON, ROUTING_KEY, SENDER, copy_of
from shared.adapters.rabbitmq.connection import CONFIRM_TIMEOUT_S, open_broker, translated
from shared.contracts.topology import DEAD, queues_named
from shared.domain.operator.dead_letter import ALL, DeadLetter

MOST = 100_000  # letters that are looked through for those that are named
MOST_SETTLED = 1000  # letters that one call sends again or drops: each waits for the broker
_LOOKS = "x-delivery-count"  # how often a letter was looked at
_OF_A_DEAD_LETTER = frozenset({CODE, REASON, EXCHANGE, ROUTING_KEY, _LOOKS})
_SENTENCES = {  # of RabbitMQ's own reasons
    "delivery_limit": "It was delivered too often: each time its consumer ended before it was acknowledged.",
    "rejected": "Its consumer could not read it.",
    "expired": "It waited too long in its queue.",
    "maxlen": "Its queue was full.",
}


class DeadLetters:
    """The letters that this connection has looked at, with the means to settle them."""

    def __init__(self, channel: AbstractChannel, own_user: str) -> None:
        self._channel = channel
        self._own_user = own_user

    async def read(self, limit: int) -> AsyncIterator[tuple[DeadLetter, AbstractIncomingMessage]]:
        """Up to `limit` letters from the head of the queue. Raises BrokerUnavailable."""
        with translated():
            queue = await self._channel.get_queue(DEAD, ensure=False)
            for _ in range(limit):
                message = await queue.get(fail=False)
                if message is None:
                    return
                yield letter_of(message), message

    async def replay(self, letter: DeadLetter, message: AbstractIncomingMessage) -> None:
        """Send a letter where it was sent first, and then remove it. Raises BrokerUnavailable where nothing receives it."""
        headers = {name: value for name, value in message.headers.items() if not _of_a_dead_letter(name)}
        if letter.sender is not None:
            headers[SENDER] = letter.sender
        again = copy_of(message, headers, self._own_user)
        with translated():
            exchange = await self._channel.get_exchange(letter.exchange, ensure=False)
            await exchange.publish(again, letter.routing_key, mandatory=True, timeout=CONFIRM_TIMEOUT_S)
            await message.ack()

    async def drop(self, message: AbstractIncomingMessage) -> None:
        """Remove a letter. Raises BrokerUnavailable."""
        with translated():
            await message.ack()

    async def oldest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit` letters, the oldest first. Raises BrokerUnavailable."""
        return [letter async for letter, _ in self.read(limit)]

    async def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with this id. Raises BrokerUnavailable."""
        async for letter, _ in self.read(MOST):
            if letter.id == letter_id:
                return letter
        return None

    async def settle(
        self, ids: Collection[str], *, limit: int = MOST_SETTLED, replay: bool, dry_run: bool = False
    ) -> tuple[list[str], bool]:
        """Replay or drop up to `limit` letters with these ids, or ALL: (the ids of these, whether others remain).

        The oldest come first. Raises BrokerUnavailable.
        """
        settled: list[str] = []
        async for letter, message in self.read(MOST):
            if letter.id not in ids and ALL not in ids:
                continue
            if len(settled) == limit:
                return settled, True
            if not dry_run:
                await (self.replay(letter, message) if replay else self.drop(message))
            settled.append(letter.id)
            if ALL not in ids and len(settled) == len(ids):
                break
        return settled, False


class BrokersDeadLetters:
    """The dead letters of a broker, by a connection for each call: operators seldom look."""

    def __init__(self, amqp_url: str) -> None:
        self._amqp_url = amqp_url

    async def oldest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit` letters, the oldest first. Raises BrokerUnavailable."""
        async with open_dead_letters(self._amqp_url) as letters:
            return await letters.oldest(limit)

    async def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with this id. Raises BrokerUnavailable."""
        async with open_dead_letters(self._amqp_url) as letters:
            return await letters.find(letter_id)

    async def settle(
        self, ids: Collection[str], *, limit: int = MOST_SETTLED, replay: bool, dry_run: bool
    ) -> tuple[list[str], bool]:
        """Replay or drop letters, as DeadLetters does. Raises BrokerUnavailable."""
        async with open_dead_letters(self._amqp_url) as letters:
            return await letters.settle(ids, limit=limit, replay=replay, dry_run=dry_run)


@asynccontextmanager
async def open_dead_letters(amqp_url: str) -> AsyncIterator[DeadLetters]:
    """The dead letters of a broker during the block."""
    async with open_broker(amqp_url, queues_named(DEAD)) as broker, broker.channel(prefetch=0) as channel:
        yield DeadLetters(channel, user_of(amqp_url))


def letter_of(message: AbstractIncomingMessage) -> DeadLetter:
    """What a message in the queue says of itself: our own headers, else those of the broker (`x-death`)."""
    headers = {name: value for name, value in message.headers.items() if name != _LOOKS}
    first = _first_death(headers)
    broker_reason = str(first.get("reason", "unknown"))
    keys = first.get("routing-keys") or [""]
    identity = hashlib.sha256(repr((message.message_id, sorted(map(str, headers.items())), message.body)).encode())
    return DeadLetter(
        id=identity.hexdigest()[:12],
        code=str(headers.get(CODE) or broker_reason),
        reason=str(headers.get(REASON) or _SENTENCES.get(broker_reason, broker_reason)),
        exchange=str(headers.get(EXCHANGE) or first.get("exchange", "")),
        routing_key=str(headers.get(ROUTING_KEY) or keys[0]),
        sender=str(headers[SENDER]) if SENDER in headers else message.user_id,
        message_id=message.message_id,
        sent_at=message.timestamp.isoformat() if message.timestamp else None,
        headers={name: str(value) for name, value in headers.items()},
        body=message.body.decode("utf-8", "replace"),
    )


def _first_death(headers: dict[str, Any]) -> dict[str, Any]:
    deaths = headers.get("x-death")
    return deaths[-1] if isinstance(deaths, list) and deaths and isinstance(deaths[-1], dict) else {}


def _of_a_dead_letter(header: str) -> bool:
    return header in _OF_A_DEAD_LETTER or header.startswith(("x-death", "x-first-death", "x-last-death"))
