"""Starts, watches and stops the services of the system as processes of this machine."""

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

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import ChildProcess, Program, start, wait_until
from deploy.stack.logs import LogFile
from deploy.stack.ports import LOOPBACK, kept_ports
from deploy.stack.restarts import Restarts
from deploy.stack.stack_folder import StackFolder

READY_S = 60.0
KILLED_GRACE_S = 1.0  # a service cuts its work off at the end of its grace time and has this long to exit; then SIGKILL


@dataclass(frozen=True, slots=True)
class Service:
    """A process of the system: its name in logs and commands, and the module to run."""

    name: str
    module: str


# In the order of stopping: what accepts requests, what carries and does the work, and last what reports on it.
SERVICES = (
    Service("gateway", "services.gateway"),
    Service("inbox", "services.gateway.inbox"),
    Service("ingest", "services.ingest"),
    Service("relay", "services.gateway.relay"),
    Service("cartridge", "services.cartridge"),
    Service("qti", "services.qti"),
    Service("zip", "services.zip"),
    Service("loader", "services.loader"),
    Service("janitor", "services.janitor"),
    Service("notifier", "services.notifier"),
    Service("progress", "services.progress"),
    Service("console", "services.console"),
)

_OF_SERVERS = frozenset({"DATABASE_URL", "AMQP_URL", "STORE_URL", "SECRET_KEY"})
CLIENTS = ("console",)  # have the HTTP API alone: no database, no broker, no store
APIS = ("gateway", "progress", "console")  # serve strangers on their port, and operators on another one


class ServiceEnded(Exception):
    """A service ended unexpectedly, or did not become ready."""


class ServiceProcesses:
    """All services of one stack folder, each on a port of its own.

    `env` holds DATABASE_URL, AMQP_URL, STORE_URL, SECRET_KEY and any other settings of the services.
    Logs go to `logs/` of the folder; warnings also to the terminal, unless `quiet`.
    """

    def __init__(
        self, stack_folder: StackFolder, env: Mapping[str, str], stop_grace_s: float = 30.0, *, quiet: bool = False
    ) -> None:
        self._stack_folder, self._grace_s, self._quiet = stack_folder, stop_grace_s, quiet
        names = [service.name for service in SERVICES]
        ports = kept_ports(stack_folder.path / "ports.json", [*names, *(f"{name}, operators" for name in APIS)])
        self.ports = {name: ports[name] for name in names}
        self.ports["gateway"] = int(env.get("HTTP_PORT") or self.ports["gateway"])
        self._ops_ports = {name: ports[f"{name}, operators"] for name in APIS}
        self._restarts = Restarts()
        self.env = {
            **os.environ,
            **env,
            "HTTP_HOST": LOOPBACK,
            "PROGRESS_URL": self.url("progress"),
            "API_URL": self.url("gateway"),
            "CONSOLE_KEY": stack_folder.secret("console"),
            "STOP_GRACE_S": str(stop_grace_s),
            "PYTHONUNBUFFERED": "1",
        }
        self.children: dict[str, ChildProcess] = {}
        self._logs: dict[str, LogFile] = {}

    def url(self, name: str) -> str:
        """The base URL of the service of this name."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def ops_url(self, name: str) -> str:
        """Where the service of this name has its metrics, and its readiness in detail."""
        return f"http://{LOOPBACK}:{self._ops_ports.get(name, self.ports[name])}"

    def migrate(self) -> None:
        """Apply the migrations that the database lacks. Raises ServiceEnded if that fails."""
        command = [sys.executable, "-m", "shared.adapters.postgres.migrate"]
        result = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode:
            raise ServiceEnded(f"the migrations failed:\n{result.stdout}{result.stderr}")

    def start_all(self) -> None:
        """Migrate, start every service and wait until all are ready. Raises ServiceEnded if one is not."""
        self.migrate()
        self.start_services()

    def start_services(self) -> None:
        """The same without migrations."""
        for service in SERVICES:
            self.start(service.name)
        for service in SERVICES:
            self.wait_ready(service.name)

    def start(self, name: str) -> ChildProcess:
        """Start one service, for the first time or again, under its one address."""
        module = next(service.module for service in SERVICES if service.name == name)
        shared = self.env if name not in CLIENTS else {k: v for k, v in self.env.items() if k not in _OF_SERVERS}
        env = {**shared, "HTTP_PORT": str(self.ports[name]), "OPS_PORT": str(self._ops_ports.get(name, 0))}
        command = [sys.executable, "-m", module]
        # An orphan is killed: no one would be left to wait for a graceful end, and the work is safe to run twice.
        child = start(Program(name, command, env, ROOT, orphan_signal=signal.SIGKILL), subprocess.PIPE)
        self._stack_folder.remember(child)
        self.children[name] = child
        self._log(name).parent.mkdir(exist_ok=True)
        assert child.process.stdout is not None
        self._logs[name] = LogFile(name, self._log(name), child.process.stdout, quiet=self._quiet)
        return child

    def wait_ready(self, name: str) -> None:
        """Wait until /readyz of a service answers 200. Raises ServiceEnded if it ends instead or takes over READY_S."""
        child = self.children[name]
        wait_until(lambda: not child.running() or self.ready(name), READY_S, pause_s=0.1)
        if not child.running():
            raise ServiceEnded(self._unexpected_end(child))
        if not self.ready(name):
            raise ServiceEnded(f"{name} was not ready within {READY_S:.0f} s; see {self._log(name)}")

    def ready(self, name: str) -> bool:
        """Whether /readyz of a service answers 200."""
        return is_ready(self.url(name))

    def watch(self, stopping: Callable[[], bool]) -> None:
        """Return once `stopping()` holds; a service that ends before that is started again.

        Raises ServiceEnded where that makes no sense: its settings are wrong, or it ends again and again.
        """
        while not stopping():
            for child in list(self.children.values()):
                if not child.running():
                    self._restart(child)
            time.sleep(0.2)

    def _restart(self, child: ChildProcess) -> None:
        end = self._unexpected_end(child)
        if not self._restarts.allowed(child.name, child.process.returncode, time.monotonic()):
            raise ServiceEnded(end)
        print(f"{end.splitlines()[0]} it is started again; its log is {self._log(child.name)}", flush=True)
        self.start(child.name)

    def stop(self) -> None:
        """Ask all services in order to stop, let the grace time run for all at once, then kill those that are left."""
        for child in self.children.values():
            child.ask_to_stop()
        deadline = time.monotonic() + self._grace_s + KILLED_GRACE_S
        for child in self.children.values():
            child.wait(max(0.0, deadline - time.monotonic()))
        for log in self._logs.values():
            log.close()
        self.children.clear()

    def _unexpected_end(self, child: ChildProcess) -> str:
        code = child.process.returncode
        cause = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        self._logs[child.name].close()
        last = self._log(child.name).read_text(errors="replace")[-1500:]
        return f"{child.name} ended unexpectedly ({cause}):\n{last}"

    def _log(self, name: str) -> Path:
        return self._stack_folder.path / "logs" / f"{name}.log"


def is_ready(base_url: str) -> bool:
    """Whether /readyz of the process at this address answers 200."""
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=5) as response:  # noqa: S310  our own URL
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
