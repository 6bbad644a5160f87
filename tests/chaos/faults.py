"""What can happen to a running system. Each fault is a block, during which it lasts; at its end it is undone.

A process that was killed is started again at the end, but not awaited: see `Recovery`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import asyncpg
import psutil

from deploy.stack.native_servers import NativeServers
from deploy.stack.server_folder import ServerFolder
from shared.contracts.topology import QUEUES
from tests.chaos.background import Background
from tests.support.stack import Stack

WORKERS = ("cartridge", "qti", "zip")
LOCKS = (  # each makes some of the processes wait
    "LOCK TABLE export_clocks IN SHARE MODE",
    "LOCK TABLE outbox IN SHARE MODE",
    "LOCK TABLE package_entries IN SHARE MODE",
    "LOCK TABLE content_objects IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE export_events IN SHARE MODE",
)


@dataclass
class Faults:
    """The faults of one system. `chance` chooses what an injection has not named."""

    stack: Stack
    loop: Background
    chance: random.Random

    @property
    def native(self) -> NativeServers:
        assert self.stack.servers.native is not None, "the servers are not ours"
        return self.stack.servers.native

    @contextmanager
    def killed(self, service: str) -> Iterator[None]:
        self.stack.kill(service)
        yield
        self._start(service)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        self.stack.stop(service)
        yield
        self._start(service)

    @contextmanager
    def frozen(self, service: str) -> Iterator[None]:
        with suspended(self.stack.pid(service)):
            yield

    @contextmanager
    def starved(self, service: str) -> Iterator[None]:
        """A worker that can open hardly any further file or connection."""
        worker = psutil.Process(self.stack.pid(service))
        with limited(worker, psutil.RLIMIT_NOFILE, worker.num_fds() + 1):
            yield

    @contextmanager
    def full_disk(self, service: str) -> Iterator[None]:
        """A worker whose files end in their middle, as on a disk that is full."""
        with limited(psutil.Process(self.stack.pid(service)), psutil.RLIMIT_FSIZE, 200):
            yield

    @contextmanager
    def broker_restarted(self) -> Iterator[None]:
        self.stack.stop_broker()
        yield
        self.stack.start_broker()

    @contextmanager
    def broker_killed(self) -> Iterator[None]:
        self.native.rabbitmq.folder.kill()
        yield
        self.native.rabbitmq.start()

    @contextmanager
    def broker_frozen(self) -> Iterator[None]:
        with suspended(newest(self.native.rabbitmq.folder)):
            yield

    @contextmanager
    def connections_closed(self) -> Iterator[None]:
        """The broker closes each connection, as an operator can."""
        self.native.rabbitmq.control("close_all_connections", "chaos")
        yield

    @contextmanager
    def queue_deleted(self) -> Iterator[None]:
        self.loop.call(delete_queue(self.stack.system.servers.amqp_url, self.chance.choice(QUEUES).name))
        yield

    @contextmanager
    def database_restarted(self) -> Iterator[None]:
        self.stack.servers.stop_database()
        yield
        self.stack.servers.start_database()

    @contextmanager
    def database_crashed(self) -> Iterator[None]:
        """The server ends without a checkpoint, and recovers from its log."""
        (server,) = self.native.postgres.folder.children
        server.process.send_signal(signal.SIGQUIT)
        server.wait(30)
        yield
        self.native.postgres.stop()
        self.native.postgres.start()

    @contextmanager
    def database_frozen(self) -> Iterator[None]:
        with suspended(newest(self.native.postgres.folder)):
            yield

    @contextmanager
    def sessions_ended(self) -> Iterator[None]:
        """Of all sessions of the database, so large a share ends at once."""
        self.loop.call(end_sessions(self.stack.database_url, self.chance.choice([0.2, 0.5, 1.0])))
        yield

    @contextmanager
    def table_locked(self) -> Iterator[None]:
        """Another session holds a lock, such as an operator's."""
        ending = asyncio.Event()
        holding = self.loop.spawn(hold_lock(self.stack.database_url, self.chance.choice(LOCKS), ending))
        yield
        self.loop.call(_set(ending))
        holding.result(30)

    @contextmanager
    def store_gone(self) -> Iterator[None]:
        """The folder of the store is not there, and cannot be created anew."""
        store = Path(self.stack.store_url)
        away = store.with_name("store.away")
        store.rename(away)
        store.write_text("")
        try:
            yield
        finally:
            store.unlink()
            away.rename(store)

    def _start(self, service: str) -> None:
        self.stack.system.processes.start(service)


@contextmanager
def suspended(pid: int) -> Iterator[None]:
    """Freeze a process and all that it has started."""
    parent = psutil.Process(pid)
    os.kill(pid, signal.SIGSTOP)
    family = [parent, *parent.children(recursive=True)]
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.suspend()
    try:
        yield
    finally:
        for each in reversed(family):
            with suppress(psutil.NoSuchProcess):
                each.resume()


@contextmanager
def limited(process: psutil.Process, resource: int, limit: int) -> Iterator[None]:
    """Lower a limit of a process, which it may not outlive."""
    before = process.rlimit(resource)
    assert before is not None
    process.rlimit(resource, (limit, before[1]))
    yield
    with suppress(psutil.NoSuchProcess):
        process.rlimit(resource, before)


def newest(folder: ServerFolder) -> int:
    """The process id of the server, after its helpers."""
    return folder.children[-1].pid


async def delete_queue(amqp_url: str, name: str) -> None:
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        await (await connection.channel()).queue_delete(name)


async def end_sessions(database_url: str, share: float) -> None:
    """End about this share of the sessions of the database, and leave our own."""
    statement = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < $1"
    )
    db = await asyncpg.connect(database_url, timeout=10)
    try:
        await db.execute("SELECT 1")
        await db.fetchval(statement, share)
    finally:
        await db.close()


async def hold_lock(database_url: str, statement: str, ending: asyncio.Event) -> None:
    """Hold the lock of a statement until the event, unless it cannot be had in a second."""
    db = await asyncpg.connect(database_url, timeout=10, server_settings={"lock_timeout": "1000"})
    try:
        with suppress(asyncpg.LockNotAvailableError):
            async with db.transaction():
                await db.execute(statement)
                await ending.wait()
    finally:
        await db.close()


async def _set(event: asyncio.Event) -> None:
    event.set()


@dataclass
class Recovery:
    """Waits until all processes are ready again. One that has ended is started, as its supervisor would."""

    stack: Stack

    def wait(self, within_s: float) -> None:
        """Raises AssertionError with the name of a process that is not ready in time."""
        processes, ends_at = self.stack.system.processes, time.monotonic() + within_s
        for name in list(processes.children):
            while not processes.ready(name):
                if not processes.children[name].running():
                    processes.start(name)
                assert time.monotonic() < ends_at, f"{name} is not ready after {within_s:.0f} s"
                time.sleep(0.05)
