"""An internal service of a test: it knows the broker alone, sends commands and waits for the replies to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aio_pika
import msgspec
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.contracts.cloud_events import STRUCTURED
from shared.contracts.commands import ReplyType
from shared.contracts.content_commands import ContentReplyType
from shared.contracts.topology import COMMANDS
from tests.support.described_messages import NotDescribed, check_message

_ACCEPTED = (ReplyType.ACCEPTED, ContentReplyType.ACCEPTED)
REPLY_TO = "amq.rabbitmq.reply-to"


class ServiceClient:
    """A connection of a service. Its replies come by direct reply-to, unless a command says otherwise."""

    def __init__(self, channel: AbstractChannel, user: str) -> None:
        self.channel, self.user = channel, user
        self.replies: dict[str, asyncio.Queue[AbstractIncomingMessage]] = {}
        self.answered = asyncio.Event()  # the first reply has come
        self.sent: dict[str, aio_pika.Message] = {}  # by the correlation id of the reply
        self.undescribed: list[NotDescribed] = []

    async def receive(self, message: AbstractIncomingMessage) -> None:
        self.answered.set()
        self._check(message)
        self.replies.setdefault(message.correlation_id or "", asyncio.Queue()).put_nowait(message)

    def _check(self, reply: AbstractIncomingMessage) -> None:
        """Hold a reply against the description, and the command where it was accepted."""
        command = self.sent.get(reply.correlation_id or "")
        accepted = command is not None and reply.type in _ACCEPTED and command.content_type == STRUCTURED
        try:
            check_message(reply)
            if accepted and command is not None:
                check_message(command)
        except NotDescribed as error:
            self.undescribed.append(error)

    async def send(self, type_: str, data: Any, **properties: Any) -> str:
        """Send a command in structured mode. Returns its id, under which replies arrive."""
        event_id = properties.pop("id", None) or str(uuid4())
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": properties.pop("source", f"/{self.user}"),
            "type": type_,
            "data": data,
            **properties.pop("attributes", {}),
        }
        key = properties.pop("key", type_.removesuffix(".v1"))
        await self.publish(msgspec.json.encode(event), key, **{"message_id": event_id, **properties})
        return event_id

    async def publish(self, body: bytes, key: str, **properties: Any) -> None:
        """Send any message to the exchange of commands."""
        exchange = await self.channel.get_exchange(COMMANDS, ensure=False)
        given = {"content_type": STRUCTURED, "user_id": self.user, "reply_to": REPLY_TO, **properties}
        message = aio_pika.Message(body, **given)
        self.sent[message.correlation_id or message.message_id or ""] = message
        await exchange.publish(message, key)

    async def reply(self, correlation_id: str, within_s: float = 20.0) -> Mapping[str, Any]:
        """The next reply to a command, as the JSON of its event."""
        waiting = self.replies.setdefault(correlation_id, asyncio.Queue())
        message = await asyncio.wait_for(waiting.get(), within_s)
        assert message.content_type == STRUCTURED
        event = dict(msgspec.json.decode(message.body))
        assert (message.message_id, message.type, message.app_id) == (event["id"], event["type"], "content_exports")
        return event

    async def ask(self, type_: str, data: Any, **properties: Any) -> Mapping[str, Any]:
        """Send a command and wait for its reply."""
        return await self.reply(await self.send(type_, data, **properties))


@asynccontextmanager
async def service_client(amqp_url: str, user: str) -> AsyncIterator[ServiceClient]:
    """A service with this user of the broker during the block. Raises NotDescribed for the first message that is not."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        client = ServiceClient(channel, user)
        answers = await channel.get_queue(REPLY_TO, ensure=False)
        await answers.consume(client.receive, no_ack=True)
        yield client
        if client.undescribed:
            raise client.undescribed[0]
