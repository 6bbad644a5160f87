"""A real browser. These tests are not async: its event loop runs in the thread of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import browser_or_skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for these tests alone."""
    with browser_or_skip() as browser:
        yield browser
