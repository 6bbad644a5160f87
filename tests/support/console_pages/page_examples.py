"""An address for every page of the console in every state that it has, by the route that answers there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Page

from services.console.admin.layout import ADMIN
from services.console.session import ROOT, SIGN_IN
from services.console.teacher.place import EXPORT, PLACE
from tests.support.console_pages import exports as each
from tests.support.console_pages.canned_api import (
    ARABIC,
    AWAY,
    COURSE,
    EMPTY,
    REVOKED,
    UNREADABLE,
)
from tests.support.console_pages.operators_api import BUILDS, ENDED, NOWHERE, WAITS

Act = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class PageExample:
    """A page at a path below the console; `act` is done there, and leads to the page. `is_signed_in` is by whom it is seen."""

    route: str
    path: str
    status: int = 200
    act: Act | None = None
    is_signed_in: bool = True
    name: str = ""

    def __str__(self) -> str:
        """What distinguishes it, for the name of a test."""
        return f"{self.path or '/'}{' ' + self.name if self.name else ''}"


def sends(selector: str = "main form[method=post] button", **fields: str) -> Act:
    """Fill fields in by their names, and press a button."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]:visible").fill(value)
        page.locator(selector).first.click()

    return act


def forges(page: Page) -> None:
    """Send a form that is not of this session."""
    page.locator("footer input[name=csrf]").evaluate("field => { field.value = 'x' }")
    page.locator("footer button").last.click()


def opens_all(page: Page) -> None:
    """Open everything that is folded, and tick what is chosen."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


def chooses(page: Page) -> None:
    """Show the tree of the form, with some of it ticked."""
    page.locator("[name=scope][value=chosen]").check()
    opens_all(page)
    page.locator(".area ul input").first.check()


def starts_nothing(page: Page) -> None:
    page.locator("[name=scope][value=chosen]").check()
    page.locator("aside button").first.click()


def checks(page: Page) -> None:
    """What a reader without JavaScript does, to whom alone the button is shown."""
    page.locator("[name=export_type]").last.check()
    page.evaluate("document.documentElement.classList.remove('js')")
    page.locator("aside button.unlive").click()


def at(number: int, more: str = "", context: str = f"courses/{COURSE}") -> str:
    """The path of the page of an export."""
    return f"/{context}/exports/{number}{more}"


def _path(template: str) -> str:
    """A route as aiohttp prints it: without the patterns of its parts."""
    return "/".join(
        part.split(":")[0] + "}" if part.startswith("{") and ":" in part else part for part in template.split("/")
    )


_EXPORT, _PLACE, _NEW = _path(EXPORT), _path(PLACE), _path(PLACE) + "/exports/new"
_ACTION = f"{ADMIN}/exports/{{id}}/{{action}}"

_HOME = [
    PageExample(ROOT, ""),
    PageExample(ROOT, "?search=tides"),
    PageExample(ROOT, "?search=nothing+like+this"),
    PageExample("", "/nowhere", 404),
    PageExample(f"{ROOT}/language", "/sign-in", 403, forges, name="with a form of another session"),
]
_SIGN_IN = [
    PageExample(SIGN_IN, "/sign-in", is_signed_in=False),
    PageExample(SIGN_IN, "/sign-in", 422, sends("main form button", token="a b\tc"), is_signed_in=False, name="wrong"),
    PageExample(SIGN_IN, "/sign-in", 422, sends("main form button", token=REVOKED), is_signed_in=False, name="revoked"),
    PageExample(f"{SIGN_IN}/provider", "/sign-in/provider", 422, is_signed_in=False),
    PageExample(f"{SIGN_IN}/callback", "/sign-in/callback?state=x", 422, is_signed_in=False),
]
_COURSES = [
    *(PageExample(_PLACE, f"/courses/{number}") for number in (COURSE, EMPTY, ARABIC)),
    *(PageExample(_PLACE, f"/courses/{status}", status) for status in (403, 404, 429)),
    PageExample(_PLACE, f"/courses/{AWAY}", 503),
    PageExample(_PLACE, f"/courses/{COURSE}?page=bookmark:2"),
    PageExample(_PLACE, f"/courses/{EMPTY}?page=bookmark:2"),
    PageExample(_PLACE, "/groups/3"),
    PageExample(_PLACE, "/users/7"),
]
_NEW_EXPORTS = [
    PageExample(_NEW, f"/courses/{COURSE}/exports/new"),
    PageExample(_NEW, f"/courses/{COURSE}/exports/new", act=chooses, name="chosen"),
    PageExample(_NEW, f"/courses/{ARABIC}/exports/new", act=chooses, name="chosen"),
    PageExample(_NEW, f"/courses/{EMPTY}/exports/new"),
    PageExample(_NEW, f"/courses/{UNREADABLE}/exports/new"),
    PageExample(_NEW, "/groups/3/exports/new"),
    PageExample(_NEW, "/users/7/exports/new"),
    PageExample(_NEW, f"/courses/{COURSE}/exports/new", 422, starts_nothing, name="nothing ticked"),
    PageExample(f"{_NEW}/check", f"/courses/{COURSE}/exports/new", 200, checks, name="checked"),
]
_EXPORTS = [
    *(PageExample(_EXPORT, at(number), act=opens_all) for number in each.EXPORT_IDS),
    *(PageExample(_EXPORT, at(number, context="users/7")) for number in (each.READY, each.RUNNING)),
    PageExample(_EXPORT, at(404), 404),
    PageExample(f"{_EXPORT}/delete", at(each.READY, "/delete")),
    PageExample(f"{_EXPORT}/delete", at(409, "/delete"), 409),
    PageExample(f"{_EXPORT}/download", at(each.EXPIRED, "/download"), 410),
    PageExample(f"{_EXPORT}/download/{{part}}", at(each.EXPIRED, "/download/2"), 410),
    PageExample(f"{_EXPORT}/inside", at(each.READY, "/inside")),
    PageExample(f"{_EXPORT}/inside", at(each.READY, "/inside?page=9")),
    PageExample(f"{_EXPORT}/inside", at(each.EXPIRED, "/inside"), 410),
    *(PageExample(f"{_EXPORT}/inside/{{path}}", at(each.READY, f"/inside/{quote(path)}")) for path in each.CONTENTS),
    PageExample(f"{_EXPORT}/inside/{{path}}", at(each.READY, "/inside/no.txt"), 404),
]
_OPERATORS_EXPORTS = [
    *(
        PageExample(f"{ADMIN}/exports", f"/admin/exports{query}", act=opens_all)
        for query in ("", f"?context={quote(NOWHERE)}")
    ),
    PageExample(f"{ADMIN}/exports", "/admin/exports?context=frogs", 400),
    *(PageExample(f"{ADMIN}/exports/{{id}}", f"/admin/exports/{number}") for number in (WAITS, BUILDS, ENDED)),
    PageExample(f"{ADMIN}/exports/{{id}}", f"/admin/exports/{BUILDS}?done=taken_back"),
    *(PageExample(f"{ADMIN}/exports/{{id}}", f"/admin/exports/{status}", status) for status in (403, 404, 503)),
    *(PageExample(_ACTION, f"/admin/exports/{BUILDS}/{action}") for action in ("requeue", "fail", "cancel")),
    PageExample(_ACTION, f"/admin/exports/{ENDED}/requeue"),
    PageExample(_ACTION, f"/admin/exports/{WAITS}/fail", 422, sends(), name="without a reason"),
    *(PageExample(f"{ADMIN}/exports/{{id}}/retry", f"/admin/exports/{number}/retry") for number in (ENDED, BUILDS)),
]
_OPERATORS = [
    *(PageExample(f"{ADMIN}/queue", f"/admin/queue{query}", act=opens_all) for query in ("", "?type=qti")),
    PageExample(f"{ADMIN}/dead-letters", "/admin/dead-letters", act=opens_all),
    *(
        PageExample(f"{ADMIN}/dead-letters/{{action}}", f"/admin/dead-letters/{each}?id=all")
        for each in ("replay", "drop")
    ),
    PageExample(f"{ADMIN}/workers", "/admin/workers"),
    *(
        PageExample(f"{ADMIN}/workers/{{action}}", f"/admin/workers/{each}?worker=exports-3")
        for each in ("drain", "undo")
    ),
    PageExample(f"{ADMIN}/pauses", "/admin/pauses"),
    *(
        PageExample(f"{ADMIN}/pauses/{{action}}", f"/admin/pauses/{each}?context=courses%2F12")
        for each in ("pause", "resume", "quarantine", "release")
    ),
    PageExample(
        f"{ADMIN}/pauses/{{action}}", "/admin/pauses/pause?context=courses%2F12", 422, sends(), name="no reason"
    ),
    PageExample(f"{ADMIN}/services", "/admin/services"),
    PageExample(f"{ADMIN}/webhooks", "/admin/webhooks"),
    PageExample(f"{ADMIN}/webhooks/{{user}}/{{id}}", "/admin/webhooks/7/5"),
    PageExample(f"{ADMIN}/webhooks/{{user}}/{{id}}", "/admin/webhooks/7/404", 404),
    *(PageExample(f"{ADMIN}/audit", f"/admin/audit{query}", act=opens_all) for query in ("", "?user_id=99")),
    PageExample(f"{ADMIN}/audit", "/admin/audit?since=yesterday", 400),
    PageExample(f"{ADMIN}/system", "/admin/system"),
]
EXAMPLES = [*_HOME, *_SIGN_IN, *_COURSES, *_NEW_EXPORTS, *_EXPORTS, *_OPERATORS_EXPORTS, *_OPERATORS]

# Routes that have no page of their own: they lead to one, or answer with what is no page of ours.
WITHOUT_PAGE = frozenset({
    "/", f"{ROOT}/admin", f"{ROOT}/sign-out", f"{_EXPORT}/cancel", f"{_EXPORT}/retry", f"{_EXPORT}/again",
    f"{ROOT}/progress/{{id}}/events", f"{_EXPORT}/page/{{path}}", f"{_EXPORT}/entry/{{path}}",
    f"{ROOT}/static", "/healthz", "/readyz",
})  # fmt: skip
