"""Events of exports as they are on the broker, for consumers: those of the description, about another export."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shared.contracts.asyncapi.event_examples import EVENTS
from shared.contracts.cloud_events import CloudEvent, cloud_event
from shared.contracts.export_events import EventType, subject_of


def export_event(event_id: int, type_: EventType = EventType.EXPORTED, **facts: Any) -> CloudEvent:
    """The event with this id, whose data has these fields."""
    data = replace(EVENTS[type_], **facts)
    return cloud_event(type_.value, data, event_id=str(event_id), subject=subject_of(data), sequence=data.sequence)
