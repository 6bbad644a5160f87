"""A page before a change: its effect, its reason, and the button that applies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from services.console.admin.layout import render_section

LONGEST_REASON = 1000  # characters, as in the API


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the page says. Its form is sent to the address of the page."""

    section: str
    heading: str
    sentences: Sequence[str]
    button: str
    back: str  # the path of the page before
    reason: str = ""  # the label of a field for a reason; empty: there is no such field
    is_possible: bool = True  # without it the page has no button

    async def page(self, request: web.Request, status: int = 200, problem: str = "") -> web.Response:
        """The page; with 422 and a problem, again."""
        return await render_section(
            request, "confirm.html", self.section, status, confirmation=self, problem=problem, longest=LONGEST_REASON
        )


async def reason_of(request: web.Request) -> str:
    """The reason in the form."""
    return str((await request.post()).get("reason", "")).strip()[:LONGEST_REASON]
