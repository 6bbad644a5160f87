"""Webhooks and their deliveries as JSON bodies, and the event of a test."""

from __future__ import annotations

import uuid

from msgspec import UNSET

from services.gateway.webhooks.registration import path_of
from shared.contracts.api import moment, moment_or_null
from shared.contracts.cloud_events import cloud_event, encode_event
from shared.contracts.export_events import EventType
from shared.contracts.webhooks.bodies import TEST, WebhookBody, WebhookDeliveryBody, WebhookTestData
from shared.domain.notices.deliveries import ChannelName, DeliveryRow, DeliveryState, NewDelivery
from shared.domain.webhooks.webhook import Webhook
from shared.runtime.traces import traceparent


def webhook_body(webhook: Webhook, secret: str | None = None) -> WebhookBody:
    """A webhook; with its secret where it is shown this once."""
    return WebhookBody(
        id=webhook.id,
        user_id=webhook.user_id,
        url=webhook.url,
        context=path_of(webhook),
        types=[EventType(each) for each in webhook.types],
        workflow_state="active" if webhook.disabled_at is None else "disabled",
        created_at=moment(webhook.created_at),
        disabled_at=moment_or_null(webhook.disabled_at),
        disabled_reason=webhook.disabled_reason,
        secret=UNSET if secret is None else secret,
    )


def delivery_body(row: DeliveryRow) -> WebhookDeliveryBody:
    """A delivery of a webhook."""
    return WebhookDeliveryBody(
        id=row.id,
        event_id=row.event_id,
        event_type=row.event_type,
        state=row.state,
        tries=row.tries,
        answer=row.answer,
        reason=row.reason,
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        next_try_at=moment(row.due_at) if row.state is DeliveryState.WAITING else None,
    )


def test_event(webhook: Webhook) -> NewDelivery:
    """An event for this webhook alone, under an id of its own."""
    event = cloud_event(
        TEST, WebhookTestData(webhook_id=webhook.id), event_id=f"test-{uuid.uuid4()}", traceparent=traceparent()
    )
    return NewDelivery(event.id, TEST, ChannelName.WEBHOOK, str(webhook.id), encode_event(event).decode())
