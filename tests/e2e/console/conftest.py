"""People at the console of the running system, each with a browser profile of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Reader, chromium, opened_browser
from tests.support.stack import Stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real browser; the tests are skipped where there is none."""
    path = chromium()
    if path is None:
        pytest.skip("there is no browser: `apt-get install chromium`, or set CHROMIUM to its path")
    with opened_browser(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def console_url(stack: Stack) -> str:
    """The address of the console: http://127.0.0.1:PORT."""
    return stack.system.processes.url("console")


@pytest.fixture
def visit(browser: Browser, console_url: str) -> Iterator[Callable[..., Reader]]:
    """Begin the visit of a person; `options` are those of a browser context: locale, viewport, java_script_enabled."""
    contexts = []

    def begin(**options: object) -> Reader:
        contexts.append(browser.new_context(**{"locale": "en-US", **options}))  # type: ignore[arg-type]
        return Reader(console_url, contexts[-1])

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def reader(visit: Callable[..., Reader]) -> Reader:
    """A person who is not signed in yet."""
    return visit()
