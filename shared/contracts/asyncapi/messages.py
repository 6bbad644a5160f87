"""Messages as AsyncAPI describes them: properties and headers of AMQP, the envelope, and the data in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from shared.contracts.asyncapi.examples import TIME, TRACE
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.cloud_events import APP_ID, SOURCE, STRUCTURED, CloudEvent
from shared.contracts.openapi import public_name, with_public_names

BINDING = "0.3.0"  # the version of AsyncAPI's binding to AMQP 0-9-1

_REFS = "#/components/schemas/{name}"
_FROM_SERVICES, _FROM_US = "PropertiesOfServices", "PropertiesOfContentExports"
_TEXT = {"type": "string", "minLength": 1}

# AsyncAPI has one word for what AMQP has two of: properties of a message, and its table `headers`.
_TRACE = {
    "traceparent": {**_TEXT, "description": "W3C Trace Context; in the table of headers"},
    "tracestate": {**_TEXT, "description": "W3C Trace Context; in the table of headers"},
}
_EVERY = {
    "content_type": {"const": STRUCTURED},
    "message_id": {**_TEXT, "description": "the id of the event"},
    "timestamp": {"type": "integer", "description": "seconds since 1970"},
    "delivery_mode": {"enum": [1, 2], "description": "2: persistent"},
    **_TRACE,
}
_SERVICE_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Properties of the message and, where that is said, headers.",
    "required": ["content_type", "user_id"],
    "properties": {
        **_EVERY,
        "user_id": {**_TEXT, "description": "the service: its user of the broker, which RabbitMQ validates"},
        "correlation_id": {**_TEXT, "description": "that of the reply; without it, the message_id is"},
        "reply_to": {**_TEXT, "description": "a queue: amq.rabbitmq.reply-to, an unnamed one, or one named SERVICE.*"},
    },
}
_OUR_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Properties of the message and, where that is said, headers.",
    "required": ["content_type", "message_id", "type", "timestamp", "delivery_mode", "app_id"],
    "properties": {
        **_EVERY,
        "type": {**_TEXT, "description": "the type of the event"},
        "app_id": {"const": APP_ID},
        "correlation_id": {**_TEXT, "description": "of the command, or of the request that caused the event"},
    },
}


def schemas(kinds: Iterable[MessageKind]) -> dict[str, Any]:
    """JSON Schemas by name: the payload of each message, and the types that they refer to."""
    listed = list(kinds)
    objects = [cls for each in listed if (cls := each.objects) is not None]
    types = [CloudEvent, *(each.data for each in listed), *objects]
    described, classes = msgspec.json.schema_components(types, ref_template=_REFS)
    components = {public_name(name): with_public_names(schema) for name, schema in classes.items()}
    for cls in objects:  # where a service writes unknown fields beside the known ones, the code keeps them apart
        components[cls.__name__]["properties"].pop("extra", None)
    components |= {_FROM_SERVICES: _SERVICE_HEADERS, _FROM_US: _OUR_HEADERS}
    for kind, data in zip(listed, described[1:], strict=False):
        components[kind.type] = _payload(kind, with_public_names(data))
    return components


def _payload(kind: MessageKind, data: dict[str, Any]) -> dict[str, Any]:
    if kind.objects is not None:
        data = {"allOf": [data, {"properties": {"objects": {"items": _object(kind.objects)}}}]}
    own: dict[str, Any] = {"properties": {"type": {"const": kind.type}, "data": data}}
    if kind.sequence:
        own["required"] = ["subject", "time", "sequence"]
    envelope = {"$ref": _REFS.format(name=CloudEvent.__name__)}
    return {"title": kind.type, "description": kind.summary, "type": "object", "allOf": [envelope, own]}


def _object(cls: type) -> dict[str, Any]:
    """Objects are read one by one, so that a field of another type is no error of the message: the reply names it."""
    return {"anyOf": [{"$ref": _REFS.format(name=cls.__name__)}, {"type": "object"}]}


def message(kind: MessageKind) -> dict[str, Any]:
    """The message of a type."""
    headers = _FROM_US if kind.ours else _FROM_SERVICES
    return {
        "name": kind.type,
        "title": kind.type,
        "summary": kind.summary,
        "contentType": STRUCTURED,
        "headers": {"$ref": _REFS.format(name=headers)},
        "payload": {"$ref": _REFS.format(name=kind.type)},
        "correlationId": {"location": "$message.header#/correlation_id"},
        "bindings": {"amqp": {"messageType": kind.type, "bindingVersion": BINDING}},
        "examples": [_example(kind)],
    }


def _example(kind: MessageKind) -> dict[str, Any]:
    source = SOURCE if kind.ours else "/sis"
    event_id = str(uuid5(NAMESPACE_URL, f"{source} {kind.type}"))
    seconds = int(datetime.fromisoformat(TIME).timestamp())
    properties = {"content_type": STRUCTURED, "message_id": event_id, "timestamp": seconds, "delivery_mode": 2}
    if kind.ours:
        properties |= {"type": kind.type, "app_id": APP_ID, "correlation_id": "8f6c1c4e"}
    else:
        properties |= {"user_id": "sis", "reply_to": "amq.rabbitmq.reply-to", "traceparent": TRACE}
    payload = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind.type,
        "subject": kind.subject,
        "time": TIME,
        "datacontenttype": "application/json",
        "traceparent": TRACE,
        "sequence": kind.sequence,
        "data": kind.example,
    }
    present = {name: value for name, value in payload.items() if value is not None}
    return {"name": kind.type, "headers": properties, "payload": present}
