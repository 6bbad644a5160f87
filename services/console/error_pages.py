"""What goes wrong becomes a page: what happened, in the API's own sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from aiohttp import hdrs, web

from services.console.api_client import ApiAway, ApiRefused
from services.console.pages import refusal, render, see_other, texts_of
from services.console.session import ROOT, SIGN_IN, ForgedForm, SignedOut, sign_out

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what the API refuses, an API that is away, and a missing page into a page. All else is an error of ours."""
    if not request.path.startswith(ROOT):
        return await handler(request)
    try:
        return await handler(request)
    except SignedOut:
        return await _to_sign_in(request)
    except ApiRefused as error:
        if error.status == 401 and not error.sentence.startswith("Insufficient"):
            await sign_out(request)  # the token has expired or was revoked
            return await _to_sign_in(request)
        return await _refused(request, error)
    except ApiAway:
        return await _away(request)
    except ForgedForm:
        return await _forged(request)
    except web.HTTPNotFound:
        return await _missing(request)


async def _to_sign_in(request: web.Request) -> web.StreamResponse:
    if request.method == "GET" and "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        return see_other(f"{SIGN_IN}?{urlencode({'next': request.path_qs})}")
    _ = (await texts_of(request)).gettext
    return await _page(request, 401, _("You are signed out"), _("Sign in, and try again."), (SIGN_IN, _("Sign in")))


async def _refused(request: web.Request, error: ApiRefused) -> web.Response:
    _ = (await texts_of(request)).gettext
    headings = {
        403: _("You have no right to this"),
        404: _("There is no such page"),
        409: _("This is not possible now"),
        410: _("This is no longer there"),
        429: _("Too much at once"),
        503: _("Not available at the moment"),
        507: _("There is no more space"),
    }
    heading = headings.get(error.status, _("This did not work"))
    sentence = await refusal(request, error)
    answer = await _page(request, error.status, heading, sentence, (ROOT, _("To the start")), error=error)
    if error.retry_after:
        answer.headers[hdrs.RETRY_AFTER] = error.retry_after
    return answer


async def _away(request: web.Request) -> web.Response:
    _ = (await texts_of(request)).gettext
    sentence = _("The service does not answer. Your exports go on; load this page again in a minute.")
    again = (request.path_qs, _("Try again"))
    return await _page(request, 503, _("Not available at the moment"), sentence, again)


async def _forged(request: web.Request) -> web.Response:
    _ = (await texts_of(request)).gettext
    sentence = _("Nothing was changed. Load the page again, and send the form from there.")
    return await _page(request, 403, _("This form is too old"), sentence, (ROOT, _("To the start")))


async def _missing(request: web.Request) -> web.Response:
    _ = (await texts_of(request)).gettext
    sentence = _("The address leads nowhere.")
    return await _page(request, 404, _("There is no such page"), sentence, (ROOT, _("To the start")))


async def _page(
    request: web.Request,
    status: int,
    heading: str,
    sentence: str,
    link: tuple[str, str],
    *,
    error: ApiRefused | None = None,
) -> web.Response:
    return await render(request, "error.html", status, heading=heading, sentence=sentence, link=link, error=error)
