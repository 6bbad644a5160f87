"""The whole description. Operations are those of this system: it receives commands, and sends replies and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.contracts.asyncapi.channels import Channel, queue_channels
from shared.contracts.asyncapi.content_messages import CONTENT_REPLIES, DELETES, SYNC, UPSERTS
from shared.contracts.asyncapi.export_messages import EXPORT_COMMANDS, EXPORT_EVENTS, EXPORT_REPLIES
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.asyncapi.messages import BINDING, message, schemas
from shared.contracts.content_commands import CONTENT_KINDS
from shared.contracts.export_events import EventType
from shared.contracts.topology import COMMANDS, EVENTS
from shared.domain.export import ContextType, ExportType

_DESCRIPTION = (
    "What internal services send to Content Exports over RabbitMQ, and what they receive from it: CloudEvents 1.0 in "
    "structured mode. Unknown attributes and fields are ignored; within `.v1` fields are only added."
)
_REPLIES = Channel(
    "replies",
    "Replies to commands that have a `reply_to`, by the default exchange",
    (*EXPORT_REPLIES, *CONTENT_REPLIES),
)
_KIND = {"kind": {"enum": list(CONTENT_KINDS), "description": "the kind of the objects"}}
_EVENTS = Channel(
    "events",
    "What happens to exports; a service binds a queue of its own, by `content_export.exported.#` or any other pattern",
    EXPORT_EVENTS,
    EVENTS,
    "content_export.{what}.{export_type}.{context_type}.{context_id}",
    {
        "what": {"enum": [each.what for each in EventType]},
        "export_type": {"enum": [each.value for each in ExportType]},
        "context_type": {"enum": [each.value.lower() for each in ContextType]},
        "context_id": {"description": "the number of the course, group or user"},
    },
)
# (a channel of commands, the replies to them)
_RECEIVED: tuple[tuple[Channel, Sequence[MessageKind]], ...] = (
    *((Channel(each.key, each.summary, (each,), COMMANDS, each.key), EXPORT_REPLIES) for each in EXPORT_COMMANDS),
    (Channel("content.upsert", "Write objects", UPSERTS, COMMANDS, "content.{kind}.upsert", _KIND), CONTENT_REPLIES),
    (Channel("content.delete", "Delete objects", DELETES, COMMANDS, "content.{kind}.delete", _KIND), CONTENT_REPLIES),
    (Channel(SYNC.key, SYNC.summary, (SYNC,), COMMANDS, SYNC.key), CONTENT_REPLIES),
)
CHANNELS = (*(channel for channel, _ in _RECEIVED), _REPLIES, _EVENTS)
KINDS = tuple(kind for channel in CHANNELS for kind in channel.kinds)


def document(version: str) -> dict[str, Any]:
    """The AsyncAPI document of this version of the system, as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Content Exports", "version": version, "description": _DESCRIPTION},
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": _server()},
        "channels": {each.name: each.document() for each in CHANNELS} | queue_channels(),
        "operations": {
            **{f"receive.{channel.name}": _received(channel, replies) for channel, replies in _RECEIVED},
            f"send.{_EVENTS.name}": _sent(_EVENTS),
        },
        "components": {
            "messages": {kind.type: message(kind) for kind in KINDS},
            "schemas": schemas(KINDS),
            "securitySchemes": {"user": {"type": "userPassword", "description": "One user of the broker a service."}},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ; `content-exports topology` prints its exchanges, queues and rights.",
        "variables": {"host": {"default": "rabbitmq.example.edu"}, "port": {"default": "5672"}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _received(channel: Channel, replies: Sequence[MessageKind]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.summary,
        "messages": _messages(channel.name, channel.kinds),
        "bindings": {"amqp": {"ack": True, "bindingVersion": BINDING}},
        "reply": {
            "address": {"location": "$message.header#/reply_to", "description": "no reply without it"},
            "channel": {"$ref": f"#/channels/{_REPLIES.name}"},
            "messages": _messages(_REPLIES.name, replies),
        },
    }


def _sent(channel: Channel) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.summary,
        "messages": _messages(channel.name, channel.kinds),
        "bindings": {"amqp": {"deliveryMode": 2, "timestamp": True, "bindingVersion": BINDING}},
    }


def _messages(channel: str, kinds: Sequence[MessageKind]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{kind.type}"} for kind in kinds]
