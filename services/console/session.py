"""Who is signed in: an encrypted cookie that holds the person's token, and the proof that a form is one of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from services.console.settings import ConsoleSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROOT = "/console"
SIGN_IN = f"{ROOT}/sign-in"
CSRF_FIELD = "csrf"
_COOKIE = "content_exports_console"
_SAFE = frozenset({"GET", "HEAD"})
_LONGEST_TOKEN = 2500  # characters: what the cookie holds when it is encrypted must stay below the 4,096 of browsers


class SignedOut(Exception):
    """The page is for people who are signed in."""


class TokenTooLong(Exception):
    """The token is longer than a cookie can hold."""


class ForgedForm(Exception):
    """The form does not come from a page of this session."""


@dataclass(slots=True)
class Sessions:
    """The sessions of this process that have ended by a sign-out, so that a copy of a cookie is worth nothing."""

    lasting_s: float
    _ended: dict[str, float] = field(default_factory=dict)  # id of a session -> when its cookie has expired anyway

    def end(self, session_id: str) -> None:
        """End a session for good."""
        now = time.monotonic()
        self._ended = {each: until for each, until in self._ended.items() if until > now}
        self._ended[session_id] = now + self.lasting_s

    def has_ended(self, session_id: str) -> bool:
        """Whether this session was signed out."""
        return session_id in self._ended


SESSIONS = web.AppKey("sessions", Sessions)


def fernet_key(settings: ConsoleSettings) -> str:
    """The key of all cookies, in the form of the Fernet specification."""
    return base64.urlsafe_b64encode(hashlib.sha256(settings.console_key.encode()).digest()).decode()


def storage(settings: ConsoleSettings) -> EncryptedCookieStorage:
    """The cookie: encrypted and authenticated, out of reach of scripts, and sent by our own pages alone."""
    return EncryptedCookieStorage(
        fernet_key(settings),
        cookie_name=_COOKIE,
        max_age=int(settings.console_session_s),
        path=ROOT,
        secure=settings.is_https,
        httponly=True,
        samesite="Strict",
    )


async def sign_in(request: web.Request, token: str) -> None:
    """Begin a new session. Raises TokenTooLong for a token that no cookie can hold."""
    if len(token) > _LONGEST_TOKEN:
        raise TokenTooLong(f"the token is longer than {_LONGEST_TOKEN} characters")
    session = await aiohttp_session.new_session(request)
    session["token"], session["id"], session[CSRF_FIELD] = token, secrets.token_hex(16), secrets.token_hex(32)


async def sign_out(request: web.Request) -> None:
    """End the session, also for a copy of its cookie."""
    session = await aiohttp_session.get_session(request)
    if "id" in session:
        request.app[SESSIONS].end(session["id"])
    session.invalidate()


async def token_of(request: web.Request) -> str:
    """The token of the person. Raises SignedOut where there is none."""
    session = await aiohttp_session.get_session(request)
    token = session.get("token")
    if not token or request.app[SESSIONS].has_ended(session.get("id", "")):
        raise SignedOut
    return str(token)


async def csrf_of(request: web.Request) -> str:
    """What every form of this session carries; a session begins with it where there was none."""
    session = await aiohttp_session.get_session(request)
    if CSRF_FIELD not in session:
        session[CSRF_FIELD] = secrets.token_hex(32)
    return str(session[CSRF_FIELD])


def next_page(path: str) -> str:
    """The page of the console that a person goes on to; the first one for any other address."""
    ours = path == ROOT or path.startswith((f"{ROOT}/", f"{ROOT}?"))
    return path if ours and path.isascii() and path.isprintable() and "\\" not in path and "//" not in path else ROOT


@web.middleware
async def own_forms_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raise ForgedForm for a change that does not come from a form of this session."""
    if request.method not in _SAFE:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise ForgedForm
        sent = (await request.post()).get(CSRF_FIELD)
        if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), (await csrf_of(request)).encode()):
            raise ForgedForm
    return await handler(request)
