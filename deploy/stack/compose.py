"""PostgreSQL and RabbitMQ as containers of deploy/compose.yaml, for machines with a Docker engine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.stack.broker_definitions import app_definitions
from deploy.stack.server_folder import ServerFailed
from deploy.stack.stack_folder import StackFolder

FILE = Path(__file__).resolve().parents[1] / "compose.yaml"
SERVERS = ("postgres", "rabbitmq")


def available() -> bool:
    """Whether an engine answers and the client has the compose plugin. A `docker` on the PATH alone proves neither."""
    if shutil.which("docker") is None:
        return False
    return all(_answers("docker", *words) for words in (("info",), ("compose", "version")))


class Compose:
    """The two servers of one stack folder, as a compose project of their own; their volumes stay until `remove`."""

    def __init__(self, stack_folder: StackFolder) -> None:
        digest = hashlib.sha256(str(stack_folder.path).encode()).hexdigest()[:10]
        self.project = f"content-exports-{digest}"
        self._has_new_password = not stack_folder.has_secret("servers")
        self._password = stack_folder.secret("servers")
        self._definitions = stack_folder.path / "definitions.json"

    def start(self) -> tuple[str, str]:
        """Start both and wait for their health checks. Returns the URLs of database and broker.

        Raises ServerFailed, with nothing left running, if compose does not bring them up.
        """
        if self._has_new_password:
            self.remove()  # volumes of a deleted folder, whose password went with it
        self._definitions.write_text(app_definitions(self._password))
        self._definitions.chmod(
            0o644
        )  # the broker of the container is another user; a password of 32 bytes is not guessed
        result = self._compose("up", "--detach", "--wait", "--wait-timeout", "180", *SERVERS)
        if result.returncode:
            self.stop()
            raise ServerFailed(f"docker compose failed:\n{result.stdout[-2000:]}")
        database, broker = self._address("postgres", 5432), self._address("rabbitmq", 5672)
        return (
            f"postgresql://app:{self._password}@{database}/content_exports?sslmode=disable",
            f"amqp://app:{self._password}@{broker}/",
        )

    def stop(self) -> None:
        """Stop both; their data stay."""
        self._compose("down")

    def remove(self) -> None:
        """Stop both and delete their data."""
        self._compose("down", "--volumes")

    def _address(self, service: str, port: int) -> str:
        result = self._compose("port", service, str(port))
        if result.returncode:
            raise ServerFailed(f"docker compose published no port of {service}:\n{result.stdout}")
        return result.stdout.strip().splitlines()[-1]

    def _compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "compose", "--file", str(FILE), "--project-name", self.project, *words]
        secrets = {"SERVERS_PASSWORD": self._password, "SECRET_KEY": self._password, "CONSOLE_KEY": self._password}
        env = {**os.environ, **secrets, "DEFINITIONS": str(self._definitions)}
        return subprocess.run(
            command, env=env, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )  # fmt: skip


def _answers(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
