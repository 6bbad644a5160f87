"""The consumers of the page for internal services work when they are pasted, as a user that may only bind to events."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import msgspec
import pytest
from msgspec.structs import replace

from shared.adapters.rabbitmq.publisher import Publisher
from shared.contracts.cloud_events import STRUCTURED, CloudEvent, read_event
from shared.contracts.topology import EVENTS
from tests.support.client import Client
from tests.support.described_messages import API
from tests.support.node import installed
from tests.support.pages import GATEWAY, section
from tests.support.stack import Stack

FOLDER = Path(__file__).with_name("node_messages")
PAGE = section(GATEWAY, "## Consumers of events")


def pasted(language: str) -> tuple[list[str], str]:
    """(the program that reads a consumer from stdin, the consumer)."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    node = [] if language == "python" else [installed(FOLDER, "amqplib"), "--input-type=module", "-"]
    return node or [sys.executable, "-"], text


@contextmanager
def consuming(language: str, amqp_url: str) -> Iterator[Iterator[str]]:
    """The lines of a running consumer, from the first event on."""
    words, text = pasted(language)
    env = {**os.environ, "AMQP_URL": amqp_url}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=FOLDER, env=env, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text)
        process.stdin.close()
        try:
            assert process.stdout.readline() == "waiting for events\n"
            yield iter(process.stdout)
        finally:
            process.kill()


async def publish(amqp_url: str, *events: CloudEvent) -> None:
    """Publish events as the relay does."""
    async with await aio_pika.connect(amqp_url) as connection:
        publisher = Publisher(await connection.channel())
        for event in events:
            await publisher.publish_event((EVENTS, "content_export.exported.zip.course.1"), event, request_id=None)


async def delete_queue(amqp_url: str) -> None:
    """Delete the queue of the consumers, with what one that was killed has not acknowledged."""
    async with await aio_pika.connect(amqp_url) as connection:
        await (await connection.channel()).queue_delete("sis.packages")


@pytest.mark.parametrize("language", ["python", "js"])
def test_it_prints_each_event_once(stack: Stack, admin: Client, sample: int, sis: str, language: str) -> None:
    asyncio.run(delete_queue(sis))
    with consuming(language, sis) as lines:
        export = admin.create(sample, "zip")
        subject = f"courses/{sample}/content_exports/{export['id']}"
        ours = (line for line in lines if line.split()[1] == subject)
        assert next(ours) == f"content_export.exported.v1 {subject}\n"
        (example,) = API["components"]["messages"]["content_export.exported.v1"]["examples"]
        event = read_event(msgspec.json.encode(example["payload"]), STRUCTURED, {})
        twin = replace(event, id=f"{language}-1", subject="twice")
        last = replace(twin, id=f"{language}-2", subject="last")
        asyncio.run(publish(stack.system.servers.amqp_url, twin, twin, last))
        printed = [next(lines), next(lines)]
        assert printed == ["content_export.exported.v1 twice\n", "content_export.exported.v1 last\n"]
