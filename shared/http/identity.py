"""Who a request comes from: bearer tokens, scopes, and the rights that follow."""

from __future__ import annotations

import re
from functools import lru_cache

from aiohttp import web

from shared.adapters.postgres.access import Access, Token
from shared.adapters.postgres.coalesce import Coalesced
from shared.domain.export import ContentExport, Context, ContextType
from shared.domain.rights import Caller, Rights, may_read, rights
from shared.http.answers import forbidden, insufficient_scopes, invalid_token, not_found, unauthenticated

_CALLER = web.RequestKey("caller", Caller)
_MAX_ID = 2**63 - 1


class Identity:
    """Finds the caller of a request and what it may do."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._token: Coalesced[str, Token | None] = Coalesced(access.tokens)

    async def caller(self, request: web.Request) -> Caller:
        """The caller, checked against the scopes of the token; an anonymous Caller where there is no token.

        Raises the 401 answers for a token that is unknown, expired, revoked, or not good for this route.
        """
        if _CALLER not in request:
            request[_CALLER] = await self.checked(request)
        return request[_CALLER]

    async def checked(self, request: web.Request) -> Caller:
        """The same, looked up anew each time: for answers that last longer than a token may."""
        given = _bearer(request)
        caller = Caller() if given is None else await self._known(given)
        if caller.scopes is not None and not any(
            _scope(scope).fullmatch(f"{_verb(request)}|{request.path}") for scope in caller.scopes
        ):
            raise insufficient_scopes()
        return caller

    async def _known(self, given: str) -> Caller:
        token = await self._token(given)
        if token is None:
            raise invalid_token("Invalid access token.")
        if token.revoked:
            raise invalid_token("Revoked access token.")
        if token.expired and token.expires_at is not None:
            raise invalid_token("Expired access token.", expired_at=token.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return token.caller

    async def logged_in(self, request: web.Request) -> Caller:
        """The caller, who must be somebody."""
        caller = await self.caller(request)
        if caller.user_id is None:
            raise unauthenticated()
        return caller

    async def rights_in(self, caller: Caller, context: Context) -> Rights:
        """The caller's rights in a context; 404 where there is no such context."""
        facts = await self._access.facts(context, caller.user_id)
        if facts is None:
            raise not_found()
        return rights(caller, facts)

    async def require_read(self, caller: Caller, export: ContentExport) -> None:
        """Pass where the caller may see this export, else 401 or 403."""
        held = await self.rights_in(caller, export.context)
        if not may_read(caller, held, export):
            raise refused(caller)


def refused(caller: Caller) -> Exception:
    """What a caller without the right is told: to log in, or no."""
    return unauthenticated() if caller.user_id is None else forbidden()


def context_of(request: web.Request, caller: Caller) -> Context:
    """The context that the path names: digits, or `self` for the caller as a user. Anything else is a 404."""
    kind = {each.route: each for each in ContextType}[request.match_info["contexts"]]
    text = request.match_info["context_id"]
    if kind is ContextType.USER and text == "self":
        if caller.user_id is None:
            raise unauthenticated()
        return Context(kind, caller.user_id)
    return Context(kind, number(text))


def number(text: str) -> int:
    """An id of a path as a number. Raises the 404 answer for what is none."""
    bare = text.removesuffix(".json")
    if not (bare.isascii() and bare.isdecimal() and len(bare) <= 19) or int(bare) > _MAX_ID:
        raise not_found()
    return int(bare)


def _bearer(request: web.Request) -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.query.get("access_token") or None


def _verb(request: web.Request) -> str:
    return "GET" if request.method == "HEAD" else request.method


@lru_cache(maxsize=1024)
def _scope(scope: str) -> re.Pattern[str]:
    """A scope `url:GET|/api/v1/courses/:course_id/content_exports` as a pattern of `GET|path`.

    Canvas: `:name` is a run without '/', `*name` anything, and a format suffix may follow.
    """
    verb, _, path = scope.removeprefix("url:").partition("|")
    parts = [
        "[^/]+" if part.startswith(":") else ".+" if part.startswith("*") else re.escape(part)
        for part in path.split("/")
    ]
    return re.compile(re.escape(verb) + r"\|" + "/".join(parts) + r"(?:\.[^/]+)?")
