"""Events as bytes: server-sent events, written by hand (HTML Living Standard, 9.2), and CloudEvents as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

from services.progress.stream_topics import Opening
from shared.contracts.cloud_events import encode_event
from shared.contracts.events import ExportEvent, export_cloud_event

_RETRY_MS = 2000  # how long a client is to wait before it comes back

COMMENT = b":\n\n"
RETRY = b"retry: %d\n" % _RETRY_MS
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx: hand on each event at once
}


def frame(event: ExportEvent) -> bytes:
    """One event: its id, its name, and its data as one line of JSON (JSON escapes every line end)."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.id, event.name.encode(), msgspec.json.encode(event.data))


def opening_bytes(opening: Opening) -> bytes:
    """The first bytes of a stream: how long to wait before coming back, the id to go on after, and the snapshot.

    An id without data is no event for the client, but what it comes back with. A replay has it without an empty line,
    so that it is one block with the first event or comment that follows.
    """
    if opening.snapshot:
        return RETRY + b"".join(map(frame, opening.snapshot))
    return RETRY + b"id: %d\n" % opening.last + (b"" if opening.replay else b"\n")


def line(event: ExportEvent) -> bytes:
    """One CloudEvent on a line of its own."""
    return encode_event(export_cloud_event(event)) + b"\n"


@dataclass(frozen=True, slots=True)
class StreamForm:
    """How events are written: their frames, what keeps a silent connection open, and the first bytes."""

    headers: Mapping[str, str]
    frame: Callable[[ExportEvent], bytes]
    comment: bytes
    opening: Callable[[Opening], bytes]
    breaks_off: bool  # whether an early end must break the connection; the clients of others come back after any end


SSE = StreamForm(HEADERS, frame, COMMENT, opening_bytes, breaks_off=False)
NDJSON = StreamForm({**HEADERS, "Content-Type": "application/x-ndjson"}, line, b"\n", lambda _: b"", breaks_off=True)


def last_event_id(request: web.Request) -> int | None:
    """The id that the client has got to: `Last-Event-ID`, or `last_event_id` in the query for clients that cannot set it.

    None where there is none, or not one of ours.
    """
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
