"""The internal services and their rights; the webhooks of all people, and what was sent to each."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiAnswer

_SERVICES, _WEBHOOKS = f"{ADMIN}/services", f"{ADMIN}/webhooks"
_A_PAGE = 50


class ServiceLine(Struct):
    """A service, its rights, and the users that its commands may name; None means all."""

    name: str
    may: list[str]
    as_users: list[int] | None = None


class WebhookLine(Struct):
    """A webhook of a user. Its context is None for the exports of its owner."""

    id: int
    user_id: int
    url: str
    workflow_state: str
    created_at: datetime
    context: str | None = None
    types: list[str] = []
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


class DeliveryLine(Struct):
    """An event that was sent to a webhook, or waits for it."""

    id: int
    event_type: str
    state: str
    tries: int
    updated_at: datetime
    answer: int | None = None
    reason: str | None = None
    next_try_at: datetime | None = None


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(_SERVICES, show_services)
    app.router.add_get(_WEBHOOKS, show_webhooks)
    app.router.add_get(_WEBHOOKS + "/{user:[1-9][0-9]{0,17}}/{id:[1-9][0-9]{0,17}}", show_deliveries)


async def show_services(request: web.Request) -> web.Response:
    """All services, by name."""
    services = (await request.app[API].get(request, "/api/v1/admin/services")).decoded(list[ServiceLine])
    return await render_section(request, "services.html", "services", services=services)


async def show_webhooks(request: web.Request) -> web.Response:
    """A page of the webhooks, the newest first."""
    webhooks = (await _page(request, "/api/v1/admin/webhooks")).decoded(list[WebhookLine])
    older = _older(webhooks[-1].id if len(webhooks) == _A_PAGE else None)
    return await render_section(request, "webhooks.html", "webhooks", webhooks=webhooks, older=older)


async def show_deliveries(request: web.Request) -> web.Response:
    """What was sent to a webhook, and what waits for it, the newest first: read as its owner reads it."""
    owner, webhook_id = request.match_info["user"], request.match_info["id"]
    path = f"/api/v1/users/self/content_export_webhooks/{webhook_id}"
    webhook = (await request.app[API].get(request, path, {"as_user_id": owner})).decoded(WebhookLine)
    rows = (await _page(request, f"{path}/deliveries", as_user_id=owner)).decoded(list[DeliveryLine])
    older = _older(rows[-1].id if len(rows) == _A_PAGE else None)
    return await render_section(request, "deliveries.html", "webhooks", webhook=webhook, deliveries=rows, older=older)


async def _page(request: web.Request, path: str, **more: str) -> ApiAnswer:
    before = {"before_id": request.query["before_id"]} if request.query.get("before_id") else {}
    return await request.app[API].get(request, path, {**more, **before, "per_page": str(_A_PAGE)})


def _older(last_id: int | None) -> str:
    """The query of the next page; empty where this one is the last."""
    return "" if last_id is None else "?" + urlencode({"before_id": last_id})
