"""What all pages for operators share: their navigation, and words for the codes of the API."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from services.console.admin.words import words_of
from services.console.pages import render, texts_of
from services.console.session import ROOT

ADMIN = f"{ROOT}/admin"


async def render_section(
    request: web.Request, template: str, section: str, status: int = 200, **values: Any
) -> web.Response:
    """The page of a template below `admin/`; `section` is the path of its entry in the navigation."""
    words = words_of((await texts_of(request)).gettext)
    return await render(request, f"admin/{template}", status, admin=ADMIN, section=section, words=words, **values)
