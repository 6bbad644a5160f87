"""The JSON bodies about webhooks, as those of shared/contracts/bodies.py."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.contracts.bodies import Id, JsonBody, Moment
from shared.contracts.export_events import EventType
from shared.domain.notices.deliveries import DeliveryState

TEST = "content_export_webhook.test.v1"  # the type of the event that a test sends


class WebhookBody(JsonBody, frozen=True, kw_only=True):
    """A webhook. `secret` is in the answers to create and rotate alone; `context` is null for the exports of its owner."""

    id: Id
    user_id: Id
    url: str
    context: str | None
    types: list[EventType]
    workflow_state: Literal["active", "disabled"]
    created_at: Moment
    disabled_at: Moment | None
    disabled_reason: str | None
    secret: str | UnsetType = UNSET


class WebhookDeliveryBody(JsonBody, frozen=True, kw_only=True):
    """An event that was or will be sent to a webhook. `next_try_at` is null once it has ended."""

    id: Id
    event_id: str
    event_type: str
    state: DeliveryState
    tries: int
    answer: int | None
    reason: str | None
    created_at: Moment
    updated_at: Moment
    next_try_at: Moment | None


class WebhookTestData(Struct, frozen=True, kw_only=True):
    """The data of a test event."""

    webhook_id: int
    message: str = "The webhook receives what this service sends."
