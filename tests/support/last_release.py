"""Processes of the last release, from its own code, beside those of this checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import ChildProcess, Program, start, wait_until
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.service_processes import is_ready

NAMED = ROOT / "deploy" / "last_release"  # a line: the tag or commit that this code must run beside
READY_S = 60.0
STOP_S = 25.0


@dataclass(frozen=True)
class EarlierProcesses:
    """The processes that run, by name, and the port of each."""

    folder: Path
    children: dict[str, ChildProcess]
    ports: dict[str, int]

    def url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def are_ready(self) -> bool:
        """Whether all are; raises AssertionError with its last lines if one has ended."""
        for name, child in self.children.items():
            assert child.running(), f"{name} of the last release has ended:\n{self.log(name)[-3000:]}"
        return all(is_ready(self.url(name)) for name in self.children)

    def stop(self, name: str) -> None:
        """Stop a process, and have it no more."""
        assert self.children.pop(name).stop(STOP_S) == 0, self.log(name)[-3000:]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def last_release() -> str:
    """The tag or commit that NAMED has. Skips the test where the clone does not have it."""
    name = NAMED.read_text().strip()
    if _git("cat-file", "-e", f"{name}^{{commit}}").returncode:
        pytest.skip(f"this clone does not have the last release, {name}: it is shallow, or not a clone")
    return name


def check_out(commit: str, folder: Path) -> None:
    """The files of a commit, without its history."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


@contextmanager
def running_last_release(
    release: str, folder: Path, modules: Sequence[str], env: Mapping[str, str]
) -> Iterator[EarlierProcesses]:
    """These modules of a release as processes, ready, during the block. `env` has their settings but for ports."""
    check_out(release, folder)
    with ExitStack() as stack:
        processes = EarlierProcesses(folder, {}, {module.rpartition(".")[2]: free_port() for module in modules})
        for module in modules:
            name = module.rpartition(".")[2]
            own = {"PYTHONPATH": str(folder), "HTTP_PORT": str(processes.ports[name])}
            if "progress" in processes.ports:
                own["PROGRESS_URL"] = processes.url("progress")
            output = stack.enter_context((folder / f"{name}.log").open("wb"))
            child = start(Program(name, [sys.executable, "-m", module], {**env, **own}, folder), output)
            processes.children[name] = child
            stack.callback(child.stop, STOP_S)
        assert wait_until(processes.are_ready, READY_S, pause_s=0.2), "the last release is not ready"
        yield processes


def errors_of(processes: EarlierProcesses) -> list[str]:
    """The errors that the processes have logged, or ended with."""
    return [line for name in processes.ports for line in processes.log(name).splitlines() if _is_error(line)]


def _is_error(line: str) -> bool:
    return not line.startswith("{") or bool(json.loads(line)["level"] == "error")


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, text=True, capture_output=True, check=False)
