"""Which servers are used. Docker is a script on the path that records its arguments and gives prepared answers."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.stack import compose, servers
from deploy.stack.ports import LOWEST, free_port
from deploy.stack.servers import Servers, open_servers
from deploy.stack.stack_folder import StackFolder

ENGINE = """
case "$*" in
    info | "compose version") exit 0 ;;
    *" port postgres 5432") echo 127.0.0.1:40001 ;;
    *" port rabbitmq 5672") echo 127.0.0.1:40002 ;;
    *" up "*) exit "$UP" ;;
esac
"""
Docker = Callable[[str], Path]


@pytest.fixture
def stack_folder(tmp_path: Path) -> StackFolder:
    stack_folder = StackFolder(tmp_path / "home")
    stack_folder.path.mkdir()
    return stack_folder


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a `docker` on the path with this body; gives the file where its calls are written down."""
    for name in ("DATABASE_URL", "AMQP_URL"):
        monkeypatch.delenv(name, raising=False)

    def put(body: str) -> Path:
        calls, program = tmp_path / "calls", tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho "$*" >> "{calls}"\n{body}')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        return calls

    return put


def test_addresses_in_the_environment_are_used_and_no_engine_is_asked(
    stack_folder: StackFolder, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = docker(ENGINE)
    monkeypatch.setenv("DATABASE_URL", "postgresql://there/db")
    monkeypatch.setenv("AMQP_URL", "amqp://there")
    with open_servers(stack_folder) as found:
        assert (found.database_url, found.amqp_url, found.origin) == (
            "postgresql://there/db", "amqp://there", "environment",
        )  # fmt: skip
    assert not calls.exists()


def test_containers_are_used_where_an_engine_answers_and_stopped_at_the_end(
    stack_folder: StackFolder, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = docker(ENGINE)
    monkeypatch.setenv("UP", "0")
    with open_servers(stack_folder) as found:
        assert found.origin == "compose"
        assert "@127.0.0.1:40001/content_exports" in found.database_url
        assert found.amqp_url.endswith("@127.0.0.1:40002/")
        assert not calls.read_text().splitlines()[-1].endswith(" down")
    asked = calls.read_text().splitlines()
    assert any(call.endswith(" postgres rabbitmq") and " up " in call for call in asked)
    assert asked[-1].endswith(" down")


def test_native_servers_take_over_where_the_containers_do_not_start(
    stack_folder: StackFolder, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(ENGINE)
    monkeypatch.setenv("UP", "1")
    native = Servers("postgresql://native", "amqp://native", "native")
    monkeypatch.setattr(servers, "_native", lambda *_, **__: native)
    said: list[str] = []
    with open_servers(stack_folder, said.append) as found:
        assert found == native
    assert "docker compose failed" in said[0]


def test_a_client_without_an_engine_is_no_engine(docker: Docker) -> None:
    docker("echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    assert not compose.available()


def test_volumes_whose_password_was_deleted_with_their_home_are_deleted_too(
    stack_folder: StackFolder, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = docker(ENGINE)
    monkeypatch.setenv("UP", "0")
    for _ in range(2):
        with open_servers(stack_folder):
            pass
    asked = [
        call.split(project_of(stack_folder))[-1].strip() for call in calls.read_text().splitlines() if "--file" in call
    ]
    ups = [index for index, call in enumerate(asked) if call.startswith("up")]
    assert asked[ups[0] - 1] == "down --volumes", "the first start finds no password of its own"
    assert asked[ups[1] - 1] == "down", "the second one goes on with the data of the first"


def project_of(stack_folder: StackFolder) -> str:
    return compose.Compose(stack_folder).project


def test_two_homes_have_containers_of_their_own(tmp_path: Path) -> None:
    homes = [StackFolder(tmp_path / name) for name in ("a", "b")]
    for stack_folder in homes:
        stack_folder.path.mkdir()
    first, second, again = (compose.Compose(stack_folder).project for stack_folder in (*homes, homes[0]))
    assert first != second
    assert first == again


def test_a_port_is_free_and_below_those_that_clients_get() -> None:
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = [free_port() for _ in range(20)]
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()  # which binds with SO_REUSEADDR, as servers do
    assert min(ports) >= LOWEST
    if first_of_clients > LOWEST + 1000:
        assert max(ports) < first_of_clients


def test_a_port_that_was_chosen_is_not_chosen_again_before_or_after_a_server_has_used_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, other = free_port(), free_port(hold=False)
    monkeypatch.setattr("random.SystemRandom.sample", lambda *_, k: [held, other][:k])
    assert free_port(hold=False) == other
    with socket.create_server(("127.0.0.1", held)):  # which binds with SO_REUSEADDR, as servers do
        assert free_port(hold=False) == other
    assert free_port(hold=False) == other
