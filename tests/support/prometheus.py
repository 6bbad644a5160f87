"""Programs of Prometheus, for tests of what watches the system."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str) -> str:
    """The path of `promtool` or `prometheus`; skips the test where it is not installed.

    A variable of the environment with the name in capitals comes first.
    """
    path = os.environ.get(name.upper()) or shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus, or set {name.upper()}")
    return path
