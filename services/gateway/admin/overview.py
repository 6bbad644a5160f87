"""/api/v1/admin/queues, /hours, /services, /webhooks and /settings: what site admins see of the whole system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.admin.changed_settings import changed_settings
from services.gateway.paging import size_of
from services.gateway.webhooks.webhook_json import webhook_body
from shared.contracts.operator.overview_bodies import hour_body, queue_bodies, service_body
from shared.domain.operator.overview import MOST_HOURS, HourOfExports, Lane, TypeQueue
from shared.domain.rights import Caller
from shared.domain.services import Service
from shared.domain.webhooks.webhook import Webhook
from shared.http.answers import json_answer
from shared.http.query_values import number_in, wrong_value
from shared.runtime.settings import Settings

_HOURS = 24


class OverviewRows(Protocol):
    """Where queues and hours are read."""

    async def queues(self) -> tuple[list[TypeQueue], list[Lane]]:
        """(all types, the lanes of each)."""

    async def hours(self, hours: int) -> list[HourOfExports]:
        """The last hours."""


class ServiceRows(Protocol):
    """Where internal services are kept."""

    async def all(self) -> list[Service]:
        """All of them, by name."""


class AllWebhooks(Protocol):
    """Where the webhooks of all users are read."""

    async def of_all(self, before_id: int | None, limit: int) -> list[Webhook]:
        """Up to `limit` webhooks, the newest first."""


@dataclass(frozen=True, slots=True)
class OverviewApi:
    """The handlers."""

    settings: Settings
    overview: OverviewRows
    services: ServiceRows
    webhooks: AllWebhooks

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/queues", self.queues)
        routes.add("GET", "/hours", self.hours)
        routes.add("GET", "/services", self.list_services)
        routes.add("GET", "/webhooks", self.list_webhooks)
        routes.add("GET", "/settings", self.list_settings)

    async def queues(self, request: web.Request, caller: Caller) -> web.Response:
        """What waits and runs, by type and lane."""
        return json_answer(queue_bodies(*await self.overview.queues()))

    async def hours(self, request: web.Request, caller: Caller) -> web.Response:
        """What ended in each of the last hours, and how long it had waited."""
        hours = number_in(request.query, "hours")
        if hours is not None and not 1 <= hours <= MOST_HOURS:
            raise wrong_value("hours", f"1 to {MOST_HOURS}")
        return json_answer([hour_body(each) for each in await self.overview.hours(hours or _HOURS)])

    async def list_services(self, request: web.Request, caller: Caller) -> web.Response:
        """The internal services and their rights."""
        return json_answer([service_body(each) for each in await self.services.all()])

    async def list_webhooks(self, request: web.Request, caller: Caller) -> web.Response:
        """The webhooks of all users; `before_id` is the id of the last one of the page before."""
        page = await self.webhooks.of_all(number_in(request.query, "before_id"), size_of(request.query.get("per_page")))
        return json_answer([webhook_body(each) for each in page])

    async def list_settings(self, request: web.Request, caller: Caller) -> web.Response:
        """The settings of this process that are not at their defaults."""
        return json_answer(changed_settings(self.settings))
