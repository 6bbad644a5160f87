"""Node.js with packages that a folder's lock names."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(folder: Path, package: str) -> str:
    """The program node, once the packages of the folder are installed. Skips the test where that is impossible."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of a test run must not install into one folder
        if not (folder / "node_modules" / package).is_dir():
            done = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
            if done.returncode:
                pytest.skip(f"npm cannot install {package}: {done.stderr.strip()[-300:]}")
    return node
