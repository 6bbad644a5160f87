"""`make upgrade-test`: a system of the last release is upgraded while clients export, in the order of deploy/README.md."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.service_processes import ServiceProcesses
from deploy.stack.stack_folder import StackFolder
from shared.adapters.postgres.access import digest
from shared.adapters.postgres.pool import open_connection
from tests.e2e.conftest import SAMPLE
from tests.support.client import Client
from tests.support.export_load import ExportLoad
from tests.support.last_release import EarlierProcesses, check_out, errors_of, last_release, running_last_release
from tests.support.servers import SessionServers

PHASE_S = float(os.environ.get("UPGRADE_PHASE_S", "15"))  # of each step
MODULES = (
    "services.gateway",
    "services.gateway.relay",
    "services.cartridge",
    "services.qti",
    "services.zip",
    "services.progress",
    "services.janitor",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "last-release"
    path.mkdir()
    return path


@pytest.fixture
def env(servers: SessionServers, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of both releases, on a database of their own."""
    with servers.database() as url:
        yield {
            **os.environ,
            "DATABASE_URL": url,
            "AMQP_URL": servers.amqp_url,
            "STORE_URL": str(tmp_path / "store"),
            "SECRET_KEY": "a-key-of-the-tests-of-32-bytes-or-more",
            "STOP_GRACE_S": "10",
        }


def earlier_cli(folder: Path, env: dict[str, str], *words: str) -> str:
    """The output of the command line of the last release."""
    command = [sys.executable, "-m", "services.cli", *words]
    earlier = {**env, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=earlier, text=True, capture_output=True, check=True).stdout


async def a_token(database_url: str) -> str:
    """The token of a new site admin, as every release reads it: the command for one has changed."""
    token = secrets.token_hex(32)
    async with open_connection(database_url) as db:
        user_id = await db.fetchval("INSERT INTO users (site_admin) VALUES (true) RETURNING id")
        await db.execute("INSERT INTO access_tokens (user_id, digest) VALUES ($1, $2)", user_id, digest(token))
    return token


def test_a_running_system_is_upgraded_without_a_failed_request_or_a_lost_export(
    folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    release = last_release()
    check_out(release, folder)
    course = int(json.loads(earlier_cli(folder, env, "load", str(SAMPLE)))["course_id"])
    token = asyncio.run(a_token(env["DATABASE_URL"]))
    stack_folder = StackFolder(tmp_path / "stack")
    stack_folder.acquire()
    processes = ServiceProcesses(stack_folder, env, 10.0, quiet=True)
    try:
        with running_last_release(release, folder, MODULES, env) as earlier:
            load = ExportLoad(course, tmp_path, [Client(earlier.url("gateway"), token)])
            _upgrade(load, earlier, processes, token)
    finally:
        processes.stop()
        stack_folder.release()
    print(f"{len(load.exported)} exports, {len(load.failures)} failures")
    assert load.failures == []
    assert len(load.exported) > 0
    assert errors_of(earlier) == []


def _upgrade(load: ExportLoad, earlier: EarlierProcesses, processes: ServiceProcesses, token: str) -> None:
    with load.running() as settled:
        time.sleep(PHASE_S)  # the load of this step, not a wait
        processes.migrate()
        time.sleep(PHASE_S)
        earlier.stop("relay")  # as the page for operators says
        processes.start_all()
        load.gateways.append(Client(processes.url("gateway"), token))
        time.sleep(PHASE_S)
        del load.gateways[0]
        settled()
        for name in list(earlier.children):
            earlier.stop(name)
        time.sleep(PHASE_S)
