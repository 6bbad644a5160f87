"""What the user of a service may do on the broker: publish its commands, read events and its own queues; nothing else."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError

from shared.contracts.broker_passwords import importable, with_passwords
from shared.contracts.broker_users import definitions
from shared.contracts.topology import (
    COMMANDS,
    CONTENT_COMMANDS,
    DEAD,
    EVENTS,
    EXPORT_COMMANDS,
    PLANS,
    REQUESTS,
    plan_queue,
    request_queue,
)
from shared.domain.export import ExportType
from shared.domain.services import Right, Service
from tests.support.servers import SessionServers

SIS = Service(name="sis", may=frozenset({Right.EXPORT_REQUEST, Right.EXPORT_CANCEL}))
CATALOGUE = Service(name="catalogue", may=frozenset({Right.CONTENT_WRITE}))
PASSWORD = "a-password-of-the-tests"
QUEUES = (request_queue(ExportType.ZIP), plan_queue(ExportType.ZIP), EXPORT_COMMANDS, CONTENT_COMMANDS, DEAD)

Attempt = Callable[[AbstractChannel], Awaitable[object]]


def address(servers: SessionServers, user: str) -> str:
    parts = urlsplit(servers.amqp_url)
    return f"amqp://{user}:{PASSWORD}@{parts.hostname}:{parts.port}/"


@pytest.fixture(scope="module")
def users(servers: SessionServers) -> None:
    printed = definitions([SIS, CATALOGUE], app_user=urlsplit(servers.amqp_url).username or "guest")
    document = with_passwords(printed, {"sis": PASSWORD, "catalogue": PASSWORD})
    document["users"] = document["users"][1:]  # our own user keeps its password
    servers.import_definitions(json.dumps(document))


@pytest.fixture
async def connection(servers: SessionServers, users: None) -> AsyncIterator[aio_pika.abc.AbstractConnection]:
    async with await aio_pika.connect(address(servers, "sis")) as opened:
        yield opened


def publish(exchange: str, key: str, **properties: str) -> Attempt:
    async def attempt(channel: AbstractChannel) -> None:
        target = channel.default_exchange if not exchange else await channel.get_exchange(exchange, ensure=False)
        await target.publish(aio_pika.Message(b"{}", **properties), key, mandatory=False)  # type: ignore[arg-type]

    return attempt


def declare(name: str) -> Attempt:
    return lambda channel: channel.declare_queue(name, exclusive=True)


def consume(name: str) -> Attempt:
    async def attempt(channel: AbstractChannel) -> None:
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(_nothing)

    return attempt


def bind(exchange: str, key: str, queue: str = "sis.q") -> Attempt:
    async def attempt(channel: AbstractChannel) -> None:
        own = await channel.declare_queue(queue, exclusive=True)
        await own.bind(exchange, key)

    return attempt


def bind_foreign(name: str) -> Attempt:
    async def attempt(channel: AbstractChannel) -> None:
        await (await channel.get_queue(name, ensure=False)).bind(EVENTS, "#")

    return attempt


def purge(name: str) -> Attempt:
    async def attempt(channel: AbstractChannel) -> None:
        await (await channel.get_queue(name, ensure=False)).purge()

    return attempt


def delete(name: str) -> Attempt:
    return lambda channel: channel.queue_delete(name)


def delete_exchange(name: str) -> Attempt:
    return lambda channel: channel.exchange_delete(name)


async def _nothing(_: aio_pika.abc.AbstractIncomingMessage) -> None: ...


FORBIDDEN = {
    "a command that it may not send": publish(COMMANDS, "export.retry"),
    "content": publish(COMMANDS, "content.pages.upsert"),
    "a key that begins as its own": publish(COMMANDS, "export.request.more"),
    "an event": publish(EVENTS, "content_export.exported"),
    "work for workers": publish(REQUESTS, "zip"),
    "a request for a plan": publish(PLANS, "zip"),
    "a dead letter": publish(DEAD, ""),
    "a message straight into a queue of workers": publish("", request_queue(ExportType.ZIP)),
    "a message straight into the queue of commands": publish("", EXPORT_COMMANDS),
    "a command under another name": publish(COMMANDS, "export.request", user_id="catalogue"),
    "a queue under another name": declare("catalogue.q"),
    "a queue under our name": declare("content_exports.more"),
    "commands of others": bind(COMMANDS, "#"),
    "work of workers": bind(REQUESTS, "zip"),
    "dead letters": bind(DEAD, ""),
    **{f"consuming {name}": consume(name) for name in QUEUES},
    **{f"binding {name}": bind_foreign(name) for name in QUEUES},
    **{f"purging {name}": purge(name) for name in QUEUES},
    **{f"deleting {name}": delete(name) for name in QUEUES},
    **{f"deleting the exchange {name}": delete_exchange(name) for name in (COMMANDS, EVENTS, REQUESTS, DEAD)},
}


@pytest.mark.parametrize("attempt", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_a_service_is_refused_what_is_not_its_own(
    connection: aio_pika.abc.AbstractConnection, attempt: Attempt
) -> None:
    channel = await connection.channel()
    with pytest.raises(AMQPError, match=r"ACCESS_REFUSED|access to|PRECONDITION_FAILED - user_id"):
        await attempt(channel)


@pytest.mark.parametrize(
    "attempt",
    [
        publish(COMMANDS, "export.request", user_id="sis"),
        publish(COMMANDS, "export.cancel", user_id="sis"),
        declare("sis.replies"),
        declare(""),
        bind(EVENTS, "content_export.exported.#"),
        bind(EVENTS, "content_export.*.*.course.42", "sis.course"),
    ],
)
async def test_a_service_may_send_its_commands_and_hear_events(
    connection: aio_pika.abc.AbstractConnection, attempt: Attempt
) -> None:
    await attempt(await connection.channel())


async def test_a_service_that_gives_content_may_send_that_alone(servers: SessionServers, users: None) -> None:
    async with await aio_pika.connect(address(servers, "catalogue")) as opened:
        for key in ("content.quiz_questions.upsert", "content.pages.delete", "content.sync"):
            await publish(COMMANDS, key)(await opened.channel())
        for key in ("export.request", "content.pages", "content.pages.upsert.more", "content.a.b.upsert"):
            channel = await opened.channel()
            with pytest.raises(AMQPError):
                await publish(COMMANDS, key)(channel)


def definitions_of(may: Right) -> tuple[str, dict[str, object]]:
    """A service that no broker has a user for, and the definitions with it."""
    name = f"new-{secrets.token_hex(6)}"
    return name, definitions([Service(name=name, may=frozenset({may}))])


async def test_a_broker_takes_definitions_with_a_service_that_has_no_password_yet(servers: SessionServers) -> None:
    name, printed = definitions_of(Right.EXPORT_REQUEST)
    servers.import_definitions(json.dumps(importable(printed, {})))
    servers.import_definitions(json.dumps(importable(printed, {name: PASSWORD})))
    async with await aio_pika.connect(address(servers, name)) as opened:
        await publish(COMMANDS, "export.request", user_id=name)(await opened.channel())
        channel = await opened.channel()
        with pytest.raises(AMQPError, match="access to"):
            await publish(COMMANDS, "export.cancel", user_id=name)(channel)


async def test_rights_of_an_existing_user_change_and_its_password_stays(servers: SessionServers) -> None:
    name, printed = definitions_of(Right.EXPORT_REQUEST)
    servers.import_definitions(json.dumps(importable(printed, {name: PASSWORD})))
    changed = definitions([Service(name=name, may=frozenset({Right.EXPORT_CANCEL}))])
    servers.import_definitions(json.dumps(importable(changed, {}, existing=[name])))
    async with await aio_pika.connect(address(servers, name)) as opened:
        await publish(COMMANDS, "export.cancel", user_id=name)(await opened.channel())
