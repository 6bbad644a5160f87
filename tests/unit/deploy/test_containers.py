"""compose.yaml, Dockerfile and entrypoint against the code that they start. No engine is needed."""

from __future__ import annotations

import base64
import hashlib
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.stack.broker_definitions import TEMPLATE, app_definitions
from deploy.stack.checkout import ROOT
from deploy.stack.compose import FILE, SERVERS
from deploy.stack.containers import is_well
from deploy.stack.service_processes import CLIENTS, SERVICES
from services.console.settings import ConsoleSettings, read_console_settings
from shared.contracts.broker_users import definitions
from shared.runtime.mail_settings import MailSettings, read_mail_settings
from shared.runtime.settings import Settings, read_settings
from tests.support.servers import IMAGES

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
LOCKS = ("requirements.lock", "requirements-traces.lock")
SECRETS = {
    "SERVERS_PASSWORD": "a-password",
    "SECRET_KEY": "a-key-of-the-tests-of-32-bytes-or-more",
    "CONSOLE_KEY": "c" * 40,
}
VARIABLE = re.compile(r"\$\{(\w+)(:[?-][^}]*)?\}")
OURS = {service.name: service for service in SERVICES}
WITH_SERVERS = sorted(OURS.keys() - set(CLIENTS))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text()))


def image_environment() -> dict[str, str]:
    """What ENV of the Dockerfile sets for the last stage."""
    words = " ".join(re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)).replace("\\\n", " ")
    return dict(word.split("=", 1) for word in words.split())


def seconds(text: str) -> float:
    """The default of a time with a variable: `${STOP_PERIOD:-50s}`."""
    return float(re.sub(r"\$\{\w+:-(.*)\}", r"\1", text).removesuffix("s"))


def test_every_process_of_the_system_is_a_service_and_the_servers_are_those_that_tests_use(
    compose: dict[str, Any],
) -> None:
    assert {name for name, each in compose["services"].items() if "profiles" not in each} == {
        *OURS,
        *SERVERS,
        "migrate",
    }
    images = {name: compose["services"][name]["image"] for name in SERVERS}
    assert images == {name: f"${{{name.upper()}_IMAGE:-{image}}}" for name, image in IMAGES.items()}


def test_the_image_has_the_extras_that_its_settings_need(compose: dict[str, Any]) -> None:
    (extra,) = re.findall(r"--build-arg EXTRAS=(\w+)", (ROOT / "Makefile").read_text())
    assert extra in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (ROOT / f"requirements-{extra}.lock").exists()
    assert '-r "requirements${EXTRAS:+-$EXTRAS}.lock"' in DOCKERFILE
    assert {compose["services"][name]["image"] for name in OURS} == {"${IMAGE:-content-exports}"}


@pytest.mark.parametrize("name", WITH_SERVERS)
def test_a_container_is_started_once_the_migrations_are_applied(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert (compose["services"]["migrate"]["command"], compose["services"]["migrate"]["restart"]) == ("migrate", "no")


def test_all_containers_are_well_once_each_is_healthy_and_the_migrations_are_applied() -> None:
    assert is_well("/x_gateway_1 gateway running healthy")
    assert is_well("/x_migrate_1 migrate exited 0")
    others = ("gateway running starting", "gateway exited 0", "migrate exited 1", "migrate running starting")
    assert not any(is_well(f"/x_1 {state}") for state in others)


@pytest.mark.parametrize("name", [*OURS, "migrate"])
def test_a_container_has_no_right_that_it_does_not_need(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", WITH_SERVERS)
def test_a_service_needs_nothing_but_settings_to_start(
    compose: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = compose["services"][name]["environment"]
    known = {field.name.upper() for kind in (Settings, MailSettings) for field in fields(kind)}
    assert set(reported) <= known, "a variable that no setting reads"
    assert set(image_environment()) - {"PATH", "PYTHONUNBUFFERED"} <= known
    for field in known:
        monkeypatch.delenv(field, raising=False)
    for variable, value in {**image_environment(), **reported}.items():
        if variable != "PATH":
            monkeypatch.setenv(variable, VARIABLE.sub(lambda found: SECRETS.get(found[1], ""), value))
    settings = read_settings()
    assert read_mail_settings(settings.public_url).server is None
    port = settings.http_port
    assert settings.http_host == "0.0.0.0"
    assert urlsplit(settings.database_url).hostname in compose["services"]
    assert urlsplit(settings.amqp_url).hostname in compose["services"]
    assert (urlsplit(settings.progress_url).hostname, urlsplit(settings.progress_url).port) == ("progress", port)
    assert any(mount.endswith(f":{settings.store_url}") for mount in compose["services"][name]["volumes"])
    assert settings.drain_s + settings.stop_grace_s + 9 < seconds(compose["services"][name]["stop_grace_period"])
    assert f"EXPOSE {port}" in DOCKERFILE
    assert f"VOLUME {settings.store_url}" in DOCKERFILE
    for published in compose["services"][name].get("ports", ()):
        assert published.endswith(f":{port}")


def test_the_console_has_the_api_alone(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    console = compose["services"]["console"]
    known = {field.name.upper() for field in fields(ConsoleSettings)}
    assert set(console["environment"]) <= known, "a variable that no setting reads"
    assert ("volumes" in console, console["networks"]) == (False, ["front", "watched"])
    for variable, value in {**image_environment(), **console["environment"]}.items():
        if variable != "PATH":
            monkeypatch.setenv(variable, VARIABLE.sub(lambda found: SECRETS.get(found[1], ""), value))
    settings = read_console_settings()
    assert urlsplit(settings.api_url).hostname == "gateway"
    assert "front" in compose["services"]["gateway"]["networks"]
    assert settings.drain_s + settings.stop_grace_s + 9 < seconds(console["stop_grace_period"])


def test_database_and_broker_are_made_with_the_names_that_services_use(compose: dict[str, Any]) -> None:
    services = compose["services"]
    reported = services["gateway"]["environment"]
    database, broker = (urlsplit(VARIABLE.sub("x", reported[name])) for name in ("DATABASE_URL", "AMQP_URL"))
    postgres = services["postgres"]["environment"]
    assert (database.username, database.path) == (postgres["POSTGRES_USER"], f"/{postgres['POSTGRES_DB']}")
    (user,) = json.loads(app_definitions("secret"))["users"]
    assert (broker.username, broker.path) == (user["name"], "/")
    variable = VARIABLE.match(postgres["POSTGRES_PASSWORD"])
    assert variable is not None
    assert variable[1] == "SERVERS_PASSWORD"
    for server in SERVERS:
        assert services["gateway"]["depends_on"][server]["condition"] == "service_healthy"
        assert "healthcheck" in services[server]


def test_the_broker_is_started_with_the_definitions_and_without_an_administrator(compose: dict[str, Any]) -> None:
    mounts = dict(
        mount.removesuffix(":ro").rsplit(":", 1)[::-1] for mount in compose["services"]["rabbitmq"]["volumes"]
    )
    loaded = (ROOT / "deploy" / "rabbitmq.conf").read_text().splitlines()[-1].removeprefix("load_definitions = ")
    assert mounts["/etc/rabbitmq/conf.d/20-definitions.conf"] == "./rabbitmq.conf"
    assert mounts[loaded] == "${DEFINITIONS:-../.run/definitions.json}"
    assert "DEFINITIONS := .run/definitions.json" in (ROOT / "Makefile").read_text()
    assert "environment" not in compose["services"]["rabbitmq"], "a default user would be an administrator"


def test_the_template_of_definitions_is_what_the_command_prints() -> None:
    assert json.loads(TEMPLATE.read_text()) == definitions()


def test_the_broker_can_check_the_password_that_is_put_into_the_definitions() -> None:
    (user,) = json.loads(app_definitions("secret"))["users"]
    stored = base64.b64decode(user["password_hash"])
    assert stored[4:] == hashlib.sha256(stored[:4] + b"secret").digest()
    assert user["tags"] == []


def test_what_compose_must_be_given_is_what_make_up_makes() -> None:
    needed = {name for name, default in VARIABLE.findall(FILE.read_text()) if not default.startswith(":-")}
    made = re.search(r"for name in ([A-Z_ ]+);", (ROOT / "Makefile").read_text())
    assert made is not None
    assert needed == set(made[1].split()) == set(SECRETS)


@pytest.mark.parametrize("name", [*OURS, "migrate"])
def test_a_command_of_the_image_becomes_the_module_that_make_run_starts(name: str, tmp_path: Path) -> None:
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "python").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    entrypoint = str(ROOT / "deploy" / "entrypoint.sh")
    words = subprocess.run(["sh", entrypoint, name], env=env, text=True, capture_output=True, check=True).stdout.split()
    module = OURS[name].module if name in OURS else "shared.adapters.postgres.migrate"
    assert words == ["-m", module]
    assert importlib.util.find_spec(module) is not None


def test_a_service_of_compose_has_its_own_name_as_its_command(compose: dict[str, Any]) -> None:
    assert {name: compose["services"][name]["command"] for name in OURS} == {name: name for name in OURS}


def test_what_the_image_is_made_of_is_copied_and_nothing_else_is_sent_to_the_engine() -> None:
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {path for line in lines for path in line.split()}
    roots = {path.partition("/")[0] for path in copied}
    assert {"services", "shared", "deploy", "pyproject.toml", *LOCKS, "README.md", "LICENSE"} == roots
    assert all((ROOT / path).exists() for path in copied)
    first, *rest = (ROOT / ".dockerignore").read_text().split()
    assert first == "*"
    assert {line[1:] for line in rest if line.startswith("!")} == roots


class _Answers(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("busybox") is None, reason="the image has busybox, and this machine has not")
@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_of_the_image_asks_whether_the_service_lives(
    service: int, status: int, healthy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Answers, "status", status)
    found = re.search(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    env = {"PATH": os.environ["PATH"], "HTTP_PORT": str(service)}
    done = subprocess.run(json.loads(found[1]), env=env, check=False, capture_output=True)
    assert (done.returncode == 0) is healthy
