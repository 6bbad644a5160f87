"""Holes between long-lived blocks go back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import psutil
from shared.runtime.memory import release_free_memory

def resident():
    return psutil.Process().memory_info().rss

bytearray(16 * 2**20)  # glibc keeps blocks of this size from here on
before, large, small = resident(), [], []
for _ in range(60):
    large.append(bytearray(b"x") * 2**20)
    small.append(bytearray(b"x") * 2**16)
large.clear()
holes = resident() - before
release_free_memory()
print(holes, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no malloc_trim")
def test_what_lies_free_between_blocks_in_use_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    holes, kept = map(int, done.stdout.split())
    if holes < 40 * 2**20:
        pytest.skip("this C library keeps no holes")
    assert kept < 20 * 2**20
