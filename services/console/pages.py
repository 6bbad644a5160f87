"""Pages in the reader's language, from the templates of this folder."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import aiohttp_session
import jinja2
from aiohttp import hdrs, web
from babel import dates, numbers
from jinja2.runtime import Context
from markupsafe import Markup

from services.console.api_client import ApiRefused
from services.console.api_sentences import api_sentence, english
from services.console.session import ROOT, csrf_of
from shared.domain.language.texts import Catalogues, Texts

CONSOLE = Catalogues("services.console")
FRAGMENT = "X-Fragment"  # header of a request by our scripts, which put the answer into the page
LANGUAGE = "language"  # of the session, where the person has chosen one
ADMINISTERS = "administers"  # of the session: whether the person is a site admin, as of the sign-in
TEXTS = web.RequestKey("texts", Texts)
_UTC = ZoneInfo("UTC")


def set_up(app: web.Application) -> None:
    """Give the application its templates: `{{ _("...") }}`, `{% trans %}`, and filters for times, sizes and numbers."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.PackageLoader("services.console"),
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
    environment.globals["root"] = ROOT
    environment.tests["day"] = _is_day
    environment.filters |= {"moment": _moment, "size": _size, "number": _number, "of_api": _of_api, "english": _english}


async def render(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """The page of a template. Its forms carry `{{ csrf }}`; `signed_in` says whether there is a person."""
    session = await aiohttp_session.get_session(request)
    values |= {
        "csrf": await csrf_of(request),
        "signed_in": "token" in session,
        "is_admin": session.get(ADMINISTERS, False),
        **await _about_the_reader(request),
    }
    return aiohttp_jinja2.render_template(template, request, values, status=status)


async def refusal(request: web.Request, error: ApiRefused) -> Markup:
    """Why the API refuses, in the reader's language as far as it is known."""
    return api_sentence(await texts_of(request), error.sentence, error.code)


def see_other(path: str) -> web.Response:
    """Send the browser to another page of ours, after a form too (RFC 9110, 15.4.4)."""
    return web.Response(status=303, headers={hdrs.LOCATION: path})


async def texts_of(request: web.Request) -> Texts:
    """The texts in the language that the person has chosen, or that the browser asks for."""
    if TEXTS not in request:
        session = await aiohttp_session.get_session(request)
        request[TEXTS] = CONSOLE.texts_for(session.get(LANGUAGE), *_preferred(request))
    return request[TEXTS]


def _preferred(request: web.Request) -> list[str]:
    """The languages of Accept-Language (RFC 9110, 12.5.4), the preferred first."""
    ranges = []
    for part in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        name, _, value = weight.strip().partition("=")
        try:
            quality = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            ranges.append((quality, tag.strip()))
    return [tag for _, tag in sorted(ranges, key=lambda each: -each[0])]


async def _about_the_reader(request: web.Request) -> dict[str, Any]:
    texts = await texts_of(request)
    return {
        "_": texts.gettext,
        "gettext": texts.gettext,
        "ngettext": texts.ngettext,
        "texts": texts,
        "languages": CONSOLE.languages,
        "path": request.path_qs,
    }


def _is_day(text: str) -> bool:
    """Whether a text is a day as a field for dates has it, `2027-01-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _texts(context: Context) -> Texts:
    texts: Texts = context["texts"]
    return texts


@jinja2.pass_context
def _moment(context: Context, at: str | None) -> str:
    """A time as the API writes it, `2026-12-27T12:00:00Z`, for people: `Dec 27, 2026, 12:00 PM UTC`; nothing for None."""
    if at is None:
        return ""
    time = datetime.fromisoformat(at)
    return dates.format_datetime(time, "medium", tzinfo=_UTC, locale=_texts(context).locale) + " UTC"


@jinja2.pass_context
def _of_api(context: Context, message: str | None, code: str | None = None) -> Markup:
    return api_sentence(_texts(context), message, code)


@jinja2.pass_context
def _english(context: Context, text: str) -> Markup:
    return english(_texts(context), text)


@jinja2.pass_context
def _size(context: Context, count: int) -> str:
    return _texts(context).size(count)


@jinja2.pass_context
def _number(context: Context, value: float) -> str:
    return numbers.format_decimal(value, locale=_texts(context).locale)
