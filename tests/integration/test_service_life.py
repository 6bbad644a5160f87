"""The start and end of every kind of process: exit codes and last log lines."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import wait_until
from deploy.stack.ports import free_port
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_connection
from shared.adapters.postgres.schema import migrations, version_of
from tests.support.servers import SessionServers

MODULES = (
    "services.gateway",
    "services.gateway.inbox",
    "services.ingest",
    "services.gateway.relay",
    "services.zip",
    "services.loader",
    "services.progress",
    "services.janitor",
)
WITHOUT_STORE = ("services.gateway.inbox", "services.ingest", "services.gateway.relay", "services.progress")
WITH_BROKER = ("services.gateway", "services.gateway.inbox", "services.gateway.relay", "services.zip")
PATIENCE_S = 60.0


class Started:
    """A process of the system, its log in a file."""

    def __init__(self, module: str, folder: Path, settings: dict[str, str]) -> None:
        self.module, self.port, self._log = module, free_port(), folder / f"{module}.log"
        env = {**os.environ, "SECRET_KEY": "k" * 32, "STORE_URL": str(folder), "HTTP_PORT": str(self.port), **settings}
        with self._log.open("wb") as output:
            self.process = subprocess.Popen([sys.executable, "-m", module], env=env, cwd=ROOT, stderr=output)

    def log(self) -> list[dict[str, object]]:
        """Every line is an event."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def lines(self) -> list[str]:
        """What it has printed on stderr, as it stands."""
        return self._log.read_text().splitlines()

    def readiness(self) -> int:
        """What /readyz answers; 0 for nothing."""
        return self.answer("/readyz")[0]

    def answer(self, path: str) -> tuple[int, str]:
        """The status and the body of an answer; 0 for nothing."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


@contextmanager
def started(folder: Path, *modules: str, **settings: str) -> Iterator[list[Started]]:
    """All at the same time, and ended with the block."""
    processes = [Started(module, folder, settings) for module in modules]
    try:
        yield processes
    finally:
        for each in processes:
            each.process.kill()
            each.process.wait()


def test_a_process_without_its_database_ends_with_1_and_says_why_in_its_last_line(tmp_path: Path) -> None:
    nowhere = f"postgresql://app@127.0.0.1:{free_port()}/none"
    with started(tmp_path, *MODULES, DATABASE_URL=nowhere) as processes:
        for each in processes:
            assert each.process.wait(PATIENCE_S) == 1
            last = each.log()[-1]
            assert (last["event"], last["level"]) == ("service_crashed", "error")
            assert str(last["reason"]).startswith("The database did not answer")
            assert "DatabaseUnavailable" in str(last["exception"])


def test_settings_that_are_missing_or_wrong_are_named_each_in_a_line_and_nothing_starts() -> None:
    env = {**os.environ, "SECRET_KEY": "k" * 32, "DATABASE_URL": "", "LEASE_S": "soon", "SLOTS": "0"}
    command = [sys.executable, "-m", "services.zip"]
    ended = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 78
    assert [line.partition(":")[0] for line in ended.stderr.splitlines()] == ["DATABASE_URL", "LEASE_S", "SLOTS"]


@pytest.mark.parametrize("setting", ["DATABASE_URL", "STORE_URL", "HTTP_PORT"])
def test_a_setting_that_only_its_use_shows_to_be_wrong_ends_a_process_with_78_and_its_line(
    migrated_url: str, tmp_path: Path, setting: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wrong = {
            "DATABASE_URL": migrated_url.rpartition("/")[0] + "/missing",
            "STORE_URL": "ftp://user:secret@host/x",
            "HTTP_PORT": str(taken.getsockname()[1]),
        }
        settings = {"DATABASE_URL": migrated_url, setting: wrong[setting]}
        modules = [each for each in MODULES if setting != "STORE_URL" or each not in WITHOUT_STORE]
        with started(tmp_path, *modules, **settings) as processes:
            for each in processes:
                assert each.process.wait(PATIENCE_S) == 78
                last = each.lines()[-1]
                assert last.startswith(f"{setting}: ")
                assert "secret" not in last


@pytest.mark.parametrize("wrong", ["password", "virtual host", "port"])
def test_an_address_that_the_broker_refuses_ends_a_process_with_78_and_one_line(
    migrated_url: str, amqp_url: str, tmp_path: Path, wrong: str
) -> None:
    right = urlsplit(amqp_url)
    urls = {
        "password": right._replace(netloc=f"{right.username}:secret@{right.hostname}:{right.port}"),
        "virtual host": right._replace(path="/missing"),
        "port": right._replace(netloc=f"{right.username}:secret@{right.hostname}:port"),
    }
    with started(tmp_path, *WITH_BROKER, DATABASE_URL=migrated_url, AMQP_URL=urlunsplit(urls[wrong])) as processes:
        for each in processes:
            assert each.process.wait(PATIENCE_S) == 78
            assert each.lines()[-1].startswith("AMQP_URL: ")
            assert [line for line in each.lines() if not line.startswith("{")] == each.lines()[-1:]
            assert "secret" not in "".join(each.lines())


def test_a_process_that_is_asked_to_stop_ends_with_0_and_says_so(
    migrated_url: str, amqp_url: str, tmp_path: Path
) -> None:
    signals = [signal.SIGINT, *[signal.SIGTERM] * (len(MODULES) - 1)]
    with started(tmp_path, *MODULES, DATABASE_URL=migrated_url, AMQP_URL=amqp_url) as processes:
        assert wait_until(lambda: all(each.readiness() == 200 for each in processes), PATIENCE_S)
        for each, number in zip(processes, signals, strict=True):
            each.process.send_signal(number)
        for each in processes:
            assert each.process.wait(PATIENCE_S) == 0
            log = each.log()
            assert (log[0]["event"], log[-1]["event"]) == ("service_started", "service_stopped")
            assert len({line["service"] for line in log}) == 1


def test_worker_relay_and_inbox_are_not_ready_without_their_broker(migrated_url: str, tmp_path: Path) -> None:
    nowhere = f"amqp://127.0.0.1:{free_port()}/"
    modules = ("services.gateway.relay", "services.gateway.inbox", "services.zip", "services.gateway")
    with started(tmp_path, *modules, DATABASE_URL=migrated_url, AMQP_URL=nowhere) as processes:
        assert wait_until(lambda: [each.readiness() for each in processes] == [503, 503, 503, 200], PATIENCE_S)


def test_processes_wait_unready_for_the_schema_that_they_need(
    servers: SessionServers, amqp_url: str, tmp_path: Path
) -> None:
    modules = ("services.gateway", "services.gateway.relay", "services.zip")
    needed = version_of(migrations()[-1][0])
    with servers.database() as url, started(tmp_path, *modules, DATABASE_URL=url, AMQP_URL=amqp_url) as processes:
        gateway, relay, _ = processes
        assert wait_until(lambda: [each.readiness() for each in processes] == [503, 503, 503], PATIENCE_S)
        assert gateway.answer("/healthz")[0] == 200
        assert json.loads(gateway.answer("/readyz")[1])["checks"] == {"schema": "unavailable"}
        assert gateway.answer("/api/v1/courses/1/content_exports")[0] == 503
        sentence = f"The schema of the database has version 0, and {needed} is needed: apply the migrations"
        assert sentence in relay.answer("/readyz")[1]
        asyncio.run(migrate(url))
        assert wait_until(lambda: [each.readiness() for each in processes] == [200, 200, 200], PATIENCE_S)
        for each in processes:
            seen, awaited = (line for line in each.log() if line["event"] in {"schema_seen", "schema_awaited"})
            assert (seen["version"], seen["needed"]) == (0, needed)
            assert sentence in str(awaited["reason"])


def test_a_process_that_waits_for_the_schema_ends_with_0_when_it_is_asked_to_stop(
    servers: SessionServers, tmp_path: Path
) -> None:
    with servers.database() as url, started(tmp_path, "services.janitor", DATABASE_URL=url) as (janitor,):
        assert wait_until(lambda: janitor.readiness() == 503, PATIENCE_S)
        janitor.process.terminate()
        assert janitor.process.wait(PATIENCE_S) == 0


def test_a_process_refuses_a_schema_that_serves_only_later_code(servers: SessionServers, tmp_path: Path) -> None:
    async def migrated_later(url: str) -> None:
        await migrate(url)
        async with open_connection(url) as db:
            await db.execute(
                "INSERT INTO schema_migrations (name, sha256, serves_from) VALUES ('9998_x.sql', '', 9997)"
            )

    with servers.database() as url:
        asyncio.run(migrated_later(url))
        with started(tmp_path, "services.janitor", "services.gateway", DATABASE_URL=url) as processes:
            for each in processes:
                assert each.process.wait(PATIENCE_S) == 78
                sentence = (
                    "DATABASE_URL: the schema has version 9998, which serves code from version 9997 on; this code"
                )
                assert each.lines()[-1].startswith(sentence)
