"""Dead letters for operators: listed with the reason, shown, sent again once the cause is gone, or dropped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aio_pika
import pytest
from typer.testing import CliRunner

from services.cli.__main__ import app
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.dead_letters import open_dead_letters
from shared.commands.inbox import Inbox
from shared.contracts.topology import REQUESTS
from shared.domain.export_filter import ExportFilter
from shared.domain.operator.dead_letter import ALL
from tests.support.school import School
from tests.support.service_client import ServiceClient

Cli = Callable[..., Awaitable[Any]]


@pytest.fixture
def cli(amqp_url: str) -> Cli:
    """Run `content-exports dead`; its JSON."""

    async def run(*words: str) -> Any:
        command = ["dead", *words, "--json", "--amqp-url", amqp_url]
        done = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert done.exit_code == 0 or "There is no dead letter" in done.stderr, done.output
        return json.loads(done.stdout)

    return run


async def until_dead(cli: Cli, count: int) -> list[dict[str, Any]]:
    for _ in range(100):
        letters: list[dict[str, Any]] = await cli()
        if len(letters) >= count:
            return letters
        await asyncio.sleep(0.1)
    raise AssertionError(f"only {len(letters)} dead letters")


async def test_a_command_that_died_is_listed_and_shown_and_once_replayed_it_is_carried_out_as_its_senders(
    inbox: Inbox, client: ServiceClient, people: School, cli: Cli, sender: str
) -> None:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    data = {"export_type": "zip", "user_id": teacher.id}
    handlers, inbox.judge.handlers = inbox.judge.handlers, {}  # a process that does not know the command yet
    event_id = await client.send("export.request.v1", data, attributes={"subject": f"courses/{course.id}"})
    assert (await client.reply(event_id))["type"] == "export.refused.v1"
    (letter,) = await until_dead(cli, 1)
    assert (letter["code"], letter["sender"], letter["routing_key"]) == (
        "message_not_understood",
        sender,
        "export.request",
    )
    assert letter["reason"].startswith("type: export.request.v1 is not a command of this queue")
    shown = await cli("--show", letter["id"])
    assert json.loads(shown["body"])["id"] == event_id

    inbox.judge.handlers = handlers
    inbox.judge.senders = replace(inbox.judge.senders, own_user=sender)
    assert (await cli("--replay", letter["id"]))["replayed"] == [letter["id"]]
    for _ in range(200):
        page = await people.lists.of_account(ExportFilter(user_id=teacher.id), limit=5)
        if page:
            break
        await asyncio.sleep(0.05)
    (export,) = page
    assert export.settings.command is not None
    assert (export.settings.command.service, export.settings.command.id) == (sender, event_id)
    assert await cli() == []


async def test_dead_letters_keep_their_ids_however_often_they_are_looked_at(
    inbox: Inbox, client: ServiceClient, cli: Cli, amqp_url: str
) -> None:
    for number in range(5):
        await client.publish(b"%d" % number, "export.request", message_id=str(number))
    first = await until_dead(cli, 5)
    assert sorted(letter["body"] for letter in first) == ["0", "1", "2", "3", "4"]
    ids = {letter["id"] for letter in first}
    assert ids == {letter["id"] for letter in await cli()} == {letter["id"] for letter in await cli()}
    assert len(await cli("--limit", "2")) == 2
    assert set((await cli("drop", "all", "--dry-run"))["dropped"]) == ids
    assert (await cli("show", first[0]["id"]))["body"] == first[0]["body"]
    dropped = await cli("--drop", first[1]["id"], "--drop", first[3]["id"])
    assert set(dropped["dropped"]) == {first[1]["id"], first[3]["id"]}
    assert {letter["id"] for letter in await cli()} == ids - set(dropped["dropped"])
    assert "There is no dead letter" in (await cli("--drop", "nothing"))["error"]
    async with open_dead_letters(amqp_url) as letters:
        settled, more = await letters.settle([ALL], limit=2, replay=False)
        assert (len(settled), more) == (2, True)
    assert len((await cli("drop", "all"))["dropped"]) == 1
    assert await cli() == []


async def test_a_message_that_a_consumer_rejected_says_where_it_was_sent(
    client: ServiceClient, cli: Cli, amqp_url: str, services: Services
) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(REQUESTS, ensure=False)
        queue = await channel.get_queue("content_exports.zip", ensure=False)
        await queue.purge()
        await exchange.publish(aio_pika.Message(b"?", message_id="w1"), "zip")
        message = await queue.get()
        assert message is not None
        await message.reject(requeue=False)
        (letter,) = await until_dead(cli, 1)
        assert (letter["code"], letter["exchange"], letter["routing_key"]) == ("rejected", REQUESTS, "zip")
        await cli("--replay", letter["id"])
        again = await queue.get()
        assert again is not None
        await again.ack()
        assert (again.body, again.message_id) == (b"?", "w1")
        assert not [name for name in again.headers if "death" in name]
