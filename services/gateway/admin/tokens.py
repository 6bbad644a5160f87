"""/api/v1/admin/tokens: access tokens, issued, listed and revoked by site admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.paging import size_of
from services.gateway.parameters import body_of
from shared.contracts.admin import admin_bodies
from shared.contracts.admin.administration import IssuedToken, NewToken, RevokedToken, TokenRow
from shared.contracts.api import moment, moment_or_null
from shared.contracts.scopes import check_scopes
from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, missing
from shared.http.identity import number
from shared.http.query_values import number_in


class TokenRows(Protocol):
    """Where tokens are kept."""

    async def issue(self, new: NewToken, actor: Actor) -> IssuedToken:
        """A new token of a user. Raises InvalidContent for a missing user."""

    async def page(self, user_id: int | None, before_id: int | None, limit: int) -> list[TokenRow]:
        """Up to `limit` tokens, the newest first."""

    async def revoke(self, token: str | int, actor: Actor) -> bool:
        """Revoke a token, named by itself or by its id; False if it was never issued."""


@dataclass(frozen=True, slots=True)
class TokensApi:
    """The handlers."""

    tokens: TokenRows

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/tokens", self.index)
        routes.add("POST", "/tokens", self.issue)
        routes.add("POST", "/tokens/revoke", self.revoke)
        routes.add("DELETE", "/tokens/{id:[0-9]+}", self.delete)  # not /tokens/revoke

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """Tokens without themselves, the newest first; `before_id` is the id of the last one of the page before."""
        user_id, before_id = number_in(request.query, "user_id"), number_in(request.query, "before_id")
        rows = await self.tokens.page(user_id, before_id, size_of(request.query.get("per_page")))
        return json_answer([_body(row) for row in rows])

    async def issue(self, request: web.Request, caller: Caller) -> web.Response:
        """A new token. This answer alone has it."""
        new = await body_of(request, NewToken)
        check_scopes(new.scopes)
        return json_answer(
            await self.tokens.issue(new, actor_of(request, caller)), headers={"Cache-Control": "no-store"}
        )

    async def revoke(self, request: web.Request, caller: Caller) -> web.Response:
        """Revoke the token in the body."""
        token = (await body_of(request, RevokedToken)).token
        return await self._revoke(token, request, caller)

    async def delete(self, request: web.Request, caller: Caller) -> web.Response:
        """Revoke the token with this id."""
        return await self._revoke(number(request.match_info["id"]), request, caller)

    async def _revoke(self, token: str | int, request: web.Request, caller: Caller) -> web.Response:
        if not await self.tokens.revoke(token, actor_of(request, caller)):
            raise missing("This token was never issued here.", ErrorCode.INVALID_CONTENT)
        return json_answer(admin_bodies.RevokedBody())


def _body(row: TokenRow) -> admin_bodies.TokenBody:
    return admin_bodies.TokenBody(
        id=row.id,
        user_id=row.user_id,
        scopes=row.scopes,
        created_at=moment(row.created_at),
        expires_at=moment_or_null(row.expires_at),
        revoked_at=moment_or_null(row.revoked_at),
    )
