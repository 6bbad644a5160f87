"""The Docker engine: the one that DOCKER_HOST names, or one of our own on a socket in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import Program, start, wait_until

START_S = 60.0
STOP_S = 30.0


class CommandFailed(Exception):
    """A command of the engine failed; the text is its last output."""


def run(*words: str, timeout_s: float = 900.0) -> str:
    """The output of a command. Raises CommandFailed."""
    done = subprocess.run(
        words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s, check=False, cwd=ROOT
    )
    if done.returncode:
        raise CommandFailed(f"{' '.join(words[:4])} ... ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


# Debian's client is preferred: it builds with BuildKit without a plugin.
CLIENT = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"


def docker(*words: str) -> str:
    """The output of `docker`. Raises CommandFailed."""
    return run(CLIENT, *words)


@contextmanager
def engine(folder: Path) -> Iterator[None]:
    """An engine during the block, named by DOCKER_HOST. One of our own keeps its images in the folder."""
    os.environ["DOCKER_BUILDKIT"] = "1"
    if os.environ.get("DOCKER_HOST"):
        yield
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        raise CommandFailed("No engine: set DOCKER_HOST, or install docker.io and be root, so that one can be started.")
    folder.mkdir(parents=True, exist_ok=True)
    socket = f"unix://{folder}/docker.sock"
    places = ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
    program = Program("dockerd", ["dockerd", "-H", socket, *places], dict(os.environ), ROOT)
    with (folder / "dockerd.log").open("ab") as log:
        daemon = start(program, log)
    os.environ["DOCKER_HOST"] = socket
    try:
        if not wait_until(_answers, START_S, pause_s=0.5):
            raise CommandFailed(f"dockerd did not answer; {folder}/dockerd.log says why")
        yield
    finally:
        del os.environ["DOCKER_HOST"]
        daemon.stop(STOP_S)


def _answers() -> bool:
    try:
        docker("info")
    except CommandFailed:
        return False
    return True
