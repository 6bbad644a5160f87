"""Messages: frozen structs that say who sends them and who reads them. A new field has a default; a new meaning a new tag."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from shared.contracts.events import EventData


class ExportRequested(Struct, frozen=True, kw_only=True, tag_field="type", tag="export.requested.v1"):
    """An export waits to be built. From the gateway's relay, to the workers of its type; harmless to receive twice."""

    export_id: int
    export_type: str
    request_id: str | None = None


class ExportStateChanged(EventData, frozen=True, kw_only=True, tag_field="type", tag="export.state_changed.v1"):
    """An export has reached a state. From the relay, to whoever listens on the events exchange; in order per context."""

    event_id: int  # rises within a context; the id of the same event in the streams


def encode(message: Struct) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode(message)


def state_changed(event_id: int, data: dict[str, Any]) -> ExportStateChanged:
    """The message for a logged state event."""
    return msgspec.convert({**data, "event_id": event_id, "type": "export.state_changed.v1"}, ExportStateChanged)
