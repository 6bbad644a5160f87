"""The tools of a worker, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fakes import FakeTools


@pytest.fixture
def fakes() -> Iterator[FakeTools]:
    with ThreadPoolExecutor(1) as threads:
        yield FakeTools(threads)
