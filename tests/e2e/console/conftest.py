"""People at the console of the running system, each with a browser profile of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Reader, browser_or_skip
from tests.support.stack import Stack


@pytest.fixture(scope="package")
def browser(stack: Stack) -> Iterator[Browser]:
    """A real browser. The system is up before it: from then on an event loop runs in this thread."""
    with browser_or_skip() as browser:
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
