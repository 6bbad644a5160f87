"""What a process is, and how late its event loop is."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from shared.runtime import process_metrics
from shared.runtime.process_metrics import describe_build, measure_lag


def test_the_build_has_the_service_and_its_version_as_labels() -> None:
    describe_build("gateway")
    (build,) = [metric for metric in REGISTRY.collect() if metric.name == "content_exports_build_info"]
    (sample,) = [sample for sample in build.samples if sample.labels["service"] == "gateway"]
    assert (sample.value, set(sample.labels)) == (1.0, {"service", "version", "python"})


async def test_what_blocks_the_loop_is_measured_as_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_metrics, "_LOOK_S", 0.0)
    before = REGISTRY.get_sample_value("content_exports_event_loop_lag_seconds_sum") or 0.0
    measuring = asyncio.create_task(measure_lag())
    await asyncio.sleep(0)
    time.sleep(0.02)  # noqa: ASYNC251  (what no code of ours may do)
    for _ in range(3):
        await asyncio.sleep(0)
    measuring.cancel()
    with suppress(asyncio.CancelledError):
        await measuring
    assert (REGISTRY.get_sample_value("content_exports_event_loop_lag_seconds_sum") or 0.0) - before >= 0.02
