"""The folder of one private server: its files, its log, and the processes that run in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.stack.account import Account
from deploy.stack.child_processes import ChildProcess, Program, start, wait_until

STOP_GRACE_S = 30.0


class ServerFailed(Exception):
    """A server did not start; the message ends with the last lines of its output."""


class ServerFolder:
    """A folder that belongs to the servers' user. `remember` is called with each process that is started in it."""

    def __init__(self, path: Path, account: Account | None, remember: Callable[[ChildProcess], None]) -> None:
        self.path, self.account, self._remember = path, account, remember
        self.children: list[ChildProcess] = []
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        self._hand_over(path)

    @property
    def log(self) -> Path:
        """The file with the output of all processes of this folder."""
        return self.path / "out.log"

    def write(self, name: str, text: str) -> Path:
        """Write a file that only the servers' user can read. Returns its path."""
        path = self.path / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self._hand_over(path)
        return path

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as the servers' user; its output and errors are both in `stdout`."""
        user = {} if self.account is None else {"user": self.account.uid, "group": self.account.gid}
        return subprocess.run(  # type: ignore[no-any-return,call-overload]  # two keywords or none
            [*command], env=dict(env), cwd=self.path, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **user,
        )  # fmt: skip

    def launch(self, program: Program) -> None:
        """Start a program in this folder. It is stopped before those that were started earlier."""
        with self.log.open("ab") as output:
            child = start(program, output, self.account)
        self.children.append(child)
        self._remember(child)

    def wait_ready(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready`. If the newest program ends or time is up, stop all of them and raise ServerFailed."""
        newest = self.children[-1]
        wait_until(lambda: not newest.running() or ready(), seconds)
        if newest.running() and ready():
            return
        self.stop()
        raise ServerFailed(f"{newest.name} did not start:\n{self.tail()}")

    def stop(self) -> None:
        """Stop all processes of this folder, the newest first."""
        while self.children:
            self.children.pop().stop(STOP_GRACE_S)

    def kill(self) -> None:
        """Kill all processes of this folder, the newest first."""
        while self.children:
            self.children.pop().kill()

    def tail(self, characters: int = 2000) -> str:
        """The end of the log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            self.account.take_ownership(path)
