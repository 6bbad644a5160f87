"""Programs that end with the process that started them; one that did outlive it can be recognised later."""

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

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """Names one process for as long as the machine is up: a pid is used again, a pid with its start time is not."""

    pid: int
    started: int  # clock ticks after boot

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The process that has this pid now; None if there is none, or a zombie is all that is left."""
        try:
            # The second field is the program's name in parentheses, and may hold blanks and parentheses of its own.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    def alive(self) -> bool:
        """Whether this process, and not another under its pid, still runs."""
        return ProcessIdentity.of(self.pid) == self

    def end(self, first: int, grace_s: float) -> None:
        """End a process that need not be our child: send the signal `first`, and SIGKILL after `grace_s` seconds."""
        for number in (first, signal.SIGKILL):
            if not self.alive():
                return
            os.kill(self.pid, number)
            wait_until(lambda: not self.alive(), grace_s)


@dataclass(frozen=True, slots=True)
class Program:
    """A command to start, with its environment and working folder, and the signal that asks it to stop."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals | None = None  # what the kernel sends it when we die; None: the stop signal


class ChildProcess:
    """A program that we started."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.program, self.process = program, process
        # A program that has already ended has no start time any more; 0 is the start time of no process.
        self.identity = ProcessIdentity.of(process.pid) or ProcessIdentity(process.pid, 0)

    @property
    def name(self) -> str:
        """The name of the program."""
        return self.program.name

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self.process.pid

    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal, without waiting for the end."""
        if self.running():
            self.process.send_signal(self.program.stop_signal)

    def stop(self, grace_s: float) -> int:
        """Ask the process to stop, and kill it after `grace_s` seconds.

        Returns its exit code; a negative one is the number of the signal that ended it.
        """
        self.ask_to_stop()
        return self.wait(grace_s)

    def wait(self, grace_s: float) -> int:
        """Wait for the process to end, and kill it after `grace_s` seconds. Returns its exit code."""
        try:
            return self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """Send SIGKILL and wait for the process to end. Returns its exit code."""
        self.process.kill()
        return self.process.wait()


def start(program: Program, output: IO[bytes] | int, account: Account | None = None) -> ChildProcess:
    """Start a program in a session of its own, with its output to `output`, as `account` if one is given.

    Call it from the main thread: the kernel ends the program when the thread that started it ends.
    """
    user = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(
        [*program.command],
        env=dict(program.env),
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
        preexec_fn=_end_with(os.getpid(), program.orphan_signal or program.stop_signal),  # noqa: PLW1509  takes no lock
        **user,  # type: ignore[call-overload]  # three keywords or none
    )
    return ChildProcess(program, process)


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Make the kernel send us the signal `number` when our own parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))


def wait_until(condition: Callable[[], bool], seconds: float, pause_s: float = 0.03) -> bool:
    """Check `condition` every `pause_s` until it holds or `seconds` have passed. Returns whether it held."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def _end_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # loaded before the fork: afterwards only async-signal-safe calls are sound

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number))  # preexec_fn runs after the change of user, which would clear this
        if os.getppid() != parent:  # the parent ended before we asked: no signal will come
            os._exit(1)

    return ask_kernel
