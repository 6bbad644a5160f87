"""A real browser that looks at the console: Debian's Chromium, or the one that CHROMIUM names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

from deploy.stack.install import ensure_packages
from deploy.stack.server_folder import ServerFailed

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = Axe().axe_script
_VIOLATIONS = """options => axe.run(document, options).then(
    ({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) })))"""
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str | None:
    """The path of the browser; None where this machine has none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browser_or_skip() -> Iterator[Browser]:
    """A browser while the block lasts, installed where it is missing; a test is skipped where that cannot be done."""
    try:
        ensure_packages(["chromium"], lambda: chromium() is not None, ", or set CHROMIUM to the path of a browser.")
    except ServerFailed as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])  # as root, it has none
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Reader:
    """A person at the console, with a browser profile of their own. All that the page does wrong is noted."""

    base_url: str
    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        """Open a page, and listen to it."""
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self._note(message.type in ("error", "warning"), message.text))
        self.page.on("pageerror", lambda error: self._note(True, str(error)))
        self.page.on("request", lambda request: self._note(not self._is_ours(request.url), f"asks {request.url}"))

    def _is_ours(self, url: str) -> bool:
        return url.startswith((self.base_url, "data:", "blob:", "about:"))

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.errors.append(text)

    def open(self, path: str) -> Response:
        """Load a page of the console: `/console/courses/1`."""
        answer = self.page.goto(self.base_url + path)
        assert answer is not None
        return answer

    def sign_in(self, token: str) -> None:
        """Sign in with a token, from whatever page asks for it."""
        if urlsplit(self.page.url).path != "/console/sign-in":
            self.open("/console/sign-in")
        self.page.get_by_label("Access token").fill(token)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def assert_accessible(self, *rules: str) -> None:
        """Assert that axe-core finds nothing against WCAG 2.2 AA on this page, or these rules; and no error of the page."""
        self.page.evaluate(_AXE)
        violations = self.page.evaluate(_VIOLATIONS, {"runOnly": rules or _WCAG, "resultTypes": ["violations"]})
        assert violations == []
        assert self.errors == []
