"""The whole system in one piece: servers, migrations, services; and the console script that talks to it."""

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

from deploy.stack.children import tie_to_parent
from deploy.stack.home import ROOT, Home
from deploy.stack.processes import Processes
from deploy.stack.servers import Servers, open_servers

OPERATOR = 1  # the user whose token `make run` and `make demo` make


class CommandFailed(Exception):
    """The console script ended with another code than 0."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The running system."""

    home: Home
    servers: Servers
    processes: Processes
    store_url: str

    @property
    def base_url(self) -> str:
        """Where clients find the API."""
        return self.processes.url("gateway")

    def addresses(self) -> dict[str, str]:
        """Give what clients and operators' commands need, but for a token."""
        return {
            "CONTENT_EXPORTS_URL": self.base_url,
            "DATABASE_URL": self.servers.database_url,
            "AMQP_URL": self.servers.amqp_url,
            "STORE_URL": self.store_url,
        }

    def token(self, user_id: int = OPERATOR) -> str:
        """Make an access token of a user who may do everything."""
        return self.command("token", "--user", str(user_id), "--site-admin").strip().splitlines()[-1]

    def command(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run `content-exports` with these words. Gives what it prints; CommandFailed with what it complains of."""
        result = subprocess.run(
            [console_script(), *words],
            env={**os.environ, **self.addresses(), **(env or {})},
            cwd=ROOT, text=True, check=False, capture_output=True,
        )  # fmt: skip
        if result.returncode:
            raise CommandFailed(f"content-exports {words[0]} failed:\n{result.stdout}{result.stderr}")
        return result.stdout


def console_script() -> str:
    """Give the path of `content-exports` in the environment of this interpreter."""
    return str(Path(sys.executable).with_name("content-exports"))


@contextmanager
def open_whole(
    home: Home,
    *,
    say: Callable[[str], None] = print,
    quiet: bool = False,
    keep_data: bool = True,
    stop_grace_s: float = 30.0,
) -> Iterator[Whole]:
    """Start everything in a home that is taken; stop it in the reverse order at the end, whatever happens."""
    with open_servers(home, say, keep_data=keep_data) as servers:
        store_url = os.environ.get("STORE_URL") or str(home.folder / "store")
        env = {
            "DATABASE_URL": servers.database_url,
            "AMQP_URL": servers.amqp_url,
            "STORE_URL": store_url,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or home.secret("signing"),
            "HTTP_PORT": os.environ.get("HTTP_PORT", ""),
        }
        processes = Processes(home, env, stop_grace_s, quiet=quiet)
        try:
            processes.start_all()
            yield Whole(home, servers, processes, store_url)
        finally:
            processes.stop()


class Stopped(BaseException):
    """SIGINT or SIGTERM came; blocks are left in order."""


@contextmanager
def taken(home: Home, say: Callable[[str], None] = print) -> Iterator[None]:
    """Own a home while the block lasts, and leave the block when SIGINT or SIGTERM comes, or our parent ends.

    Only the first signal counts: what it sets off must run to its end.
    """
    tie_to_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    ended = home.take()
    if ended:
        say(f"ended what a killed run had left: {', '.join(ended)}")
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        home.release()


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)
