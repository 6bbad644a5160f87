"""The one account of this service, to which all courses belong, and who administers it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from services.gateway.paging import link_header, numbered_pages, page_of
from shared.contracts.bodies import AccountBody
from shared.domain.path_ids import parse_number
from shared.domain.rights import Caller, may_administer
from shared.http.answers import forbidden, json_answer, not_found
from shared.http.identity import Identity
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

ACCOUNT_ID = 1
ACCOUNT_BODY = AccountBody(id=ACCOUNT_ID, name="Content Exports")
ACCOUNTS = "/api/v1/accounts"
ACCOUNT = ACCOUNTS + "/{account_id:[^/]+?}"  # as a route


@dataclass(frozen=True, slots=True)
class AccountApi:
    """Handlers for the account itself."""

    settings: Settings
    identity: Identity

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(ACCOUNTS + SUFFIX, self.index)
        app.router.add_get(ACCOUNT + SUFFIX, self.show)

    async def index(self, request: web.Request) -> web.Response:
        """The accounts that the caller administers: this one, or none."""
        caller = await self.identity.logged_in(request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        accounts = [ACCOUNT_BODY] if may_administer(caller) else []
        url, pages = f"{base_url(request, self.settings)}{ACCOUNTS}", numbered_pages(page, len(accounts))
        link = link_header(url, request.query.items(), pages, page.size)
        return json_answer(accounts[page.offset :], headers={"Link": link})

    async def show(self, request: web.Request) -> web.Response:
        """The account, for those who administer it."""
        await require_administrator(self.identity, request)
        return json_answer(ACCOUNT_BODY)


async def require_administrator(identity: Identity, request: web.Request) -> Caller:
    """The caller, who administers the account that the path names.

    Raises 401 for an anonymous caller, 404 for an unknown account, and 403 for a caller who does not administer it.
    """
    caller = await identity.logged_in(request)
    account_id = request.match_info["account_id"]
    if account_id != "self" and parse_number(account_id) != ACCOUNT_ID:
        raise not_found()
    if not may_administer(caller):
        raise forbidden()
    return caller


def account_url(request: web.Request, settings: Settings) -> str:
    """The address of the account."""
    return f"{base_url(request, settings)}{ACCOUNTS}/{ACCOUNT_ID}"
