"""Whether the person who signs in administers the service: their navigation then leads to the pages for operators."""

from __future__ import annotations

from contextlib import suppress

import aiohttp_session
from aiohttp import web

from services.console.api_client import API, ApiAway, ApiRefused
from services.console.pages import ADMINISTERS
from shared.contracts.bodies import AccountBody


async def note_administrator(request: web.Request) -> None:
    """Keep it in the session. It opens no page: each of these asks the API, which knows what is true now."""
    administered: list[AccountBody] = []
    with suppress(ApiRefused, ApiAway):
        administered = (await request.app[API].get(request, "/api/v1/accounts")).decoded(list[AccountBody])
    (await aiohttp_session.get_session(request))[ADMINISTERS] = bool(administered)
