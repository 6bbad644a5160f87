"""The routes below /api/v1/admin, and blobs: each is for site admins alone, which is decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from shared.domain.errors import InvalidContent, InvalidOption
from shared.domain.rights import Caller, may_administer
from shared.http.answers import bad_request, forbidden, unprocessable
from shared.http.bodies import leave_body
from shared.http.identity import Identity
from shared.http.urls import add_route

_ADMIN = "/api/v1/admin"

AdminHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class AdminRoutes:
    """Adds routes whose handlers get the site admin that calls."""

    app: web.Application
    identity: Identity

    def add(
        self, method: str, path: str, handler: AdminHandler, *, is_upload: bool = False, root: str = _ADMIN
    ) -> None:
        """Add a route. Its handler may raise InvalidOption, which is answered with 400, and InvalidContent: 422.

        The body of an upload is left to the handler, which reads it once its sender is known to be a site admin.
        """

        async def admitted(request: web.Request) -> web.StreamResponse:
            if is_upload:
                leave_body(request)
            caller = await self.identity.logged_in(request)
            if not may_administer(caller):
                raise forbidden()
            try:
                return await handler(request, caller)
            except InvalidOption as error:
                raise bad_request(str(error)) from error
            except InvalidContent as error:
                raise unprocessable(error.item or "body", str(error), error.code) from error

        add_route(self.app, method, root + path, admitted)
