"""What each process measures about itself: its version, and how late its event loop is."""

from __future__ import annotations

import asyncio
import platform
from importlib.metadata import version

from prometheus_client import Gauge, Histogram

_LOOK_S = 1.0

_BUILD = Gauge("content_exports_build_info", "1, with what runs as labels", ["service", "version", "python"])
_LAG = Histogram(
    "content_exports_event_loop_lag_seconds",
    "How much later than it was due a timer of the event loop ran: what blocks the loop delays everything",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)


def describe_build(service: str) -> None:
    """Publish what runs. Source: Prometheus, "Naming": metadata is a gauge of 1 that ends with `_info`."""
    _BUILD.labels(service, version("content-exports"), platform.python_version()).set(1)


async def measure_lag() -> None:
    """Measure the lag of the running loop, until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LOOK_S
        await asyncio.sleep(_LOOK_S)
        _LAG.observe(max(0.0, loop.time() - due))
