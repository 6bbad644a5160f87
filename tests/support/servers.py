"""PostgreSQL and RabbitMQ for a test session: named in the environment, else containers, else private native ones."""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.stack.checkout import RUN
from deploy.stack.child_processes import wait_until
from deploy.stack.install import ensure_installed
from deploy.stack.native_servers import NativeServers
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.stack_folder import StackFolder, abandoned

SESSIONS = RUN / "tests"
IMAGES = {"postgres": "postgres:17-alpine", "rabbitmq": "rabbitmq:4.1-alpine"}
STARTUP_S = 120.0
RABBITMQCTL = "E2E_RABBITMQCTL"  # the variable with the command for the broker of the environment


@dataclass(frozen=True)
class SessionServers:
    """The servers of a test session. A restart keeps address and data; where it is impossible the test is skipped."""

    stack_folder: StackFolder
    server_url: str
    amqp_url: str
    stop_broker: Callable[[], Any]
    start_broker: Callable[[], Any]
    stop_database: Callable[[], Any]
    start_database: Callable[[], Any]
    import_definitions: Callable[[str], Any]  # users and permissions, into the running broker
    native: NativeServers | None = None  # None: their processes are not ours

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database with a name of its own, dropped at the end. Yields its URL."""
        name = f"test_{secrets.token_hex(6)}"
        asyncio.run(_execute(self.server_url, f"CREATE DATABASE {name}"))
        try:
            yield urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))
        finally:
            asyncio.run(_execute(self.server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def session_servers() -> Iterator[SessionServers]:
    """Servers during the block. What killed sessions left is removed first."""
    for stale in abandoned(SESSIONS):
        stale.remove()
    stack_folder = StackFolder(SESSIONS / str(os.getpid()))
    stack_folder.acquire()
    with ExitStack() as stack:
        stack.callback(stack_folder.remove)
        yield _from_environment(stack_folder) or _containers(stack_folder, stack) or _native(stack_folder, stack)


def _from_environment(stack_folder: StackFolder) -> SessionServers | None:
    database, broker = os.environ.get("DATABASE_URL"), os.environ.get("AMQP_URL")
    if not (database and broker):
        return None
    importing = import_definitions if os.environ.get(RABBITMQCTL) else _not_ours
    return SessionServers(stack_folder, database, broker, *[_not_ours] * 4, importing)


def import_definitions(text: str) -> None:
    """Load definitions into the broker that RABBITMQCTL reaches."""
    command = [*shlex.split(os.environ[RABBITMQCTL]), "import_definitions"]  # of its input
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)


def _not_ours(*_: object) -> None:
    pytest.skip("the servers of the environment are not ours to stop")


def _containers(stack_folder: StackFolder, stack: ExitStack) -> SessionServers | None:
    try:
        import docker

        docker.from_env(timeout=2).ping()
    except Exception:  # noqa: BLE001  no client library or no engine: either way there are no containers
        return None
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.community.rabbitmq import RabbitMqContainer

    ports = {name: free_port(hold=False) for name in IMAGES}  # ours, so that a restart does not change them
    postgres = PostgresContainer(IMAGES["postgres"], username="postgres", password="test", dbname="tests")
    postgres.with_bind_ports(5432, ports["postgres"]).with_command("postgres -c max_connections=300")
    stack.enter_context(postgres)
    broker = RabbitMqContainer(IMAGES["rabbitmq"], port=5672, username="guest", password="guest", vhost="/")
    stack.enter_context(broker.with_bind_ports(5672, ports["rabbitmq"]))
    url = f"postgresql://postgres:test@{LOOPBACK}:{ports['postgres']}/tests?sslmode=disable"
    _await_database(url)

    def start_broker() -> None:
        broker.get_wrapped_container().start()
        broker.readiness_probe()

    def start_database() -> None:
        postgres.get_wrapped_container().start()
        _await_database(url)

    amqp_url = f"amqp://guest:guest@{LOOPBACK}:{ports['rabbitmq']}/"
    stop_broker, stop_database = (each.get_wrapped_container().stop for each in (broker, postgres))

    def import_definitions(text: str) -> None:
        words = ["sh", "-c", 'printf %s "$1" > /tmp/d.json && rabbitmqctl import_definitions /tmp/d.json', "sh", text]
        assert broker.exec(words).exit_code == 0

    doors = (stop_broker, start_broker, stop_database, start_database, import_definitions)
    return SessionServers(stack_folder, url, amqp_url, *doors)


def _native(stack_folder: StackFolder, stack: ExitStack) -> SessionServers:
    ensure_installed()
    native = NativeServers(stack_folder)
    stack.callback(native.stop)
    postgres, rabbitmq = native.postgres, native.rabbitmq
    postgres.start()
    rabbitmq.start()
    doors = (rabbitmq.stop, rabbitmq.start, postgres.stop, postgres.start, rabbitmq.import_definitions)
    return SessionServers(stack_folder, postgres.url, rabbitmq.url, *doors, native)


def _await_database(url: str) -> None:
    if not wait_until(lambda: asyncio.run(_answers(url)), STARTUP_S, pause_s=0.3):
        raise TimeoutError(f"the container of PostgreSQL did not answer within {STARTUP_S:.0f} s")


async def _answers(url: str) -> bool:
    try:
        await _execute(url, "SELECT 1")
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def _execute(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()
