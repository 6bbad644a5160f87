"""What the progress of an export that is being built says of its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from shared.domain.expected import ExpectedTimes, Moments
from shared.domain.export import ContentExport, ExportId, PackedSoFar, WorkflowState
from shared.worker import estimated_reports
from shared.worker.estimated_reports import EstimatedReports
from tests.support.fakes import an_export

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ENDS = ExpectedTimes(ends=Moments(NOW, NOW, NOW))
SO_FAR = PackedSoFar(1, 2, 3, 4)


@dataclass
class Reported:
    """Reports, and what is expected of the export. Without `go` nothing is known for ever."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    reported: list[tuple[float, ExpectedTimes | None]] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    async def report(
        self,
        export_id: ExportId,
        attempt: int,
        completion: float,
        so_far: PackedSoFar,
        expected: ExpectedTimes | None = None,
    ) -> None:
        self.reported.append((completion, expected))

    async def of_building(self, export: ContentExport, completion: float) -> ExpectedTimes | None:
        self.asked.append(completion)
        await self.go.wait()
        return ENDS


def reports_of(reported: Reported) -> EstimatedReports:
    return EstimatedReports(reported, reported, an_export(state=WorkflowState.EXPORTING, attempt=1))


async def test_progress_that_has_risen_is_reported_with_what_is_expected_of_the_export() -> None:
    reported = Reported()
    reported.go.set()
    reports = reports_of(reported)
    for completion in (0.0, 3.0, 3.0, 7.0):
        await reports.report(ExportId(1), 1, completion, SO_FAR)
    assert reported.reported == [(0.0, None), (3.0, ENDS), (3.0, None), (7.0, ENDS)]
    assert reported.asked == [3.0, 7.0]


async def test_an_estimate_that_is_late_holds_up_no_renewal_of_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimated_reports, "_WAIT_S", 0.01)
    reported = Reported()
    await reports_of(reported).report(ExportId(1), 1, 5.0, SO_FAR)
    assert reported.reported == [(5.0, None)]
