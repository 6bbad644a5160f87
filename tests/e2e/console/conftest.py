"""People at the console of the running system, each with a browser profile of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from deploy.stack.install import ensure_packages
from deploy.stack.server_folder import ServerFailed
from tests.support.browser import Reader, chromium, opened_browser
from tests.support.stack import Stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real browser, installed where it is missing; the tests are skipped where that cannot be done."""
    try:
        ensure_packages(["chromium"], lambda: chromium() is not None, ", or set CHROMIUM to the path of a browser.")
    except ServerFailed as error:
        pytest.skip(str(error))
    with opened_browser(chromium() or "") as browser:
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
