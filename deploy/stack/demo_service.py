"""A service that knows the broker alone: it sends a course as messages, requests its export and is told of the end.

Its user of the broker may publish commands, bind queues of its own to events, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.stack.native_servers import NativeServers
from deploy.stack.running_system import OPERATOR, CommandFailed, RunningSystem
from deploy.stack.shown_events import shown_events
from shared.contracts.cloud_events import STRUCTURED
from shared.contracts.topology import COMMANDS

_NAME = "sis"
_COURSE = 7001
_REPLIES = "amq.rabbitmq.reply-to"
_PATIENCE_S = 30.0
_CONTENT: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("courses", [{"id": _COURSE, "name": "Sent as messages", "course_code": "MSG", "workflow_state": "available"}]),
    ("pages", [{"id": n, "title": f"Page {n}", "body": f"<p>The text of page {n}.</p>"} for n in range(1, 6)]),
    (
        "modules",
        [
            {
                "id": 11,
                "name": "Week 1",
                "items": [{"id": 20 + n, "type": "Page", "title": f"Page {n}", "content_id": n} for n in range(1, 6)],
            }
        ],
    ),
)


def show_service(system: RunningSystem, native: NativeServers) -> None:
    """Add a service as an operator does, and let it send and export a course. Raises CommandFailed."""
    amqp_url = _service_url(system, native)
    with shown_events(amqp_url, _COURSE) as events:
        asyncio.run(_send_course(amqp_url))
        events.wait_ends(1)


def _service_url(system: RunningSystem, native: NativeServers) -> str:
    """The address of the broker for the service, once it has its rights and its user."""
    own, password = urlsplit(system.servers.amqp_url), secrets.token_urlsafe(16)
    system.command("service", _NAME, "--may", "export.request", "--may", "content.write")
    words, env = ("topology", "--app-user", own.username or "guest"), {"BROKER_PASSWORD_SIS": password}
    native.rabbitmq.import_definitions(system.command(*words, env=env))
    return f"amqp://{_NAME}:{password}@{own.hostname}:{own.port}/"


async def _send_course(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel, arrived = await connection.channel(), asyncio.Queue[AbstractIncomingMessage]()
        await (await channel.get_queue(_REPLIES, ensure=False)).consume(arrived.put, no_ack=True)
        for kind, objects in _CONTENT:
            context = {} if kind == "courses" else {"context": f"courses/{_COURSE}"}
            data = {**context, "objects": objects}
            reply = await _ask(channel, arrived, f"content.{kind}.upsert", data)
            print(f"service {_NAME} sent {kind}: {reply['taken']} taken", flush=True)
        request = {"context": f"courses/{_COURSE}", "export_type": "common_cartridge", "user_id": OPERATOR}
        reply = await _ask(channel, arrived, "export.request", request)
        print(f"service {_NAME} requested a cartridge: export {reply['id']} is {reply['workflow_state']}", flush=True)


async def _ask(
    channel: AbstractChannel, arrived: asyncio.Queue[AbstractIncomingMessage], key: str, data: dict[str, Any]
) -> dict[str, Any]:
    """The data of the reply to a command. Raises CommandFailed for one that is refused."""
    command_id = str(uuid4())
    event = {"specversion": "1.0", "id": command_id, "source": f"/{_NAME}", "type": f"{key}.v1", "data": data}
    message = aio_pika.Message(
        json.dumps(event).encode(),
        content_type=STRUCTURED,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=command_id,
        reply_to=_REPLIES,
        user_id=_NAME,
    )
    await (await channel.get_exchange(COMMANDS, ensure=False)).publish(message, key)
    reply = json.loads((await asyncio.wait_for(arrived.get(), _PATIENCE_S)).body)
    if not reply["type"].endswith(".accepted.v1"):
        raise CommandFailed(f"the command {key} was refused: {reply['data']['detail']}")
    return dict(reply["data"])
