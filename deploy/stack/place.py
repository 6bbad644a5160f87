"""A server's own folder: what it reads, what it prints, and the processes that run in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.stack.account import Account
from deploy.stack.children import Child, Program, start, until

STOP_GRACE_S = 30.0


class ServerFailed(Exception):
    """A server did not start; the message ends with the last it printed."""


class Place:
    """A folder of the servers' user. `remember` is told of each process started here."""

    def __init__(self, folder: Path, account: Account | None, remember: Callable[[Child], None]) -> None:
        self.folder, self.account, self._remember = folder, account, remember
        self.children: list[Child] = []
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._give(folder)

    @property
    def log(self) -> Path:
        """What its processes print."""
        return self.folder / "out.log"

    def write(self, name: str, text: str) -> Path:
        """Write a file that only the servers' user can read."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self._give(path)
        return path

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as the servers' user; its output is in `stdout`."""
        identity = {} if self.account is None else {"user": self.account.uid, "group": self.account.gid}
        return subprocess.run(  # type: ignore[no-any-return,call-overload]  # two keywords or none
            [*command], env=dict(env), cwd=self.folder, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **identity,
        )  # fmt: skip

    def launch(self, program: Program) -> None:
        """Start a program here, behind those already running."""
        with self.log.open("ab") as output:
            child = start(program, output, self.account)
        self.children.append(child)
        self._remember(child)

    def wait_ready(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready`; ServerFailed, and everything here stopped, if the last program ends or time is up."""
        newest = self.children[-1]
        until(lambda: not newest.running() or ready(), seconds)
        if newest.running() and ready():
            return
        self.stop()
        raise ServerFailed(f"{newest.name} did not start:\n{self.tail()}")

    def stop(self) -> None:
        """Stop what runs here, the last started first."""
        while self.children:
            self.children.pop().stop(STOP_GRACE_S)

    def tail(self, characters: int = 2000) -> str:
        """Give the last that was printed here."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def _give(self, path: Path) -> None:
        if self.account is not None:
            self.account.owns(path)
