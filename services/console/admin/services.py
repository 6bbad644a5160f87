"""The internal services and their rights; the webhooks of all people, and what was sent to each."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.addresses import BEFORE, PER_PAGE, filled, older
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiAnswer
from shared.contracts.operator.overview_bodies import ServiceBody
from shared.contracts.webhooks.bodies import WebhookBody, WebhookDeliveryBody

_SERVICES, _WEBHOOKS = f"{ADMIN}/services", f"{ADMIN}/webhooks"


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(_SERVICES, show_services)
    app.router.add_get(_WEBHOOKS, show_webhooks)
    app.router.add_get(_WEBHOOKS + "/{user:[1-9][0-9]{0,17}}/{id:[1-9][0-9]{0,17}}", show_deliveries)


async def show_services(request: web.Request) -> web.Response:
    """All services, by name."""
    services = (await request.app[API].get(request, "/api/v1/admin/services")).decoded(list[ServiceBody])
    return await render_section(request, "services.html", "services", services=services)


async def show_webhooks(request: web.Request) -> web.Response:
    """A page of the webhooks, the newest first."""
    webhooks = (await _page(request, "/api/v1/admin/webhooks")).decoded(list[WebhookBody])
    return await render_section(request, "webhooks.html", "webhooks", webhooks=webhooks, older=older(webhooks))


async def show_deliveries(request: web.Request) -> web.Response:
    """What was sent to a webhook, and what waits for it, the newest first: read as its owner reads it."""
    owner, webhook_id = request.match_info["user"], request.match_info["id"]
    path = f"/api/v1/users/self/content_export_webhooks/{webhook_id}"
    webhook = (await request.app[API].get(request, path, {"as_user_id": owner})).decoded(WebhookBody)
    rows = (await _page(request, f"{path}/deliveries", as_user_id=owner)).decoded(list[WebhookDeliveryBody])
    return await render_section(
        request, "deliveries.html", "webhooks", webhook=webhook, deliveries=rows, older=older(rows)
    )


async def _page(request: web.Request, path: str, **more: str) -> ApiAnswer:
    parameters = {**more, **filled(request, [BEFORE]), "per_page": str(PER_PAGE)}
    return await request.app[API].get(request, path, parameters)
