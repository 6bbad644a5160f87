"""How many messages a second relays carry from the database to the broker, each confirmed, beside a bare publisher."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import aio_pika
import psutil

from deploy.stack.ports import free_port
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Connection, open_connection, open_pool
from shared.contracts.topology import EVENTS, REQUESTS
from shared.domain.export import ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from tests.bench.table import Line
from tests.support.school import School
from tests.support.servers import SessionServers, session_servers

MESSAGES = 10_000
BATCH = 512
BODY = b"x" * 900

_EVENTS = """
INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, sequence, data)
SELECT content_export_id, progress_id, context_type, n % 100, name, sequence, data || jsonb_build_object('context_id', n % 100)
  FROM (SELECT * FROM export_events ORDER BY id LIMIT 1) first CROSS JOIN generate_series(1, $1::integer) AS n
"""
_REQUESTS = f"""
INSERT INTO outbox (exchange, routing_key, body, request_id)
SELECT '{REQUESTS}', 'qti', jsonb_build_object('type', 'export.requested.v1', 'export_id', n, 'export_type', 'qti'), 'a-request'
  FROM generate_series(1, $1::integer) AS n
"""
_LEFT = """
SELECT (SELECT count(*) FROM outbox) + (SELECT last_value FROM export_events_id_seq) - (SELECT min(published_id) FROM relay_shards)
"""


def run() -> list[Line]:
    """Events alone, then requests alone, by one relay; events by two."""
    with session_servers() as servers:
        rate, cpu = asyncio.run(_bare(servers.amqp_url))
        lines = []
        for what, statement, relays in (("events", _EVENTS, 1), ("events", _EVENTS, 2), ("requests", _REQUESTS, 1)):
            beside = f"a publisher of one message after another's write, {rate:,.0f}/s"
            measured, spent = _measured(servers, statement, relays)
            name = f"{what} by {relays} relay(s), confirmed"
            lines.append(Line(name, measured, "messages/s", beside, measured / rate, ">= 2,000"))
            lines.append(Line(f"processor time of {name}", spent, "µs/message", f"its own, {cpu:,.0f} µs", spent / cpu))
        return lines


def _measured(servers: SessionServers, statement: str, relays: int) -> tuple[float, float]:
    """(messages a second, processor time of the relays in µs a message)."""
    with servers.database() as url:
        asyncio.run(migrate(url))
        with _relays(url, servers.amqp_url, relays) as processes:
            return asyncio.run(_carried(url, statement, processes))


async def _carried(url: str, statement: str, relays: Sequence[psutil.Process]) -> tuple[float, float]:
    """From the commit of all messages until the last one is confirmed."""
    async with open_connection(url) as db:
        await _first_export(url)
        await _sent(db)
        await asyncio.sleep(4.0)  # relays know of each other by then
        started, spent = time.perf_counter(), _cpu(relays)
        await db.execute(statement, MESSAGES)
        await db.execute("NOTIFY export_events, '{}'")  # not readable: a relay looks at the log
        await _sent(db)
        return MESSAGES / (time.perf_counter() - started), (_cpu(relays) - spent) / MESSAGES * 1e6


def _cpu(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


async def _first_export(url: str) -> None:
    async with open_pool(url, size=2) as pool:
        school = School(pool)
        course = await school.course()
        teacher = await school.member(course, "teacher")
        await school.exports.create(ExportRequest(course, teacher.id, ExportType.QTI, ExportSettings(), "a-request"))


async def _sent(db: Connection) -> None:
    while await db.fetchval(_LEFT):  # noqa: ASYNC110  (the relay is another process)
        await asyncio.sleep(0.02)


@contextmanager
def _relays(database_url: str, amqp_url: str, count: int) -> Iterator[list[psutil.Process]]:
    settings = {"DATABASE_URL": database_url, "AMQP_URL": amqp_url, "SECRET_KEY": "k" * 32}
    with ExitStack() as stack:
        running = []
        for _ in range(count):
            env = {**os.environ, **settings, "HTTP_PORT": str(free_port()), "LOG_LEVEL": "ERROR"}
            process = subprocess.Popen([sys.executable, "-m", "services.gateway.relay"], env=env)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            running.append(psutil.Process(process.pid))
        yield running


async def _bare(amqp_url: str) -> tuple[float, float]:
    """(messages a second, processor time in µs a message) of a channel with confirms in batches, and nothing else."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(EVENTS, "topic", durable=True)
        started, spent = time.perf_counter(), time.process_time()
        for _ in range(MESSAGES // BATCH):
            await asyncio.gather(
                *(
                    exchange.publish(
                        aio_pika.Message(BODY, delivery_mode=aio_pika.DeliveryMode.PERSISTENT), "a.key", mandatory=False
                    )
                    for _ in range(BATCH)
                )
            )
        sent = MESSAGES // BATCH * BATCH
        return sent / (time.perf_counter() - started), (time.process_time() - spent) / sent * 1e6
