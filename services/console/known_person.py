"""A session begins only with a token that the API accepts."""

from __future__ import annotations

import aiohttp_session
from aiohttp import web

from services.console.administrators import note_administrator
from services.console.api_client import API, ApiRefused
from services.console.session import sign_in


async def sign_in_as(request: web.Request, token: str) -> None:
    """Begin the session of the person whose token this is.

    Raises ApiRefused, without a session, for a token of nobody, and TokenTooLong.
    """
    await sign_in(request, token)
    try:
        await request.app[API].get(request, "/api/v1/users/self")
    except ApiRefused:
        (await aiohttp_session.get_session(request)).invalidate()
        raise
    await note_administrator(request)
