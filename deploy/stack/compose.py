"""PostgreSQL and RabbitMQ as containers of deploy/compose.yaml, where a Docker engine answers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.stack.home import Home
from deploy.stack.place import ServerFailed

FILE = Path(__file__).resolve().parents[1] / "compose.yaml"
SERVICES = ("postgres", "rabbitmq")


def available() -> bool:
    """Whether an engine answers, and the client knows compose. A `docker` on the PATH alone proves nothing."""
    if shutil.which("docker") is None:
        return False
    return all(_answers("docker", *words) for words in (("info",), ("compose", "version")))


class Compose:
    """The two servers of one home, as a compose project of their own; their volumes stay until `remove`."""

    def __init__(self, home: Home) -> None:
        digest = hashlib.sha256(str(home.folder).encode()).hexdigest()[:10]
        self.project = f"content-exports-{digest}"
        self._new = not home.has_secret("servers")
        self._password = home.secret("servers")

    def start(self) -> tuple[str, str]:
        """Start both and wait for their health checks. Gives the addresses of database and broker."""
        if self._new:
            self.remove()  # volumes of a home that was deleted: nobody has their password any more
        result = self._compose("up", "--detach", "--wait", "--wait-timeout", "180", *SERVICES)
        if result.returncode:
            self.stop()
            raise ServerFailed(f"docker compose failed:\n{result.stdout[-2000:]}")
        database, broker = self._address("postgres", 5432), self._address("rabbitmq", 5672)
        return (
            f"postgresql://app:{self._password}@{database}/content_exports?sslmode=disable",
            f"amqp://app:{self._password}@{broker}/",
        )

    def stop(self) -> None:
        """Stop both; their data stays."""
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
        env = {**os.environ, "SERVERS_PASSWORD": self._password, "SECRET_KEY": self._password}
        return subprocess.run(
            command, env=env, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )  # fmt: skip


def _answers(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
