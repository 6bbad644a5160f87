"""The whole description. Operations are those of this system: it receives commands, and sends replies and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.contracts.asyncapi.channels import Channel, command_channel, queue_channels
from shared.contracts.asyncapi.message_kinds import EXPORT_COMMANDS, EXPORT_REPLIES, MessageKind
from shared.contracts.asyncapi.messages import BINDING, message, schemas

_DESCRIPTION = (
    "What internal services send to Content Exports over RabbitMQ, and what they receive from it: CloudEvents 1.0 in "
    "structured mode. Unknown attributes and fields are ignored; within `.v1` fields are only added."
)
_REPLIES = Channel("replies", "Replies to commands that have a `reply_to`, by the default exchange", EXPORT_REPLIES)


def _commands() -> list[tuple[Channel, Sequence[MessageKind]]]:
    """(a channel of commands, the replies to them)."""
    return [
        (command_channel(kind.type.removesuffix(".v1"), kind.summary, (kind,)), EXPORT_REPLIES)
        for kind in EXPORT_COMMANDS
    ]


def document(version: str) -> dict[str, Any]:
    """The AsyncAPI document of this version of the system, as JSON values."""
    commands = _commands()
    channels = [*(channel for channel, _ in commands), _REPLIES]
    kinds = list({kind.type: kind for channel in channels for kind in channel.kinds}.values())
    operations = {f"receive.{channel.name}": _received(channel, replies) for channel, replies in commands}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Content Exports", "version": version, "description": _DESCRIPTION},
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": _server()},
        "channels": {each.name: each.document() for each in channels} | queue_channels(),
        "operations": operations,
        "components": {
            "messages": {kind.type: message(kind) for kind in kinds},
            "schemas": schemas(kinds),
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


def _messages(channel: str, kinds: Sequence[MessageKind]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{kind.type}"} for kind in kinds]
