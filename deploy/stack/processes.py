"""The services of the system as processes of this machine: started, watched, stopped, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.children import Child, Program, start, until
from deploy.stack.home import ROOT, Home
from deploy.stack.logs import LogFile
from deploy.stack.ports import LOOPBACK, free_port

READY_S = 60.0
KILLED_GRACE_S = 1.0  # after the grace time a service gets this long to end by itself, then SIGKILL


@dataclass(frozen=True, slots=True)
class Service:
    """A process of the system: what it is called here, and its module."""

    name: str
    module: str


# In the order of stopping: first who takes requests, then who carries and does the work, last who tells of it.
SERVICES = (
    Service("gateway", "services.gateway"),
    Service("relay", "services.gateway.relay"),
    Service("cartridge", "services.cartridge"),
    Service("qti", "services.qti"),
    Service("zip", "services.zip"),
    Service("janitor", "services.janitor"),
    Service("progress", "services.progress"),
)


class ServiceEnded(Exception):
    """A service ended that should have gone on, or did not become ready."""


class Processes:
    """All services of one home, each on a port of its own.

    `env` holds DATABASE_URL, AMQP_URL, STORE_URL, SECRET_KEY and whatever else the services are to be told.
    Logs go to `logs/` of the home; warnings also to the terminal, unless `quiet`.
    """

    def __init__(self, home: Home, env: Mapping[str, str], stop_grace_s: float = 30.0, *, quiet: bool = False) -> None:
        self._home, self._grace_s, self._quiet = home, stop_grace_s, quiet
        self.ports = {service.name: free_port() for service in SERVICES}
        self.ports["gateway"] = int(env.get("HTTP_PORT") or self.ports["gateway"])
        self.env = {
            **os.environ,
            **env,
            "HTTP_HOST": LOOPBACK,
            "PROGRESS_URL": self.url("progress"),
            "STOP_GRACE_S": str(stop_grace_s),
            "PYTHONUNBUFFERED": "1",
        }
        self.children: dict[str, Child] = {}
        self._logs: dict[str, LogFile] = {}

    def url(self, name: str) -> str:
        """Where the service of this name listens."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def migrate(self) -> None:
        """Bring the database up to date; ServiceEnded if that fails."""
        command = [sys.executable, "-m", "shared.adapters.postgres.migrate"]
        result = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode:
            raise ServiceEnded(f"the migrations failed:\n{result.stdout}{result.stderr}")

    def start_all(self) -> None:
        """Start every service and wait until all are ready."""
        self.migrate()
        for service in SERVICES:
            self.start(service.name)
        for service in SERVICES:
            self.wait_ready(service.name)

    def start(self, name: str) -> Child:
        """Start one service, also again after it ended, under the same address."""
        module = next(service.module for service in SERVICES if service.name == name)
        env = {**self.env, "HTTP_PORT": str(self.ports[name])}
        command = [sys.executable, "-m", module]
        child = start(Program(name, command, env, ROOT, orphan_signal=signal.SIGKILL), subprocess.PIPE)
        self._home.started(child)
        self.children[name] = child
        self._log(name).parent.mkdir(exist_ok=True)
        assert child.process.stdout is not None
        self._logs[name] = LogFile(name, self._log(name), child.process.stdout, quiet=self._quiet)
        return child

    def wait_ready(self, name: str) -> None:
        """Wait until /readyz of a service answers 200; ServiceEnded if it ends instead, or takes too long."""
        child = self.children[name]
        until(lambda: not child.running() or self.ready(name), READY_S, pause_s=0.1)
        if not child.running():
            raise ServiceEnded(self._epitaph(child))
        if not self.ready(name):
            raise ServiceEnded(f"{name} was not ready within {READY_S:.0f} s; see {self._log(name)}")

    def ready(self, name: str) -> bool:
        """Whether /readyz of a service answers 200."""
        try:
            with urllib.request.urlopen(f"{self.url(name)}/readyz", timeout=5) as answer:  # noqa: S310  our own URL
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def watch(self, stopping: Callable[[], bool]) -> None:
        """Return once `stopping()`; ServiceEnded if a service ends before."""
        while not stopping():
            for child in self.children.values():
                if not child.running():
                    raise ServiceEnded(self._epitaph(child))
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask all services in order to stop, wait for the grace time together, end the rest by force."""
        for child in self.children.values():
            child.ask_to_stop()
        deadline = time.monotonic() + self._grace_s + KILLED_GRACE_S
        for child in self.children.values():
            child.wait(max(0.0, deadline - time.monotonic()))
        for log in self._logs.values():
            log.close()
        self.children.clear()

    def _epitaph(self, child: Child) -> str:
        code = child.process.returncode
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        self._logs[child.name].close()
        last = self._log(child.name).read_text(errors="replace")[-1500:]
        return f"{child.name} ended unexpectedly ({how}):\n{last}"

    def _log(self, name: str) -> Path:
        return self._home.folder / "logs" / f"{name}.log"
