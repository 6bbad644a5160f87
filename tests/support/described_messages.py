"""Messages held against the description: what is on the wire is what AsyncAPI says of it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from aio_pika.abc import AbstractMessage
from jsonschema import Draft7Validator

from shared.contracts.asyncapi.document import document

API: dict[str, Any] = json.loads(json.dumps(document("1")))


class NotDescribed(AssertionError):
    """A message is not in the description, or differs from it."""


def check_message(message: AbstractMessage) -> None:
    """Raise NotDescribed for a message in structured mode that differs from its description."""
    properties = {
        "content_type": message.content_type,
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "reply_to": message.reply_to,
        "type": message.type,
        "app_id": message.app_id,
        "user_id": message.user_id,
        "delivery_mode": message.delivery_mode and int(message.delivery_mode),
        "timestamp": message.timestamp and int(message.timestamp.timestamp()),
        **message.headers,
    }
    check(json.loads(message.body), {name: value for name, value in properties.items() if value is not None})


def check(payload: dict[str, Any], properties: dict[str, Any]) -> None:
    """Raise NotDescribed unless an event, and the properties of its message, are as the description says."""
    described = API["components"]["messages"].get(payload.get("type"))
    if described is None:
        raise NotDescribed(f"no message of the description has the type {payload.get('type')}")
    for part, value in (("payload", payload), ("headers", properties)):
        for error in _validator(described[part]["$ref"]).iter_errors(value):
            raise NotDescribed(f"{payload['type']}, {part}, {error.json_path}: {error.message}")


@cache
def _validator(reference: str) -> Draft7Validator:
    return Draft7Validator({"$ref": reference, "components": API["components"]})
