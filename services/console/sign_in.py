"""Sign in with a token or through the identity provider, choose a language, sign out."""

from __future__ import annotations

import aiohttp_session
from aiohttp import web

from services.console.api_client import ApiRefused
from services.console.identity_provider import PROVIDER
from services.console.known_person import sign_in_as
from services.console.pages import CONSOLE, LANGUAGE, refusal, render, see_other, texts_of
from services.console.session import ROOT, SIGN_IN, TokenTooLong, next_page, sign_out


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(SIGN_IN, show)
    app.router.add_post(SIGN_IN, with_token)
    app.router.add_post(f"{ROOT}/sign-out", end)
    app.router.add_post(f"{ROOT}/language", choose_language)


async def show(request: web.Request) -> web.Response:
    """The form; a token where there is no identity provider, or beside it."""
    return await _form(request, next_page(request.query.get("next", "")))


async def with_token(request: web.Request) -> web.StreamResponse:
    """Check the token by a request to the API, and begin a session with it."""
    form = await request.post()
    token, next_path = str(form.get("token", "")).strip(), next_page(str(form.get("next", "")))
    _ = (await texts_of(request)).gettext
    if not token or not token.isascii() or not token.isprintable():
        return await _form(request, next_path, 422, _("Enter an access token. An operator issues them."))
    try:
        await sign_in_as(request, token)
    except TokenTooLong:
        return await _form(request, next_path, 422, _("This is too long for an access token."))
    except ApiRefused as error:
        if error.status not in (401, 403):
            raise
        return await _form(request, next_path, 422, await refusal(request, error))
    return see_other(next_path)


async def end(request: web.Request) -> web.StreamResponse:
    """Sign out."""
    await sign_out(request)
    return see_other(SIGN_IN)


async def choose_language(request: web.Request) -> web.StreamResponse:
    """Keep the language for the session."""
    form = await request.post()
    language = str(form.get("language", ""))
    if language in CONSOLE.languages:
        (await aiohttp_session.get_session(request))[LANGUAGE] = language
    return see_other(next_page(str(form.get("next", ""))))


async def _form(request: web.Request, next_path: str, status: int = 200, problem: str = "") -> web.Response:
    has_provider = PROVIDER in request.app
    return await render(request, "sign_in.html", status, next=next_path, problem=problem, has_provider=has_provider)
