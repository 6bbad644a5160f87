"""A notifier as a process of its own, which a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.checkout import ROOT
from deploy.stack.ports import free_port

PUBLIC_URL = "https://exports.school.edu"


@contextmanager
def notifier(log: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process during the block, which is killed at its end; settings by their upper-case names."""
    env = {**os.environ, "SECRET_KEY": "k" * 32, "PUBLIC_URL": PUBLIC_URL, "MAIL_FROM": "exports@school.edu"}
    env |= {"HTTP_PORT": str(free_port()), "SWEEP_S": "0.1", **settings}
    with (
        log.open("ab") as output,
        subprocess.Popen([sys.executable, "-m", "services.notifier"], env=env, cwd=ROOT, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
