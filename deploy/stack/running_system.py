"""Starts and stops the whole system: servers, migrations, services. Runs its console script."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import end_with_parent
from deploy.stack.servers import Servers, open_servers
from deploy.stack.service_processes import ServiceProcesses
from deploy.stack.stack_folder import StackFolder

OPERATOR = 1  # the user of the access token that `make run` and `make demo` create


class CommandFailed(Exception):
    """The console script ended with an exit code other than 0; the message has its output."""


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """All servers and services of one stack folder, up and running."""

    stack_folder: StackFolder
    servers: Servers
    processes: ServiceProcesses
    store_url: str

    @property
    def base_url(self) -> str:
        """The URL of the HTTP API."""
        return self.processes.url("gateway")

    def addresses(self) -> dict[str, str]:
        """The environment variables that clients and operators' commands need, except for a token."""
        return {
            "CONTENT_EXPORTS_URL": self.base_url,
            "DATABASE_URL": self.servers.database_url,
            "AMQP_URL": self.servers.amqp_url,
            "STORE_URL": self.store_url,
        }

    def token(self, user_id: int = OPERATOR) -> str:
        """Create an access token of a site admin, who has every right, and return it."""
        return self.command("token", "--user", str(user_id), "--create", "--site-admin").strip().splitlines()[-1]

    def command(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run `content-exports` with these arguments and return its standard output.

        Raises CommandFailed with all of its output if its exit code is not 0.
        """
        result = subprocess.run(
            [console_script(), *words],
            env={**os.environ, **self.addresses(), **(env or {})},
            cwd=ROOT, text=True, check=False, capture_output=True,
        )  # fmt: skip
        if result.returncode:
            raise CommandFailed(f"content-exports {words[0]} failed:\n{result.stdout}{result.stderr}")
        return result.stdout


def console_script() -> str:
    """The path of `content-exports` in the environment of this interpreter."""
    return str(Path(sys.executable).with_name("content-exports"))


@contextmanager
def open_system(
    stack_folder: StackFolder,
    *,
    report: Callable[[str], None] = print,
    quiet: bool = False,
    keep_data: bool = True,
    stop_grace_s: float = 30.0,
) -> Iterator[RunningSystem]:
    """Start everything in an acquired stack folder; stop it in reverse order at the end, also after an error.

    Raises ServerFailed or ServiceEnded, with everything stopped again, if a part does not start.
    """
    with open_servers(stack_folder, report, keep_data=keep_data) as servers:
        store_url = os.environ.get("STORE_URL") or _store_of_its_own(stack_folder)
        env = {
            "DATABASE_URL": servers.database_url,
            "AMQP_URL": servers.amqp_url,
            "STORE_URL": store_url,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or stack_folder.secret("signing"),
            "HTTP_PORT": os.environ.get("HTTP_PORT", ""),
        }
        processes = ServiceProcesses(stack_folder, env, stop_grace_s, quiet=quiet)
        try:
            processes.start_all()
            yield RunningSystem(stack_folder, servers, processes, store_url)
        finally:
            processes.stop()


class Stopped(BaseException):
    """A signal asked us to stop. Raised in the main thread, so that each open block ends in order."""


@contextmanager
def acquired(stack_folder: StackFolder, report: Callable[[str], None] = print) -> Iterator[None]:
    """Own a stack folder during the block. SIGINT, SIGTERM, SIGHUP or the end of our parent raise Stopped in it.

    Only the first signal counts: the cleaning up that it starts must not be interrupted.
    Raises AlreadyRunning if another process owns the folder.
    """
    end_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    ended = stack_folder.acquire()
    if ended:
        report(f"ended what a killed run had left: {', '.join(ended)}")
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stack_folder.release()


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def _store_of_its_own(stack_folder: StackFolder) -> str:
    """The folder of a store, there before any process looks at it: the janitor measures its disk."""
    path = stack_folder.path / "store"
    path.mkdir(mode=0o750, exist_ok=True)
    return str(path)
