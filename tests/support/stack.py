"""The running system for end-to-end tests: its URL, tokens, and control over its processes and servers."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from deploy.stack.checkout import ROOT
from deploy.stack.running_system import RunningSystem, console_script
from deploy.stack.servers import Servers
from deploy.stack.service_processes import ServiceProcesses
from deploy.stack.stack_folder import StackFolder
from tests.support.console import printed
from tests.support.servers import SessionServers
from tests.support.service_role import service_role

STOP_GRACE_S = 10.0


@dataclass(frozen=True)
class Stack:
    """All services of the system, on a database of their own."""

    system: RunningSystem
    servers: SessionServers

    @property
    def base_url(self) -> str:
        return self.system.base_url

    @property
    def database_url(self) -> str:
        return self.system.servers.database_url

    @property
    def store_url(self) -> str:
        return self.system.store_url

    def token(self, user_id: int = 1, *words: str) -> str:
        """An access token of this user; `words` are options of `content-exports token`, such as `--scope S`."""
        return self.command("token", "--user", str(user_id), "--create", *words).splitlines()[-1]

    def command(self, *words: str) -> str:
        """The output of a command of operators, which sets something up: it runs in this process."""
        return printed(*words, env=self.system.addresses()).strip()

    def cli(self, *words: str, token: str = "", timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `content-exports` as a person would, outside the checkout's settings."""
        env = {**os.environ, **self.system.addresses(), "CONTENT_EXPORTS_TOKEN": token}
        command = [console_script(), *words]
        return subprocess.run(command, env=env, cwd=ROOT, text=True, capture_output=True, timeout=timeout, check=False)

    def pid(self, service: str) -> int:
        """The process of `gateway`, `relay`, `cartridge`, `qti`, `zip`, `loader`, `janitor` or `progress`."""
        return self.system.processes.children[service].pid

    def rss(self, service: str) -> int:
        """The resident memory of the service now, in bytes."""
        return int(psutil.Process(self.pid(service)).memory_info().rss)

    def peak_rss(self, service: str) -> int:
        """The highest resident memory of the service since its start, in bytes. Linux only."""
        lines = Path(f"/proc/{self.pid(service)}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

    def kill(self, service: str) -> None:
        """Send SIGKILL and wait for the end."""
        self.system.processes.children[service].kill()

    def stop(self, service: str) -> int:
        """Send SIGTERM and wait for the end. Returns the exit code."""
        return self.system.processes.children[service].stop(STOP_GRACE_S + 5)

    def start(self, service: str) -> None:
        """Start the service again under its address, and wait until it is ready."""
        self.system.processes.start(service)
        self.system.processes.wait_ready(service)

    def stop_broker(self) -> None:
        """Stop RabbitMQ; the services keep running."""
        self.servers.stop_broker()

    def start_broker(self) -> None:
        """Start RabbitMQ again under the same address, and wait until it responds."""
        self.servers.start_broker()

    def restart_database(self, down_s: float) -> None:
        """Stop PostgreSQL, and start it again under the same address; the services keep running."""
        self.servers.stop_database()
        time.sleep(down_s)
        self.servers.start_database()

    def logged(self, service: str, **fields: Any) -> list[dict[str, Any]]:
        """The log lines of a service with these field values."""
        text = (self.system.stack_folder.path / "logs" / f"{service}.log").read_text()
        lines = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
        return [line for line in lines if all(line.get(name) == value for name, value in fields.items())]

    def query(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """The rows of a statement on the database of the stack."""

        async def ask() -> list[asyncpg.Record]:
            db = await asyncpg.connect(self.database_url)
            try:
                return list(await db.fetch(statement, *arguments))
            finally:
                await db.close()

        return asyncio.run(ask())


@contextmanager
def running_stack(servers: SessionServers, **more: str) -> Iterator[Stack]:
    """All services during the block; `more` are further settings by their upper-case names.

    They have a role that may not change tables, which the owner of the database has migrated.
    """
    stack_folder = StackFolder(servers.stack_folder.path / "stack")
    with service_role(servers.server_url) as role, servers.database() as database_url:
        env = {
            "DATABASE_URL": database_url,
            "AMQP_URL": servers.amqp_url,
            "STORE_URL": str(stack_folder.path / "store"),
            "SECRET_KEY": "a-key-of-the-tests-of-32-bytes-or-more",
            "LEASE_S": "4",  # a killed worker's export is taken over within seconds
            "REQUEUE_AFTER_S": "6",  # and a lost message sent again
            **more,
        }
        stack_folder.acquire()
        stack_folder.clear()  # of an earlier stack of this session, whose exports had the same ids
        processes = ServiceProcesses(stack_folder, env, STOP_GRACE_S, quiet=True)
        try:
            role_url = role.granted(database_url)
            processes.migrate()
            processes.env["DATABASE_URL"] = role_url
            processes.start_services()
            server_urls = Servers(database_url, servers.amqp_url, "test")
            yield Stack(RunningSystem(stack_folder, server_urls, processes, env["STORE_URL"]), servers)
        finally:
            processes.stop()
            stack_folder.release()
