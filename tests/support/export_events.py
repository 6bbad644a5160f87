"""Events of exports as they are on the broker, for consumers: those of the description, about another export."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shared.contracts.asyncapi.event_examples import EVENTS
from shared.contracts.cloud_events import CloudEvent
from shared.contracts.events import STATE, ExportEvent, export_cloud_event
from shared.contracts.export_events import EventType


def export_event(event_id: int, type_: EventType = EventType.EXPORTED, **facts: Any) -> CloudEvent:
    """The event with this id, whose data has these fields."""
    return export_cloud_event(ExportEvent(id=event_id, name=STATE, data=replace(EVENTS[type_], **facts)))
