"""The console on paper, from right to left, without motion, and with notifications of the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Reader
from tests.support.console_pages.canned_api import ARABIC, COURSE, TOKEN, CannedApi
from tests.support.console_pages.exports import INCOMPLETE, PARTS, READY, RUNNING
from tests.support.console_pages.page_examples import at, chooses, opens_all
from tests.support.console_pages.running import console_of, in_thread

Visit = Callable[..., Reader]
_NOTED = """
    const Real = Notification;
    window.Notification = class extends Real {
        constructor(title, options) { super(title, options); noted(`${title}: ${options.body}`); }
        static requestPermission() { noted("asked"); return super.requestPermission(); }
    };
"""
_WRONG_WAY = """() => {  // what begins with a letter of a script that is written from right to left, and is laid out the other way
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), wrong = [];
    while (texts.nextNode()) {
        const text = texts.currentNode;
        const first = text.data.match(/\\p{L}/u);
        if (first && /[\\u0590-\\u08ff]/.test(first[0]) && getComputedStyle(text.parentElement).direction !== "rtl") wrong.push(text.data.trim());
    }
    return wrong;
}"""
_CUT_OFF = """() => [...document.querySelectorAll("main *")].filter((each) => {
    const style = getComputedStyle(each), box = each.getBoundingClientRect();
    const leaves = box.width > 1 && (box.left < -1 || box.right > innerWidth + 1);
    return each.checkVisibility() && !each.closest(".visually-hidden, thead, svg") && (leaves || (style.overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1));
}).map((each) => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def api() -> CannedApi:
    return CannedApi()


@pytest.fixture(scope="module")
def console_url(api: CannedApi) -> Iterator[str]:
    with in_thread(console_of(api)) as url:
        yield url


@pytest.fixture
def export_ends(api: CannedApi) -> Iterator[Callable[[], None]]:
    """End all exports."""
    yield lambda: setattr(api, "ended", "exported")
    api.ended = ""


@pytest.fixture
def visit(browser: Browser, console_url: str) -> Iterator[Visit]:
    """Begin a visit; `options` are those of a browser context."""
    contexts = []

    def begin(**options: Any) -> Reader:
        contexts.append(browser.new_context(**{"locale": "en-US", **options}))
        return Reader(console_url, contexts[-1])

    yield begin
    for context in contexts:
        context.close()


def signed_in(visit: Visit, **options: object) -> Reader:
    reader = visit(**options)
    reader.sign_in(TOKEN)
    return reader


@pytest.mark.parametrize("export", [INCOMPLETE, PARTS])
def test_a_report_is_printed_in_dark_letters_without_navigation_and_buttons(visit: Visit, export: int) -> None:
    reader = signed_in(visit, color_scheme="dark")
    page = reader.page
    reader.open(f"/console{at(export)}")
    page.emulate_media(media="print")
    for shown in ("Report", "What it holds", "Came along"):
        expect(page.get_by_role("heading", name=shown)).to_be_visible()
    expect(page.get_by_text("cells-1.pdf")).to_be_visible()
    for gone in ("nav", "button", "a.button", "footer", "a.skip"):
        assert [each for each in page.locator(gone).all() if each.is_visible()] == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    reader.assert_accessible("color-contrast")


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("", opens_all),
        (f"/courses/{ARABIC}", opens_all),
        (f"/courses/{ARABIC}/exports/new", chooses),
        (at(RUNNING, context=f"courses/{ARABIC}"), opens_all),
        (at(INCOMPLETE, context=f"courses/{ARABIC}"), opens_all),
        (at(INCOMPLETE, "/delete", context=f"courses/{ARABIC}"), opens_all),
        (at(READY, "/inside"), opens_all),
        (at(READY, "/inside/web_resources/notes/غدا.txt"), opens_all),
        (at(READY, "/inside/non_cc_assessments/quiz.xml.qti"), opens_all),
        ("/admin/exports", opens_all),
        ("/admin/queue", opens_all),
    ],
)
def test_titles_and_pages_are_laid_out_in_their_own_direction_and_nothing_is_cut_off(
    visit: Visit, path: str, act: Callable[[Page], None]
) -> None:
    reader = signed_in(visit, viewport={"width": 320, "height": 640})
    page = reader.page
    reader.open(f"/console{path}")
    act(page)
    assert page.evaluate(_WRONG_WAY) == []
    page.evaluate("document.documentElement.dir = 'rtl'")  # as of a language that is written so
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert page.locator("h1").evaluate("each => getComputedStyle(each).textAlign") == "start"
    for box in page.locator("label.box:visible").all():
        assert box.evaluate(
            "each => each.firstElementChild.getBoundingClientRect().left > each.getBoundingClientRect().left + each.clientWidth / 2"
        )


@pytest.mark.parametrize(
    "name", ["غدا.txt", "a very long name of a file with many words in it, as people have them, of a lecture.txt"]
)
def test_the_heading_of_an_entry_is_its_name_as_people_write_it(visit: Visit, name: str) -> None:
    reader = signed_in(visit)
    reader.open(f"/console{at(READY, '/inside')}")
    reader.page.get_by_role("link", name=name.removesuffix(".txt")).click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(name)


def test_nothing_moves_for_a_person_who_wants_no_motion(visit: Visit) -> None:
    reader = signed_in(visit, reduced_motion="reduce")
    for path in (at(RUNNING), f"/courses/{COURSE}/exports/new"):
        reader.open(f"/console{path}")
        assert reader.page.evaluate("document.getAnimations().length") == 0
        moving = (
            "[...document.querySelectorAll('*')].filter((each) => getComputedStyle(each).transitionDuration !== '0s')"
        )
        assert reader.page.evaluate(f"{moving}.length") == 0


def test_the_browser_notifies_a_person_who_has_clicked_for_it_when_the_export_has_ended(
    visit: Visit, export_ends: Callable[[], None]
) -> None:
    reader = signed_in(visit, permissions=["notifications"])
    noted = listened(reader)
    page = reader.page
    reader.open(f"/console{at(RUNNING)}")
    page.get_by_role("button", name="Notify me when it is done").click()
    expect(page.get_by_role("button", name="Notify me when it is done")).to_be_hidden()
    export_ends()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    assert noted == ["asked", "The export is ready: Tides and currents"]


@pytest.mark.parametrize("permissions", [[], ["notifications"]])
def test_the_browser_asks_and_notifies_nobody_who_has_not_clicked(
    visit: Visit, export_ends: Callable[[], None], permissions: list[str]
) -> None:
    reader = signed_in(visit, permissions=permissions)
    noted = listened(reader)
    reader.open(f"/console{at(RUNNING)}")
    export_ends()
    expect(reader.page.get_by_role("link", name="Download")).to_be_visible()
    assert noted == []


def listened(reader: Reader) -> list[str]:
    """What the pages ask the browser to show to the person, from now on."""
    noted: list[str] = []
    reader.page.expose_function("noted", lambda *texts: noted.extend(texts))
    reader.page.add_init_script(_NOTED)
    return noted
