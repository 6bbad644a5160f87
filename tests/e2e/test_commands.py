"""Internal services that know the broker alone; and an inbox that is killed at every step of its work."""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
import msgspec
import pytest

from deploy.stack.child_processes import wait_until
from shared.contracts.topology import DEAD, EVENTS, EXPORT_COMMANDS
from tests.support.blocking_lock import blocking_lock
from tests.support.client import Client
from tests.support.pages import GATEWAY, section
from tests.support.queues import purge
from tests.support.service_client import ServiceClient, service_client
from tests.support.stack import Stack

COMMANDS = int(os.environ.get("COMMANDS", "500"))  # of the test that kills; `make chaos` has 5000
LOCKS = {
    "before it has looked whether a command is known": "LOCK TABLE content_exports IN ACCESS EXCLUSIVE MODE",
    "before the commit, which the database completes without it": "LOCK TABLE content_exports IN SHARE MODE",
}


@pytest.mark.outside
def test_a_service_that_knows_the_broker_alone_gets_a_cartridge(
    stack: Stack, admin: Client, sample: int, sis: str, tmp_path: Any
) -> None:
    async def requested() -> tuple[dict[str, Any], int]:
        async with service_client(sis, "sis") as service:
            events = await service.channel.declare_queue("sis.events", exclusive=True)
            await events.bind(EVENTS, "content_export.exported.#")
            data = {"export_type": "common_cartridge", "user_id": 1, "skip_notifications": True}
            reply = await service.ask("export.request.v1", data, attributes={"subject": f"courses/{sample}"})
            async with asyncio.timeout(60), events.iterator() as arriving:
                async for message in arriving:
                    await message.ack()
                    if str(reply["data"]["id"]) in message.body.decode():
                        return dict(reply), len(message.body)
        raise AssertionError("no event")

    reply, size = asyncio.run(requested())
    assert (reply["type"], reply["data"]["workflow_state"]) == ("export.accepted.v1", "created")
    assert size > 0
    done = admin.finished(admin.show(sample, reply["data"]["id"]))
    assert done["workflow_state"] == "exported"
    admin.download(done, tmp_path / "course.imscc")


def test_the_service_of_the_page_works_when_it_is_pasted(stack: Stack, sample: int, sis: str) -> None:
    page = section(GATEWAY, "## Commands of internal services")
    (text,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    program = text.replace("courses/sis_course_id:TIDES", f"courses/{sample}")
    env = {**os.environ, "AMQP_URL": sis, "USER_ID": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("export.accepted.v1 {")


@asynccontextmanager
async def loading(sis: str, sample: int) -> AsyncIterator[tuple[ServiceClient, Any]]:
    """A service, and a function that sends so many further commands."""
    async with service_client(sis, "sis") as service:

        async def send(ids: list[str]) -> None:
            data = {"export_type": "zip", "user_id": 1, "skip_notifications": True}
            subject = {"subject": f"courses/{sample}"}
            for batch in range(0, len(ids), 200):
                await asyncio.gather(
                    *(
                        service.send("export.request.v1", data, id=each, attributes=subject)
                        for each in ids[batch : batch + 200]
                    )
                )

        yield service, send


async def killed_at_every_step(stack: Stack, sis: str, sample: int, ids: list[str]) -> dict[str, set[int]]:
    """Send all commands while the inbox is killed. The exports that the replies name, by the id of the command."""
    chance, share = random.Random(5), len(ids) // 4
    waves = [ids[:share], ids[share : 2 * share], ids[2 * share : 3 * share], ids[3 * share :]]
    async with loading(sis, sample) as (service, send):
        for wave, statement in zip(waves, LOCKS.values(), strict=False):
            await send(wave)
            async with blocking_lock(stack.database_url, statement) as reached:
                stack.system.processes.start("inbox")
                await reached()
                stack.kill("inbox")
        await send(waves[2])
        stack.system.processes.start("inbox")
        await service.answered.wait()  # and perhaps not acknowledged
        stack.kill("inbox")
        await send(waves[3])
        for _ in range(3):
            stack.start("inbox")
            await asyncio.sleep(chance.random() * 0.2)
            stack.kill("inbox")
        stack.start("inbox")
        return {each: await _exports(service, each) for each in ids}


async def _exports(service: ServiceClient, command_id: str) -> set[int]:
    """The exports that all replies to a command name, of which there is one at least."""
    found = {(await service.reply(command_id, within_s=120))["data"]["id"]}
    with suppress(asyncio.QueueEmpty):
        while True:
            again = service.replies[command_id].get_nowait()
            found.add(msgspec.json.decode(again.body)["data"]["id"])
    return found


@pytest.fixture
def unbuilt(stack: Stack) -> Iterator[None]:
    """Exports stay as they are created: no worker hears of them, and in the end none is left to build.

    The dead letters of other tests, which have the same broker, are gone.
    """
    stack.stop("relay")
    asyncio.run(purge(stack.system.servers.amqp_url, DEAD))
    yield
    stack.query("DELETE FROM outbox")
    stack.query(
        "UPDATE content_exports SET workflow_state = 'failed', error_code = 'cancelled' WHERE workflow_state = 'created'"
    )
    stack.start("relay")


def created(stack: Stack, prefix: str) -> dict[str, int]:
    """The exports of commands whose ids begin like this, by the id of the command. Each has one."""
    rows = stack.query(
        "SELECT id, settings -> 'command' ->> 'id' AS command FROM content_exports"
        " WHERE settings ? 'command' AND starts_with(settings -> 'command' ->> 'id', $1)",
        prefix,
    )
    found = {row["command"]: row["id"] for row in rows}
    assert len(found) == len(rows), "a command is two exports"
    return found


@pytest.mark.usefixtures("unbuilt")
def test_an_inbox_that_is_killed_at_every_step_creates_each_export_once(stack: Stack, sample: int, sis: str) -> None:
    ids = [f"kill-{number}" for number in range(COMMANDS)]
    stack.kill("inbox")
    named = asyncio.run(killed_at_every_step(stack, sis, sample, ids))
    exports = created(stack, "kill-")
    assert set(exports) == set(ids)
    assert named == {command: {export} for command, export in exports.items()}, "all replies to a command name one"
    audited = stack.query(
        "SELECT count(*) AS rows FROM audit_log WHERE token = 'service:sis' AND request_id LIKE 'kill-%'"
    )
    assert audited[0]["rows"] == COMMANDS
    assert wait_until(lambda: asyncio.run(lengths(stack)) == (0, 0), 20), "none is left, and none is dead"


@pytest.mark.usefixtures("unbuilt")
def test_an_outage_of_the_database_delays_commands_and_costs_none(stack: Stack, sample: int, sis: str) -> None:
    ids = [f"database-{number}" for number in range(30)]

    async def sent() -> set[str]:
        async with loading(sis, sample) as (service, send):
            stack.servers.stop_database()  # in this thread, with whose end the server would end
            await send(ids)
            await asyncio.sleep(2)
            assert not service.replies, "nothing is answered before it has committed"
            stack.servers.start_database()
            replies = [await service.reply(each, within_s=60) for each in ids]
            return {str(each["type"]) for each in replies}

    assert asyncio.run(sent()) == {"export.accepted.v1"}
    assert set(created(stack, "database-")) == set(ids)
    assert asyncio.run(lengths(stack)) == (0, 0)


@pytest.mark.usefixtures("unbuilt")
def test_commands_outlive_a_restart_of_the_broker(stack: Stack, sample: int, sis: str) -> None:
    ids = [f"broker-{number}" for number in range(30)]

    async def sent() -> None:
        async with loading(sis, sample) as (_, send):
            await send(ids)

    stack.kill("inbox")
    asyncio.run(sent())
    stack.stop_broker()
    stack.system.processes.start("inbox")
    stack.start_broker()
    assert wait_until(lambda: set(created(stack, "broker-")) == set(ids), 40)
    assert wait_until(lambda: asyncio.run(lengths(stack)) == (0, 0), 20)


async def lengths(stack: Stack) -> tuple[int, int]:
    """How many messages are in the queues of commands and of dead letters."""
    async with await aio_pika.connect(stack.system.servers.amqp_url) as connection:
        channel = await connection.channel()
        queues = [await channel.declare_queue(name, passive=True) for name in (EXPORT_COMMANDS, DEAD)]
        commands, dead = (queue.declaration_result.message_count or 0 for queue in queues)
        return commands, dead
