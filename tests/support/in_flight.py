"""The gauge of requests in flight for one test alone: other servers of its process may have requests open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, Gauge


def counted_requests(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float | None]:
    """How many requests of this test's servers are being answered."""
    registry = CollectorRegistry()
    gauge = Gauge("requests_in_flight", "Requests of this test that are being answered", registry=registry)
    monkeypatch.setattr("shared.http.edge._IN_FLIGHT", gauge)
    return lambda: registry.get_sample_value("requests_in_flight")
