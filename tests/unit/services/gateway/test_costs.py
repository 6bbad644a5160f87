"""What an export is estimated to cost before it is created."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.gateway.costs import Costs
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits, cost_s
from shared.http.expected_times import ExpectedTimesOfExports
from tests.support.fake_gateway import FakeVolumes
from tests.support.fake_queues import FakeQueues

COURSE = Context(ContextType.COURSE, 1)


def costs_of(volumes: FakeVolumes) -> Costs:
    """Without a queue that can be read."""
    return Costs(volumes, ExpectedTimesOfExports(FakeQueues(error=DatabaseUnavailable()), QueueLimits()))


def request(select: dict[str, Any] | None = None, export_type: ExportType = ExportType.ZIP) -> ExportRequest:
    return ExportRequest(COURSE, 5, export_type, ExportSettings(select=select or {}), "r")


@pytest.mark.parametrize(
    ("select", "objects", "size"),
    [
        (None, 1000, 4_000_000_000),
        ({"pages": ["1"]}, 1, 4_000_000),
        ({"files": ["7"]}, 1, 3_000_000_000),
        ({"files": ["8"]}, 1, 0),
    ],
)
async def test_a_selection_costs_what_it_names_at_most(select: dict[str, Any] | None, objects: int, size: int) -> None:
    volumes = FakeVolumes({COURSE: (1000, 4_000_000_000)}, {7: 3_000_000_000})
    assert (await costs_of(volumes).priced(request(select))).cost_s == pytest.approx(cost_s(objects, size))


async def test_the_volume_of_a_context_is_read_once_for_many_creates() -> None:
    volumes = FakeVolumes({COURSE: (1000, 0)})
    costs = costs_of(volumes)
    await asyncio.gather(*(costs.priced(request()) for _ in range(3)))
    await costs.priced(request())
    await costs.priced(request(export_type=ExportType.QTI))
    assert volumes.read == 2


async def test_without_a_database_the_create_itself_says_so() -> None:
    volumes = FakeVolumes(error=DatabaseUnavailable())
    costs = costs_of(volumes)
    assert await costs.priced(request()) == request()
    volumes.error, volumes.volumes[COURSE] = None, (1000, 0)
    assert (await costs.priced(request())).cost_s == cost_s(1000, 0)
