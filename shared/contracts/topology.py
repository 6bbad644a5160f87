"""Exchanges, queues and routing keys, as data. Declared in one place, since a redeclaration must agree in each argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.domain.export import ExportType

REQUESTS = "content_exports"  # direct: one queue per export type
EVENTS = "content_exports.events"  # topic: content_export.<workflow_state>
PLANS = "content_exports.plans"  # direct: one queue per export type
DEAD = "content_exports.dead"  # fanout: what could not be delivered DELIVERY_LIMIT times

DELIVERY_LIMIT = 20  # a message is only a wake-up; what it woke for stays in the database
MOST_PLANS = 1000  # requests for plans that may wait; beyond, the requester is refused at once


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange to declare; all are durable."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue to declare, with its arguments and the (exchange, routing key) pairs that fill it."""

    name: str
    arguments: dict[str, Any]
    bindings: tuple[tuple[str, str], ...]


def request_queue(export_type: ExportType) -> str:
    """The queue that the workers of an export type consume."""
    return f"{REQUESTS}.{export_type.value}"


def plan_queue(export_type: ExportType) -> str:
    """The queue of requests for plans that the workers of an export type consume, beside that of exports."""
    return f"{PLANS}.{export_type.value}"


def event_key(workflow_state: str) -> str:
    """The routing key of a state change."""
    return f"content_export.{workflow_state}"


EXCHANGES = (
    Exchange(REQUESTS, "direct"),
    Exchange(PLANS, "direct"),
    Exchange(EVENTS, "topic"),
    Exchange(DEAD, "fanout"),
)

QUEUES = (
    *(
        Queue(
            request_queue(export_type),
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": DEAD,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
            ((REQUESTS, export_type.value),),
        )
        for export_type in ExportType
    ),
    *(  # each message has an expiration; what has expired is of no use to anybody, so that there are no dead letters
        Queue(
            plan_queue(export_type),
            {"x-queue-type": "classic", "x-max-length": MOST_PLANS, "x-overflow": "reject-publish"},
            ((PLANS, export_type.value),),
        )
        for export_type in ExportType
    ),
    Queue(DEAD, {"x-queue-type": "quorum"}, ((DEAD, ""),)),
)
