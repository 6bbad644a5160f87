"""Who a request comes from: bearer tokens, scopes, and the rights that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiohttp import hdrs, web
from msgspec import Struct
from msgspec.structs import replace

from shared.adapters.json_web_tokens import open_tokens
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.pool import Pool
from shared.domain.export import ContentExport, Context, ContextType
from shared.domain.path_ids import Alias, parse_context, parse_id, parse_number
from shared.domain.rights import Caller, ContextFacts, Rights, may_administer, may_read, rights
from shared.http.access_log import CALLER
from shared.http.answers import (
    UnknownToken,
    forbidden,
    insufficient_scopes,
    invalid_masquerade,
    not_found,
    unauthenticated,
    unprocessable,
)
from shared.http.bodies import has_body, has_parameters, read_parameters
from shared.http.edge import ADDRESS
from shared.http.guesses import Guesses
from shared.http.rate import SPENT, RateLimit
from shared.http.scopes import reaches
from shared.http.tokens import IssuedTokens, ProvidedTokens, Tokens, Users
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_TYPES = {each.route: each for each in ContextType}
_NOBODY = Caller()
_LINK = "link"  # the name of what stands for a user in a signed link, in the place of a token's


class Directory(Users, Protocol):
    """Users, and what ties them to courses, groups and each other."""

    def facts(self, context: Context, user_id: int | None) -> Awaitable[ContextFacts | None]:
        """What ties a user to a context; None for an unknown context."""


class Visit(Struct, frozen=True):
    """A request in a context that exists: who makes it, where, and what they may do there."""

    caller: Caller
    context: Context
    rights: Rights

    def require(self, permitted: bool) -> None:
        """Pass what is permitted; else raise 401 for an anonymous caller, 403 for any other."""
        if not permitted:
            raise refused(self.caller)

    def require_read(self, export: ContentExport) -> None:
        """Pass where the caller may read this export of the context, else raise 401 or 403."""
        self.require(self.reads(export))

    def require_state(self, export: ContentExport) -> None:
        """Pass where the caller may see the state of this export, else raise 401 or 403."""
        self.require(may_administer(self.caller) or self.reads(export))

    def reads(self, export: ContentExport) -> bool:
        """Whether the caller may read this export of the context, its package included."""
        return may_read(self.caller, self.rights, export)


class Identity:
    """Finds the caller of a request and what it may do."""

    def __init__(
        self,
        directory: Directory,
        limit: RateLimit | None = None,
        tokens: Tokens | None = None,
        guesses: Guesses | None = None,
    ) -> None:
        self._directory = directory
        self._limit = limit
        self._tokens = tokens or IssuedTokens(directory)
        self._guesses = guesses or Guesses(0)

    async def enter(self, request: web.Request, *, login: bool = False) -> Visit:
        """The caller, the context that the path names, and the caller's rights in it.

        Raises the answers of `caller`, 401 for an anonymous caller where a `login` is needed, and 404 for an unknown
        context.
        """
        caller = await (self.logged_in(request) if login else self.caller(request))
        context = await self.context_of(request, caller)
        return Visit(caller, context, await self.rights_in(caller, context))

    async def caller(self, request: web.Request) -> Caller:
        """The caller, checked against the scopes of the token; an anonymous Caller where there is no token.

        A request is charged to its token once, however often this is called: an answer may last longer than a token.
        Raises the 401 answers for a token that is unknown, expired, revoked, or not good for this route, and for a user
        whom the caller may not act as; 429 for a token that has spent its rate, or an address that has spent its guesses.
        """
        more = has_parameters(request)
        token = _bearer(request) or (await _parameter(request, "access_token") if more else None)
        caller = request[CALLER] = await self._of_token(request, token) if token else _NOBODY
        # After the look-up: an unknown token is charged to the guesses of its address, and not to an account of its own.
        if self._limit is not None and SPENT not in request:
            self._limit.charge(request, caller.token)
        if not reaches(caller.scopes, request):
            raise insufficient_scopes()
        if more and (name := await _parameter(request, "as_user_id")):
            caller = request[CALLER] = await self._acting_as(caller, name)
        return caller

    async def _of_token(self, request: web.Request, token: str) -> Caller:
        self._guesses.admit(request[ADDRESS], token)
        try:
            caller = await self._tokens.caller(token, _numbered_context(request))
        except UnknownToken:
            self._guesses.charge(request[ADDRESS])
            raise
        self._guesses.remember(token)
        return caller

    def charge_guess(self, request: web.Request) -> None:
        """Charge the signature of a link that is wrong. Raises 429 where its address has guessed too often."""
        self._guesses.charge(request[ADDRESS])

    async def _acting_as(self, caller: Caller, name: str) -> Caller:
        """The user that `as_user_id` names: any user for site admins, oneself for all others (Canvas: masquerading)."""
        user_id = caller.user_id if name == "self" else await self._find(ContextType.USER, name)
        # One error for unknown users and for missing rights: the answer must not reveal which users exist.
        if user_id is None or not (caller.site_admin or user_id == caller.user_id):
            raise invalid_masquerade()
        if user_id == caller.user_id:
            return caller
        user = await self._directory.caller(user_id)
        if user is None:
            raise invalid_masquerade()
        get_logger().info("masquerading", real_user_id=caller.user_id, user_id=user_id)
        return replace(user, scopes=caller.scopes, token=caller.token, real_user_id=caller.user_id)

    async def context_of(self, request: web.Request, caller: Caller) -> Context:
        """The context that the path names: by id, by one of its other names, or as `self`. Anything else is a 404."""
        # The look-up of the token has found the context as well, in the same statement.
        if caller.facts is not None:
            return caller.facts.context
        kind = _TYPES[request.match_info["contexts"]]
        text = request.match_info["context_id"]
        if kind is ContextType.USER and text == "self":
            if caller.user_id is None:
                raise unauthenticated()
            return Context(kind, caller.user_id)
        context_id = await self._find(kind, text)
        if context_id is None:
            raise not_found()
        return Context(kind, context_id)

    async def context_at(self, caller: Caller, path: str) -> Context:
        """As `context_at` below, for the caller of a request."""
        return await context_at(self._directory, caller, path)

    async def _find(self, kind: ContextType, text: str) -> int | None:
        name = parse_id(kind, text)
        return name if name is None or isinstance(name, int) else await self._directory.find(kind, name)

    async def logged_in(self, request: web.Request) -> Caller:
        """The caller; raises 401 for an anonymous one."""
        caller = await self.caller(request)
        if caller.user_id is None:
            raise unauthenticated()
        return caller

    async def user(self, user_id: int) -> Caller:
        """A user who is identified by a signed link; raises 401 if the user no longer exists."""
        caller = await self._directory.caller(user_id)
        if caller is None:
            raise unauthenticated()
        return replace(caller, token=_LINK)

    async def rights_in(self, caller: Caller, context: Context) -> Rights:
        """The caller's rights in a context, as of when the caller was found; 404 where there is no such context."""
        facts = caller.facts
        if facts is None or facts.context != context:
            facts = await self._directory.facts(context, caller.user_id)
        if facts is None:
            raise not_found()
        return rights(caller, facts)

    async def require_read(self, caller: Caller, export: ContentExport) -> None:
        """Pass where the caller may read this export, else raise 401 or 403."""
        held = await self.rights_in(caller, export.context)
        if not may_read(caller, held, export):
            raise refused(caller)

    async def require_state(self, caller: Caller, export: ContentExport) -> None:
        """Pass where the caller may see the state of this export, else raise 401 or 403."""
        if not may_administer(caller):
            await self.require_read(caller, export)


@asynccontextmanager
async def open_identity(settings: Settings, pool: Pool) -> AsyncIterator[Identity]:
    """The identity of a process, with the rate limit and the identity provider of its settings."""
    access, limit = Access(pool), RateLimit(settings.rate_limit_per_s, settings.rate_limit_burst)
    issued, guesses = IssuedTokens(access), Guesses(settings.guesses_per_minute)
    async with open_tokens(settings) as verifier:
        if verifier is None:
            yield Identity(access, limit, issued, guesses)
            return
        claims = (settings.jwt_user_claim, settings.jwt_user_id, settings.jwt_scopes_claim)
        yield Identity(access, limit, ProvidedTokens(access, verifier, claims, issued), guesses)


async def context_at(directory: Directory, caller: Caller, path: str) -> Context:
    """The context of `courses/42` or another form of a path. Raises 422 for text of no form, 404 for an unknown one."""
    kind, reference = context_named(path)
    if reference is None:
        reference = caller.user_id
    context_id = reference if reference is None or isinstance(reference, int) else await directory.find(kind, reference)
    if context_id is None:
        raise not_found()
    return Context(kind, context_id)


def context_named(path: str) -> tuple[ContextType, int | Alias | None]:
    """The type and the id, or other name, of `courses/42`; None for `users/self`. Raises 422 for text of no form."""
    parsed = parse_context(path)
    if parsed is None:
        raise unprocessable("context", "The context is not of the form courses/42, groups/3 or users/9.")
    return parsed


def refused(caller: Caller) -> Exception:
    """The answer for a caller without the right: 401 for an anonymous one, 403 for any other."""
    return unauthenticated() if caller.user_id is None else forbidden()


def number(text: str) -> int:
    """The numeric id in a path. Raises 404 for any other text."""
    parsed = parse_number(text.removesuffix(".json"))
    if parsed is None:
        raise not_found()
    return parsed


def _numbered_context(request: web.Request) -> Context | None:
    """The context that the path names by its number."""
    kind = _TYPES.get(request.match_info.get("contexts", ""))
    if kind is None or (context_id := parse_number(request.match_info["context_id"])) is None:
        return None
    return Context(kind, context_id)


def _bearer(request: web.Request) -> str | None:
    scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return None


async def _parameter(request: web.Request, name: str) -> str | None:
    """A parameter of the query or, where the request has one, of the body; None for one that is empty or no word."""
    value: Any = request.query.get(name) if request.query_string else None
    if value is None and has_body(request):
        value = (await read_parameters(request)).get(name)
    return str(value) if isinstance(value, str | int) and value != "" else None
