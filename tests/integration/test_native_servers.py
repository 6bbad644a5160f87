"""Private native servers: started, killed with their owner, recognised, started again on the same data."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.stack.account import unprivileged_account
from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import ProcessIdentity, wait_until
from deploy.stack.install import ensure_installed
from deploy.stack.native_servers import NativeServers
from deploy.stack.rabbitmq import speaks_amqp
from deploy.stack.stack_folder import AlreadyRunning, StackFolder

OWNER = """
import sys, time
from pathlib import Path
from deploy.stack.stack_folder import StackFolder
from deploy.stack.native_servers import NativeServers

stack_folder = StackFolder(Path(sys.argv[1]))
print("ended", *stack_folder.acquire(), flush=True)
native = NativeServers(stack_folder)
native.postgres.start()
native.rabbitmq.start()
print(native.postgres.url, native.rabbitmq.port, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    ensure_installed()


def owner_of(folder: Path) -> tuple[subprocess.Popen[str], str, int]:
    """A process that owns a stack in this folder; its database's URL and its broker's port."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ended"
    url, port = process.stdout.readline().split()
    return process, url, int(port)


def recorded(folder: Path) -> list[ProcessIdentity]:
    processes = json.loads((folder / "owner.json").read_text())["processes"]
    return [ProcessIdentity(entry["pid"], entry["started"]) for entry in processes]


async def execute(url: str, *statements: str) -> object:
    db = await asyncpg.connect(url)
    try:
        for statement in statements:
            value = await db.fetchval(statement)
    finally:
        await db.close()
    return value


def test_no_server_outlives_an_owner_that_was_killed_and_the_data_is_there_for_the_next(tmp_path: Path) -> None:
    owner, url, port = owner_of(tmp_path)
    asyncio.run(execute(url, "CREATE TABLE kept AS SELECT 42 AS n"))
    servers = recorded(tmp_path)
    assert len(servers) == 3
    assert all(server.alive() for server in servers)
    assert speaks_amqp(port)

    owner.kill()
    owner.wait()

    assert wait_until(lambda: not any(server.alive() for server in servers), 10)
    next_owner, url, port = owner_of(tmp_path)
    try:
        assert asyncio.run(execute(url, "SELECT n FROM kept")) == 42
        assert speaks_amqp(port)
    finally:
        next_owner.kill()
        next_owner.wait()
        assert wait_until(lambda: not any(server.alive() for server in recorded(tmp_path)), 10)
        StackFolder(tmp_path).remove()


def test_a_server_that_a_killed_run_left_is_known_by_pid_and_start_time_and_ended(tmp_path: Path) -> None:
    stray = subprocess.Popen(["sleep", "600"])
    bystander = subprocess.Popen(["sleep", "600"])
    left, other = ProcessIdentity.of(stray.pid), ProcessIdentity.of(bystander.pid)
    assert left is not None
    assert other is not None
    entries = [
        {"name": "postgres", "pid": left.pid, "started": left.started, "stop_signal": int(signal.SIGINT)},
        {"name": "rabbitmq", "pid": other.pid, "started": other.started - 1, "stop_signal": int(signal.SIGTERM)},
    ]
    (tmp_path / "owner.json").write_text(json.dumps({"owner": None, "processes": entries}))
    stack_folder = StackFolder(tmp_path)
    try:
        assert stack_folder.acquire() == ["postgres"]
        assert stray.wait(5) == -signal.SIGINT
        assert bystander.poll() is None, "a pid that now belongs to another process is left alone"
    finally:
        stack_folder.release()
        for process in (stray, bystander):
            process.kill()
            process.wait()


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    first, second = StackFolder(tmp_path), StackFolder(tmp_path)
    first.acquire()
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        second.acquire()
    first.release()
    assert second.acquire() == []
    second.release()


def test_a_broker_comes_back_under_its_address_with_its_durable_queues(tmp_path: Path) -> None:
    import aio_pika

    stack_folder = StackFolder(tmp_path)
    stack_folder.acquire()
    broker = NativeServers(stack_folder).rabbitmq

    async def publish() -> None:
        async with await aio_pika.connect(broker.url) as connection:
            channel = await connection.channel()
            await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
            await channel.default_exchange.publish(aio_pika.Message(b"still here", delivery_mode=2), "kept")

    async def receive() -> bytes:
        async with await aio_pika.connect(broker.url) as connection:
            queue = await (await connection.channel()).get_queue("kept")
            message = await queue.get(timeout=10)
            await message.ack()
            return message.body

    try:
        broker.start()
        asyncio.run(publish())
        broker.stop()
        assert not speaks_amqp(broker.port)
        broker.start()
        assert asyncio.run(receive()) == b"still here"
    finally:
        broker.stop()
        stack_folder.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop to another user")
def test_data_moves_to_a_private_temporary_folder_where_the_servers_user_cannot_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stack_folder = StackFolder(tmp_path / "unreachable" / "name with spaces")
    stack_folder.acquire()
    try:
        folder = stack_folder.servers_folder()
        account = unprivileged_account()
        assert account is not None
        assert not folder.is_relative_to(tmp_path)
        assert folder.stat().st_mode & 0o777 == 0o711
        assert stack_folder.servers_folder() == folder, "the next run finds it again"
    finally:
        stack_folder.remove()
    assert not folder.exists()
