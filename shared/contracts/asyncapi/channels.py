"""Channels of AsyncAPI: routing keys of exchanges, and queues, with every argument of the topology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.asyncapi.messages import BINDING
from shared.contracts.broker_users import VHOST
from shared.contracts.topology import CONTENT_COMMANDS, DEAD, EXCHANGES, EXPORT_COMMANDS, QUEUES, Queue

_PUBLIC = {
    EXPORT_COMMANDS: "Commands about exports wait here for the inbox.",
    CONTENT_COMMANDS: "Commands with content wait here for the intake, one consumer at a time.",
    DEAD: "What could not be understood, or could not be delivered. Operators read it: `content-exports dead`.",
}
_PRIVATE = (
    "A queue of this system's own processes. Its messages are no part of the contract and change with any version."
)


@dataclass(frozen=True, slots=True)
class Channel:
    """Messages of one routing key of an exchange; without an exchange, those to the `reply_to` of a command."""

    name: str
    summary: str
    kinds: Sequence[MessageKind]
    exchange: str | None = None
    address: str | None = None  # the routing key, with {parameters}
    parameters: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The Channel Object."""
        channel: dict[str, Any] = {
            "address": self.address,
            "summary": self.summary,
            "messages": {kind.type: {"$ref": f"#/components/messages/{kind.type}"} for kind in self.kinds},
        }
        if self.parameters:
            channel["parameters"] = dict(self.parameters)
        if self.exchange is not None:
            exchange = _exchange(self.exchange)
            channel["bindings"] = {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": BINDING}}
        return channel


def queue_channels() -> dict[str, dict[str, Any]]:
    """Each queue of the topology. AMQP's binding has no words for arguments and bindings: they are in `x-` fields."""
    return {each.name: _queue(each) for each in QUEUES}


def _queue(queue: Queue) -> dict[str, Any]:
    public = _PUBLIC.get(queue.name)
    described = {"name": queue.name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": VHOST}
    return {
        "address": queue.name,
        "description": public or _PRIVATE,
        "tags": [{"name": "public" if public else "private"}],
        "messages": {},
        "bindings": {"amqp": {"is": "queue", "queue": described, "bindingVersion": BINDING}},
        "x-arguments": dict(queue.arguments),
        "x-bindings": [{"exchange": _exchange(source), "routingKey": key} for source, key in queue.bindings],
    }


def _exchange(name: str) -> dict[str, Any]:
    kind = next(each.type for each in EXCHANGES if each.name == name)
    return {"name": name, "type": kind, "durable": True, "autoDelete": False, "vhost": VHOST}
