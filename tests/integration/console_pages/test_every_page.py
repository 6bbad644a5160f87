"""Every page of the console, in every state that it has, in two languages, colours and widths."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Response

from services.console.app import open_app
from tests.support.browser import Reader
from tests.support.console_pages.canned_api import TOKEN, CannedApi
from tests.support.console_pages.page_examples import EXAMPLES, WITHOUT_PAGE, PageExample
from tests.support.console_pages.running import console_of, in_thread, settings_for

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "locale": "en-US"}
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark", "locale": "de-DE"}
ALL_RULES: tuple[str, ...] = ()
RULES_OF_SCREENS = ("color-contrast", "target-size", "scrollable-region-focusable", "html-has-lang", "html-lang-valid")
_REFUSED = "Failed to load resource: the server responded with a status of"
_SCRIPT_IN_FRAME = "Blocked script execution"


@pytest.fixture(scope="module")
def readers(browser: Browser) -> Iterator[dict[bool, list[Reader]]]:
    """By whether they are signed in: a reader of English on a wide light screen, and one of German on a narrow dark one."""
    with in_thread(console_of(CannedApi())) as url:
        first = Reader(url, browser.new_context(locale="en-US"))
        first.sign_in(TOKEN)
        cookies = {True: first.context.storage_state(), False: None}
        first.context.close()
        yield {
            signed_in: [Reader(url, browser.new_context(**screen, storage_state=kept)) for screen in (WIDE, NARROW)]
            for signed_in, kept in cookies.items()
        }
        for context in browser.contexts:
            context.close()


@asynccontextmanager
async def known_routes() -> AsyncIterator[set[str]]:
    async with open_app(settings_for("http://127.0.0.1:1")) as app:
        yield {route.resource.canonical for route in app.router.routes() if route.resource is not None}


def test_every_route_has_an_example_of_its_page() -> None:
    with in_thread(known_routes()) as known:
        assert known == {each.route for each in EXAMPLES if each.route} | WITHOUT_PAGE


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_page_is_accessible_makes_no_error_asks_no_other_host_and_fits_a_narrow_screen(
    readers: dict[bool, list[Reader]], example: PageExample
) -> None:
    for reader, rules in zip(readers[example.is_signed_in], (ALL_RULES, RULES_OF_SCREENS), strict=True):
        assert shown(reader, example) == example.status
        reader.errors = [each for each in reader.errors if not _is_expected(each, example)]
        reader.assert_accessible(*rules)
        assert reader.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def shown(reader: Reader, example: PageExample) -> int:
    """Go to the page, with no errors of others before it. Returns the status of its answer."""
    page = reader.page
    reader.errors.clear()
    answer = reader.open(f"/console{example.path}")
    if example.act is not None:
        answers = [answer]
        page.on("response", note := lambda each: answers.append(each) if _is_page(each) else None)
        example.act(page)
        page.wait_for_load_state()
        page.remove_listener("response", note)
        answer = answers[-1]
    return answer.status


def _is_expected(error: str, example: PageExample) -> bool:
    """Whether it is only that the page has this status, or that a page of a package wants to run a script."""
    return (error.startswith(_REFUSED) and example.status != 200) or error.startswith(_SCRIPT_IN_FRAME)


def _is_page(answer: Response) -> bool:
    """Whether it is the answer for the page itself, not for a frame or a file of it."""
    return answer.request.is_navigation_request() and answer.frame.parent_frame is None
