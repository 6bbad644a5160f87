"""What exports are estimated to cost, in seconds of building: for the fair queue, which charges it to their owners.

With its cost, a request gets the times at which its export is expected to start and end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol

from msgspec.structs import replace

from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import PACKED_KINDS, Context, ExportRequest, ExportType
from shared.domain.fairness.fair_turns import cost_s, selected_share
from shared.domain.kinds import Kind
from shared.http.expected_times import ExpectedTimesOfExports

_KEPT_S = 60.0  # how long a volume is good enough for an estimate
_MOST = 10_000  # volumes that are kept


class Volumes(Protocol):
    """How much contexts hold."""

    def volume(self, context: Context, kinds: Iterable[Kind] | None) -> Coroutine[Any, Any, tuple[int, int]]:
        """(objects, bytes of files) of these kinds, or of all. Raises DatabaseUnavailable."""
        ...

    async def size_of(self, context: Context, file_ids: Iterable[int]) -> int:
        """The bytes of these files of the context."""
        ...


class Costs:
    """Estimates. The volume of a context is read once a minute in each process, for all who wait for it then."""

    def __init__(self, volumes: Volumes, expected: ExpectedTimesOfExports) -> None:
        self._volumes = volumes
        self._expected = expected
        self._readings: dict[
            tuple[Context, ExportType], tuple[float, asyncio.Future[tuple[int, int]]]
        ] = {}  # until when

    async def priced(self, request: ExportRequest) -> ExportRequest:
        """The request with its estimated cost and times. Where nothing can be read now, it has a usual cost."""
        try:
            objects, size = await self._selected(request)
        except DatabaseUnavailable:  # the create itself will say so
            return request
        return await self._expected.expected(replace(request, cost_s=cost_s(objects, size)))

    def requested(self, request: ExportRequest) -> None:
        """The priced request is created now."""
        self._expected.note(request)

    async def _selected(self, request: ExportRequest) -> tuple[int, int]:
        """(objects, bytes), at most about. Files that are named are measured: one of them may be most of the context."""
        objects, size = await self._volume(request.context, request.export_type)
        share = selected_share(request.settings, objects)
        if share == 1.0:
            return objects, size
        selected = request.settings.selected.named
        files = [token for kind, token in selected if kind is Kind.FILES and isinstance(token, int)]
        if files:
            return len(selected), min(size, await self._volumes.size_of(request.context, files))
        return len(selected), int(size * share)

    async def _volume(self, context: Context, export_type: ExportType) -> tuple[int, int]:
        """(objects, bytes). A reader that goes away leaves the reading to the others."""
        now, key = time.monotonic(), (context, export_type)
        until, reading = self._readings.get(key, (0.0, None))
        if reading is None or until < now or (reading.done() and reading.exception()):
            reading = asyncio.ensure_future(self._volumes.volume(context, PACKED_KINDS[export_type]))
            self._readings.pop(key, None)
            self._readings[key] = (now + _KEPT_S, reading)
            if len(self._readings) > _MOST:
                del self._readings[next(iter(self._readings))]  # the one that was read first
        return reading.result() if reading.done() else await asyncio.shield(reading)
