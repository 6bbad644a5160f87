"""A course of 12,000 objects by messages, beside asyncpg's bare COPY and upsert of the same rows in the same run.

The messages are encoded before; measured is from the first publication to the last reply, with the broker in between. The
bare form encodes the same bodies, copies them into a temporary table and upserts them into the table of content, in one
transaction. Both write each course twice: new, and then with a newer state of each object.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import aio_pika
import asyncpg
import msgspec

from shared.contracts.cloud_events import STRUCTURED
from shared.contracts.topology import COMMANDS
from shared.runtime.lifecycle import new_event_loop
from tests.bench.table import Line
from tests.bench.whole_path import loaded_stack
from tests.support.stack import Stack

OBJECTS = 12_000
PER_MESSAGE = 250  # of about 1.3 kB each: a third of what a message may have
ROUNDS = 3
_KINDS = {"pages": 0.4, "assignments": 0.25, "quiz_questions": 0.25, "module_items": 0.1}
_TEXT = "<p>The tide rises and falls twice a day, by the pull of the moon and the turn of the earth.</p>" * 10
_HEADERS = {"x-user-id": "bench"}  # our own user names the service, as for commands that operators replay
_COPIED = ("id", "parent_id", "position", "body")
_STAGE = "CREATE TEMP TABLE bare (id bigint, parent_id bigint, position integer, body jsonb) ON COMMIT DROP"
_UPSERT = """
INSERT INTO content_objects (context_type, context_id, kind, id, parent_id, position, body)
SELECT 'Course', $1, $2, b.* FROM bare b
ON CONFLICT (context_type, context_id, kind, id) DO UPDATE
   SET parent_id = EXCLUDED.parent_id, position = EXCLUDED.position, body = EXCLUDED.body, updated_at = now()
"""


def objects_of(kind: str, revision: int) -> list[dict[str, Any]]:
    """The objects of a kind, as REST has them."""
    of_kind = {
        "pages": {"url": "tide", "published": True, "editing_roles": "teachers", "front_page": False, "body": _TEXT},
        "assignments": {"description": _TEXT, "points_possible": 10, "submission_types": ["online_upload"]},
        "quiz_questions": {"quiz_id": 7, "question_type": "essay_question", "question_text": _TEXT},
        "module_items": {"module_id": 9, "type": "SubHeader", "indent": 1},
    }[kind]
    name = {"pages": "title", "assignments": "name", "quiz_questions": "question_name", "module_items": "title"}[kind]
    count = round(OBJECTS * _KINDS[kind])
    common = {"updated_at": "2026-11-27T12:00:00Z", "revision": revision}
    return [
        {"id": n, "position": n, name: f"Tides {n} of {revision}", **of_kind, **common} for n in range(1, count + 1)
    ]


def messages(course_id: int, revision: int, user: str) -> Iterator[tuple[str, aio_pika.Message]]:
    """The (routing key, message) of a whole course."""
    for kind in _KINDS:
        objects = objects_of(kind, revision)
        for start in range(0, len(objects), PER_MESSAGE):
            event_id = f"{course_id}-{revision}-{kind}-{start}"
            event = {
                "specversion": "1.0",
                "id": event_id,
                "source": "/bench",
                "type": f"content.{kind}.upsert.v1",
                "subject": f"courses/{course_id}",
                "data": {"objects": objects[start : start + PER_MESSAGE]},
            }
            body = msgspec.json.encode(event)
            yield (
                f"content.{kind}.upsert",
                aio_pika.Message(
                    body,
                    content_type=STRUCTURED,
                    message_id=event_id,
                    user_id=user,
                    reply_to="amq.rabbitmq.reply-to",
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                    headers=_HEADERS,
                ),
            )


async def by_messages(amqp_url: str, course_id: int, revision: int) -> float:
    """Seconds from the first publication to the last reply."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        exchange = await channel.get_exchange(COMMANDS, ensure=False)
        user = amqp_url.partition("//")[2].partition(":")[0]
        prepared = list(messages(course_id, revision, user))
        left, done = len(prepared), asyncio.Event()

        async def receive(reply: aio_pika.abc.AbstractIncomingMessage) -> None:
            nonlocal left
            counts = msgspec.json.decode(reply.body)["data"]
            assert reply.type == "content.accepted.v1", reply.body
            assert not counts["unchanged"] + counts["older"], counts
            left -= 1
            if not left:
                done.set()

        replies = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await replies.consume(receive, no_ack=True)
        started = time.perf_counter()
        for key, message in prepared:
            await exchange.publish(message, key)
        await done.wait()
        return time.perf_counter() - started


async def bare(db: asyncpg.Connection, course_id: int, revision: int) -> float:
    """Seconds of a COPY and an upsert of the same rows, kind by kind, in one transaction."""
    objects = {kind: objects_of(kind, revision) for kind in _KINDS}
    started = time.perf_counter()
    async with db.transaction():
        for kind, same in objects.items():
            await db.execute(_STAGE)
            records = [(o["id"], o.get("quiz_id"), o["position"], msgspec.json.encode(o).decode()) for o in same]
            await db.copy_records_to_table("bare", records=records, columns=_COPIED)
            await db.execute(_UPSERT, course_id, kind)
            await db.execute("DROP TABLE bare")
    return time.perf_counter() - started


async def measured(stack: Stack) -> tuple[list[float], list[float]]:
    """(seconds by messages, seconds of the bare form): new courses and newer states, by turns."""
    db = await asyncpg.connect(stack.database_url)
    amqp_url = stack.system.servers.amqp_url
    sent, plain = [], []
    try:
        for number in range(ROUNDS):
            courses = [await db.fetchval("INSERT INTO courses (body) VALUES ('{}') RETURNING id") for _ in range(2)]
            for revision in (1, 2):
                seconds = await by_messages(amqp_url, courses[0], revision), await bare(db, courses[1], revision)
                if number:  # the first turn warms up
                    sent.append(seconds[0])
                    plain.append(seconds[1])
    finally:
        await db.close()
    return sent, plain


def run() -> list[Line]:
    """With nothing else at work but the servers and the intake."""
    with loaded_stack() as (stack, _, _):
        done = stack.cli("service", "bench", "--may", "content.write")
        assert done.returncode == 0, done.stderr
        for other in ("qti", "cartridge", "zip", "janitor", "relay", "loader", "inbox"):
            stack.stop(other)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            sent, plain = runner.run(measured(stack))
    seconds, best = sorted(sent)[len(sent) // 2], sorted(plain)[len(plain) // 2]
    beside = f"bare COPY and upsert {OBJECTS / best:,.0f} objects/s"
    return [
        Line(
            f"content, a course of {OBJECTS:,} by messages",
            OBJECTS / seconds,
            "objects/s",
            beside,
            best / seconds,
            ">= 0.5",
        )
    ]
