"""Exchanges, queues and routing keys, as data. Declared in one place, since a redeclaration must agree in each argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.contracts.export_events import EventType
from shared.domain.export import Context, ExportType

REQUESTS = "content_exports"  # direct: one queue per export type
EVENTS = "content_exports.events"  # topic: content_export.<what>.<export_type>.<context_type>.<context_id>
PLANS = "content_exports.plans"  # direct: one queue per export type
LOADS = "package_loads"  # direct: one queue
COMMANDS = "content_exports.commands"  # topic: the type of the command without its version, `export.request`
DEAD = "content_exports.dead"  # fanout: what cannot be understood, or could not be delivered DELIVERY_LIMIT times

EXPORT_COMMANDS = f"{COMMANDS}.exports"  # the queue of the inbox
CONTENT_COMMANDS = f"{COMMANDS}.content"  # the queue of the intake of content
NOTIFIER = "content_exports.notifier"  # the queue of the notifier: events that webhooks and mail are sent for

# What the notifier is notified of: all that happens to an export, and not how far it is.
NOTIFIED = ("requested", "exporting", "exported", "failed", "cancelled", "expired", "deleted")

DELIVERY_LIMIT = 20  # a message is only a wake-up; what it woke for stays in the database
MOST_PLANS = 1000  # requests for plans that may wait; beyond, the requester is refused at once


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange to declare; all are durable."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue to declare, with its arguments and the (exchange, routing key) pairs that fill it.

    A broker never changes the arguments of a queue. To change them, give the queue another name, such as `NAME.v2`, and put
    the old one into `earlier`: consumers drain that, and `content-exports earlier-queues` deletes it. Senders only know
    exchanges and keys, so that they notice nothing.
    """

    name: str
    arguments: dict[str, Any]
    bindings: tuple[tuple[str, str], ...]
    earlier: tuple[str, ...] = ()


def request_queue(export_type: ExportType) -> str:
    """The queue that the workers of an export type consume."""
    return f"{REQUESTS}.{export_type.value}"


def plan_queue(export_type: ExportType) -> str:
    """The queue of requests for plans that the workers of an export type consume, beside that of exports."""
    return f"{PLANS}.{export_type.value}"


def export_event_key(event_type: EventType, export_type: ExportType, context: Context) -> str:
    """The routing key of an event: `content_export.exported.common_cartridge.course.42`."""
    return f"content_export.{event_type.what}.{export_type.value}.{context.type.value.lower()}.{context.id}"


EXCHANGES = (
    Exchange(REQUESTS, "direct"),
    Exchange(PLANS, "direct"),
    Exchange(LOADS, "direct"),
    Exchange(EVENTS, "topic"),
    Exchange(COMMANDS, "topic"),
    Exchange(DEAD, "fanout"),
)

# Of a queue whose messages end in DEAD when they have been delivered in vain too often.
_DURABLE = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": DEAD,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

QUEUES = (
    *(Queue(request_queue(export_type), _DURABLE, ((REQUESTS, export_type.value),)) for export_type in ExportType),
    Queue(LOADS, _DURABLE, ((LOADS, LOADS),)),
    *(  # each message has an expiration; no requester waits for an expired one, so that there are no dead letters
        Queue(
            plan_queue(export_type),
            {"x-queue-type": "classic", "x-max-length": MOST_PLANS, "x-overflow": "reject-publish"},
            ((PLANS, export_type.value),),
        )
        for export_type in ExportType
    ),
    Queue(
        EXPORT_COMMANDS,
        _DURABLE,
        ((COMMANDS, "export.request"), (COMMANDS, "export.cancel"), (COMMANDS, "export.retry")),
    ),
    Queue(  # one consumer at a time, so that the messages of an object keep their order
        CONTENT_COMMANDS,
        {**_DURABLE, "x-single-active-consumer": True},
        ((COMMANDS, "content.*.upsert"), (COMMANDS, "content.*.delete"), (COMMANDS, "content.sync")),
    ),
    # Keys of an older form, of two words, do not match: such an event has not the data of a notification.
    Queue(NOTIFIER, _DURABLE, tuple((EVENTS, f"content_export.{what}.*.*.*") for what in NOTIFIED)),
    Queue(DEAD, {"x-queue-type": "quorum"}, ((DEAD, ""),)),
)


def queues_named(*names: str) -> tuple[Queue, ...]:
    """What a process declares that consumes these queues, or sends to them: the queues, and where their dead letters go."""
    queues = tuple(each for each in QUEUES if each.name in names)
    assert len(queues) == len(set(names)), names
    buries = DEAD not in names and any("x-dead-letter-exchange" in each.arguments for each in queues)
    return (*queues, *(each for each in QUEUES if buries and each.name == DEAD))


def exchanges_of(queues: Iterable[Queue]) -> tuple[Exchange, ...]:
    """The exchanges that fill these queues."""
    sources = {source for each in queues for source, _ in each.bindings}
    return tuple(each for each in EXCHANGES if each.name in sources)
