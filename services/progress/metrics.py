"""What the progress service counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OPEN = Gauge("content_exports_event_streams_open", "Open event streams", ["follows"])
SENT = Counter("content_exports_event_stream_events_total", "Events sent to streams", ["name"])
LAG = Histogram(
    "content_exports_event_stream_lag_seconds",
    "From the moment an event was logged to its being written to a stream; replayed events are not counted",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
BEHIND = Counter(
    "content_exports_event_streams_behind_total", "Streams that had to read the log again, by cause", ["cause"]
)
DROPPED = Counter(
    "content_exports_event_streams_dropped_total", "Streams ended because their reader took nothing for too long"
)
LISTENING = Gauge("content_exports_event_listener_up", "Whether the process receives events (1) or not (0)")
