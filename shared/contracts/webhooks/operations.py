"""The operations about webhooks: each user has its own."""

from __future__ import annotations

from typing import Any

from shared.contracts.common_answers import ID, PAGE, answer_of
from shared.contracts.operation import Operation, Parameter
from shared.contracts.webhooks.bodies import WebhookBody, WebhookDeliveryBody
from shared.contracts.webhooks.requests import NewWebhookRequest

_WEBHOOKS = "/api/v1/users/self/content_export_webhooks"
_ONE = _WEBHOOKS + "/{id}"
_TAG = "Webhooks"


def _change(
    method: str, path: str, summary: str, type_: Any, description: str, *errors: int, body: Any = None
) -> Operation:
    return Operation(method, path, summary, answer_of(type_, description, *errors), _TAG, body=body, beyond=True)


def _list(path: str, summary: str, type_: Any, description: str, of: str) -> Operation:
    before = Parameter("before_id", f"{of} older than this one; for the next page, the last id of the current page", ID)
    return Operation("GET", path, summary, answer_of(type_, description), _TAG, query=(before, PAGE[1]), beyond=True)


WEBHOOK_OPERATIONS = (
    _list(_WEBHOOKS, "List the caller's webhooks", list[WebhookBody], "The webhooks, newest first.", "webhooks"),
    _change(
        "POST",
        _WEBHOOKS,
        "Register a webhook",
        WebhookBody,
        "The webhook, with its secret, which is shown only once.",
        409,
        413,
        422,
        body=NewWebhookRequest,
    ),
    Operation("GET", _ONE, "Show a webhook", answer_of(WebhookBody, "The webhook."), _TAG, beyond=True),
    _change("DELETE", _ONE, "Delete a webhook", WebhookBody, "The webhook as it was."),
    _change(
        "POST",
        _ONE + "/rotate",
        "Give a webhook a new secret",
        WebhookBody,
        "The webhook, with its new secret; the one before signs too for 24 hours.",
    ),
    _change("POST", _ONE + "/enable", "Call a disabled webhook again", WebhookBody, "The webhook."),
    _change(
        "POST",
        _ONE + "/test",
        "Send a test event to a webhook",
        WebhookDeliveryBody,
        "The delivery, which is sent within a second or two.",
        409,
    ),
    _list(
        _ONE + "/deliveries",
        "List what was sent to a webhook",
        list[WebhookDeliveryBody],
        "The deliveries, newest first.",
        "deliveries",
    ),
    _change(
        "POST",
        _ONE + "/deliveries/{delivery_id}/redeliver",
        "Send an event to a webhook again",
        WebhookDeliveryBody,
        "The delivery, which is sent within a second or two, under the same id.",
        409,
    ),
)
