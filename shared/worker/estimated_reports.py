"""The reports of an export that is being built, each with what is expected of it: the events of its progress have that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, ExportId, PackedSoFar

_WAIT_S = 0.5


class EstimatedLeaseReports(Protocol):
    """Where completion is reported and the lease renewed."""

    async def report(
        self,
        export_id: ExportId,
        attempt: int,
        completion: float,
        so_far: PackedSoFar,
        expected: ExpectedTimes | None = None,
    ) -> None:
        """Raises Fenced once the export is no longer this attempt's."""
        ...


class BuildExpectations(Protocol):
    """What is expected of exports that are being built."""

    async def of_building(self, export: ContentExport, completion: float) -> ExpectedTimes | None:
        """Of an export that is `completion` percent done; None where nothing is known. It never fails."""
        ...


@dataclass(slots=True)
class EstimatedReports:
    """The reports of one attempt. A report that only renews the lease causes no event, and is not estimated."""

    reports: EstimatedLeaseReports
    expectations: BuildExpectations
    export: ContentExport
    _reported: float = 0.0

    async def report(self, export_id: ExportId, attempt: int, completion: float, so_far: PackedSoFar) -> None:
        """Raises Fenced once the export is no longer this attempt's."""
        expected = await self._expected(completion) if completion > self._reported else None
        await self.reports.report(export_id, attempt, completion, so_far, expected=expected)
        self._reported = completion

    async def _expected(self, completion: float) -> ExpectedTimes | None:
        """What is expected now, where that is known at once: the lease is renewed in time."""
        try:
            async with asyncio.timeout(_WAIT_S):
                return await self.expectations.of_building(self.export, completion)
        except TimeoutError:
            return None
