"""Programs that never outlive the process that started them, and can be recognised if they did."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.stack.account import Account

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """One process for as long as the machine is up: a pid is used again, a pid with its start time is not."""

    pid: int
    started: int  # clock ticks after boot

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Give the process that has this pid now; None if there is none, or only its exit code is left of it."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def end(self, first: int, grace_s: float) -> None:
        """End a process that need not be our child: signal `first`, and SIGKILL after `grace_s` seconds."""
        for number in (first, signal.SIGKILL):
            if not self.alive():
                return
            os.kill(self.pid, number)
            until(lambda: not self.alive(), grace_s)


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, and the signal that asks it to stop."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals | None = None  # what the kernel sends it when we die; None: the stop signal


class Child:
    """A started program."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.program, self.process = program, process
        self.identity = Identity.of(process.pid) or Identity(process.pid, 0)

    @property
    def name(self) -> str:
        """Its program's name."""
        return self.program.name

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send its stop signal, once, without waiting."""
        if self.running():
            self.process.send_signal(self.program.stop_signal)

    def stop(self, grace_s: float) -> int:
        """Stop it, by force after `grace_s` seconds. Gives its exit code (negative: the signal that ended it)."""
        self.ask_to_stop()
        return self.wait(grace_s)

    def wait(self, grace_s: float) -> int:
        """Wait for its end, by force after `grace_s` seconds. Gives its exit code."""
        try:
            return self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it by SIGKILL and wait for its end. Gives its exit code."""
        self.process.kill()
        return self.process.wait()


def start(program: Program, output: IO[bytes] | int, account: Account | None = None) -> Child:
    """Start a program in a session of its own, its output to `output`, as `account` if one is given.

    Call it from the main thread: the kernel ends the program when the thread that started it ends.
    """
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(
        [*program.command],
        env=dict(program.env),
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
        preexec_fn=_tie(os.getpid(), program.orphan_signal or program.stop_signal),  # noqa: PLW1509  nothing is locked
        **identity,  # type: ignore[call-overload]  # three keywords or none
    )
    return Child(program, process)


def tie_to_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Make the kernel send us `number` when our own parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))


def until(condition: Callable[[], bool], seconds: float, pause_s: float = 0.03) -> bool:
    """Ask again and again until `condition` holds or `seconds` have passed. Gives whether it held."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def _tie(parent: int, number: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # loaded before the fork: afterwards only async-signal-safe calls are sound

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number))  # after the change of user, which would clear it
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return tie
