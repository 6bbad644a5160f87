"""The handlers: each caller has the webhooks that it has registered, and sees no others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aiohttp import web

from services.gateway.paging import size_of
from services.gateway.parameters import body_of
from services.gateway.webhooks.registration import Registration
from services.gateway.webhooks.webhook_json import delivery_body, test_event, webhook_body
from shared.contracts.webhooks.requests import NewWebhookRequest
from shared.domain.audit import Actor
from shared.domain.errors import InvalidOption
from shared.domain.notices.deliveries import ChannelName, DeliveryRow, NewDelivery
from shared.domain.rights import Caller
from shared.domain.webhooks.webhook import MOST_OF_A_USER, NewWebhook, Webhook
from shared.http.actor import actor_of
from shared.http.answers import bad_request, conflict, json_answer, not_found
from shared.http.identity import Identity, number
from shared.http.query_values import number_in
from shared.http.urls import add_route

_PLACE = "/api/v1/users/self/content_export_webhooks"
_SECRET_ONCE = {"Cache-Control": "no-store"}

Handler = Callable[[web.Request, Caller, int], Awaitable[web.Response]]
Row = TypeVar("Row")


class WebhookRows(Protocol):
    """Where webhooks are kept. Each method takes the user whose webhook it is; None for another's."""

    async def create(self, new: NewWebhook, actor: Actor) -> tuple[Webhook, str] | None:
        """(the webhook, its secret); None for a user who has too many."""

    async def page(self, user_id: int, before_id: int | None, limit: int) -> list[Webhook]:
        """Up to `limit` webhooks, the newest first."""

    async def of_user(self, user_id: int, webhook_id: int) -> Webhook | None:
        """One of them."""

    async def delete(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Remove it."""

    async def rotate(self, user_id: int, webhook_id: int, actor: Actor) -> tuple[Webhook, str] | None:
        """Give it a new secret."""

    async def enable(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Call it again."""

    async def test(self, webhook: Webhook, news: NewDelivery, actor: Actor) -> DeliveryRow:
        """Send a message to it."""

    async def redeliver(self, webhook: Webhook, delivery_id: int, actor: Actor) -> DeliveryRow | None:
        """Send one of its deliveries again."""


class DeliveryRows(Protocol):
    """Where deliveries are kept."""

    async def page(self, channel: ChannelName, target: str, before_id: int | None, limit: int) -> list[DeliveryRow]:
        """Up to `limit` deliveries to a target, the newest first."""


@dataclass(frozen=True, slots=True)
class WebhooksApi:
    """The handlers."""

    identity: Identity
    registration: Registration
    webhooks: WebhookRows
    deliveries: DeliveryRows

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        one = _PLACE + "/{id}"
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", _PLACE, self.index),
            ("POST", _PLACE, self.create),
            ("GET", one + "/deliveries", self.index_deliveries),
            ("POST", one + "/deliveries/{delivery_id}/redeliver", self.redeliver),
            ("POST", one + "/rotate", self.rotate),
            ("POST", one + "/enable", self.enable),
            ("POST", one + "/test", self.test),
            ("GET", one, self.show),
            ("DELETE", one, self.delete),
        )
        for method, path, handler in routes:
            add_route(app, method, path, self._admitted(handler))

    def _admitted(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The handler with its caller, who is logged in, and that user's id; parameters it refuses are answered 400."""

        async def admitted(request: web.Request) -> web.Response:
            caller = await self.identity.logged_in(request)
            assert caller.user_id is not None
            try:
                return await handler(request, caller, caller.user_id)
            except InvalidOption as error:
                raise bad_request(str(error)) from error

        return admitted

    async def index(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """The caller's webhooks, the newest first; `before_id` is the id of the last one of the page before."""
        before_id = number_in(request.query, "before_id")
        page = await self.webhooks.page(user_id, before_id, size_of(request.query.get("per_page")))
        return json_answer([webhook_body(each) for each in page])

    async def create(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """A new webhook. This answer, and that of a rotation, alone have a secret."""
        new = await self.registration.read(await body_of(request, NewWebhookRequest), caller, user_id)
        created = await self.webhooks.create(new, actor_of(request, caller))
        if created is None:
            raise conflict(f"You have {MOST_OF_A_USER} webhooks, which is the most; delete one first.")
        return json_answer(webhook_body(*created), headers=_SECRET_ONCE)

    async def show(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """One of the caller's webhooks."""
        return json_answer(webhook_body(await self._webhook(request, user_id)))

    async def delete(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """Remove it; events that wait for it are not sent any more."""
        return json_answer(
            webhook_body(_existing(await self.webhooks.delete(user_id, _id(request), actor_of(request, caller))))
        )

    async def rotate(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """Give it a new secret; the one before signs too for a day."""
        rotated = _existing(await self.webhooks.rotate(user_id, _id(request), actor_of(request, caller)))
        return json_answer(webhook_body(*rotated), headers=_SECRET_ONCE)

    async def enable(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """Call it again after it was disabled. Safe to repeat."""
        enabled = await self.webhooks.enable(user_id, _id(request), actor_of(request, caller))
        return json_answer(webhook_body(_existing(enabled)))

    async def test(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """Send it an event that is about no export."""
        webhook = _active(await self._webhook(request, user_id))
        row = await self.webhooks.test(webhook, test_event(webhook), actor_of(request, caller))
        return json_answer(delivery_body(row))

    async def index_deliveries(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """What was sent to it, and what waits, the newest first."""
        webhook, before_id = await self._webhook(request, user_id), number_in(request.query, "before_id")
        size = size_of(request.query.get("per_page"))
        page = await self.deliveries.page(ChannelName.WEBHOOK, str(webhook.id), before_id, size)
        return json_answer([delivery_body(each) for each in page])

    async def redeliver(self, request: web.Request, caller: Caller, user_id: int) -> web.Response:
        """Send it one of its events again, under the same id."""
        webhook = _active(await self._webhook(request, user_id))
        delivery_id = number(request.match_info["delivery_id"])
        row = await self.webhooks.redeliver(webhook, delivery_id, actor_of(request, caller))
        return json_answer(delivery_body(_existing(row)))

    async def _webhook(self, request: web.Request, user_id: int) -> Webhook:
        return _existing(await self.webhooks.of_user(user_id, _id(request)))


def _id(request: web.Request) -> int:
    return number(request.match_info["id"])


def _existing(row: Row | None) -> Row:
    """The row; 404 for another user's and for an unknown one alike: the answer does not reveal which."""
    if row is None:
        raise not_found()
    return row


def _active(webhook: Webhook) -> Webhook:
    if webhook.disabled_at is not None:
        raise conflict("The webhook is disabled; enable it first.")
    return webhook
