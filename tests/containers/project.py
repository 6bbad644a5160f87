"""A compose project of its own for a test, its first token, and exports through its gateway."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import wait_until
from deploy.stack.containers import unhealthy
from deploy.stack.ports import free_port
from tests.containers.engine import CLIENT, CommandFailed, docker, run
from tests.support.client import Client

IMAGE = "content-exports-test"
PROJECT = "content-exports-test"
PASSWORD = "a-password-of-the-tests"
READY_S = 180.0
PROFILES = ("s3", "proxy", "monitoring")
TYPES = ("common_cartridge", "qti", "zip")
COMPOSE = Path("deploy") / "compose.yaml"  # in a checkout


@dataclass
class Project:
    """The compose project under test."""

    port: int
    folder: Path  # of its secrets, settings, definitions and the note of versions
    compose: list[str]
    image: str = IMAGE
    figures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self, *services: str, profiles: Sequence[str] = ()) -> float:
        """Start all containers, or these; the seconds until each is healthy and the gateway is ready."""
        started = time.monotonic()
        os.environ["IMAGE"] = self.image
        options = [word for profile in profiles for word in ("--profile", profile)]
        run(*self.compose, *options, "up", "--detach", *services)
        self.wait()
        return time.monotonic() - started

    def start_server(self, name: str) -> None:
        """Start one container alone, and wait until it is healthy."""
        run(*self.compose, "up", "--detach", name)
        if not wait_until(lambda: not unhealthy(self.compose), READY_S, pause_s=1.0):
            raise CommandFailed(f"not healthy after {READY_S:.0f} s: {unhealthy(self.compose)}\n{self.logs()}")

    def address(self, service: str, port: int) -> str:
        """Host and published port."""
        return run(*self.compose, "port", service, str(port)).strip()

    def at(self, checkout: Path, image: str) -> Project:
        """The same project with the compose file of another checkout and an image of its code."""
        file = str(checkout / COMPOSE)
        words = [file if word.endswith(str(COMPOSE)) else word for word in self.compose]
        return replace(self, compose=words, image=image)

    def wait(self) -> None:
        if not wait_until(lambda: not unhealthy(self.compose) and self.is_ready(), READY_S, pause_s=1.0):
            raise CommandFailed(f"not healthy after {READY_S:.0f} s: {unhealthy(self.compose)}\n{self.logs()}")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def logs(self) -> str:
        return run(*self.compose, "logs", "--tail", "20")

    def container(self, service: str) -> str:
        return run(*self.compose, "ps", "--quiet", service).split()[0]

    def client(self) -> Client:
        """A client with the token of a site admin, made as an operator makes the first one."""
        words = ("content-exports", "token", "--user", "1", "--create", "--site-admin")
        token = docker("exec", self.container("gateway"), *words).split()[-1]
        return Client(self.url, token)

    def note(self, name: str, value: str) -> None:
        self.figures.append((name, value))
        print(f"{name}: {value}", flush=True)


def compose_tools() -> list[str]:
    """The compose tools of this machine: those that COMPOSE names, separated by commas, or what is installed."""
    if named := os.environ.get("COMPOSE"):
        return named.split(",")
    plugin = subprocess.run([CLIENT, "compose", "version"], capture_output=True, check=False)
    tools = (("docker-compose", shutil.which("docker-compose")), (f"{CLIENT} compose", plugin.returncode == 0))
    if found := [tool for tool, usable in tools if usable]:
        return found
    raise CommandFailed("No compose tool: install docker-compose, or the plugin of docker.")


@contextmanager
def project(images: dict[str, str], tool: str = "", **settings: str) -> Iterator[Project]:
    """The project during the block; its containers, networks and volumes are removed at the end.

    `tool` is the compose tool, `settings` are those of settings.env.
    """
    tool = tool or compose_tools()[0]
    with TemporaryDirectory() as folder:
        secrets = {"SERVERS_PASSWORD": PASSWORD, "SECRET_KEY": "k" * 40, "CONSOLE_KEY": "c" * 40}
        port = free_port(hold=False)
        os.environ |= secrets | {
            "GATEWAY_PORT": str(port),
            "CONSOLE_PORT": str(free_port(hold=False)),
            "DEFINITIONS": f"{folder}/definitions.json",
            **{f"{server.upper()}_IMAGE": image for server, image in images.items()},
        }
        definitions = Path(folder) / "definitions.json"
        definitions.write_text(run(sys.executable, "-m", "deploy.stack.broker_definitions"))
        definitions.chmod(0o644)
        Path(folder).chmod(0o755)
        (Path(folder) / "secrets.env").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
        (Path(folder) / "settings.env").write_text(
            "".join(f"{name}={value}\n" for name, value in {"DRAIN_S": "5", **settings}.items())
        )
        os.environ["SETTINGS"] = f"{folder}/settings.env"
        words = [*tool.split(), "--project-name", PROJECT, "--file", str(ROOT / COMPOSE)]
        try:
            yield Project(port, Path(folder), words)
        finally:
            every = [word for profile in PROFILES for word in ("--profile", profile)]
            run(*words, *every, "down", "--volumes", "--timeout", "10")


def load_and_export(running: Project, client: Client) -> int:
    """Load the sample over HTTP and export it as each type; the id of the course."""
    env_words = ["content-exports", "load", str(ROOT / "deploy" / "sample"), "--url", running.url]
    os.environ["CONTENT_EXPORTS_TOKEN"] = client.token
    loaded = run(str(Path(sys.executable).parent / env_words[0]), *env_words[1:])
    course = int(loaded.split('"course_id": ')[1].split(",")[0].split("}")[0])
    for export_type in TYPES:
        started = time.monotonic()
        done = client.exported(course, export_type)
        assert done["workflow_state"] == "exported", done
        running.note(f"{export_type} of the sample", f"{time.monotonic() - started:.1f} s")
    return course
