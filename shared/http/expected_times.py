"""When exports are expected to start and end, by their queues, which a process reads once a second at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from msgspec.structs import replace

from shared.domain.errors import DatabaseUnavailable
from shared.domain.expected import ExpectedTimes, at
from shared.domain.export import ContentExport, ExportRequest, ExportType, WorkflowState
from shared.domain.fairness.estimate import Estimates, QueuedExport, of_building
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.fairness.queue_view import QueueView
from shared.domain.fairness.rates import Rates

_QUEUE_S = 1.0  # how long what was read of a queue is good enough
_RATES_S = 5.0
_FLOWS = 10_000  # flows whose end is remembered
_AFTER_ALL = 2**62  # the id of an export that has none yet

Read = TypeVar("Read")
Flow = tuple[ExportType, int, str]


class Queues(Protocol):
    """The queues of the database."""

    def queue(self, export_type: ExportType) -> Coroutine[Any, Any, QueueView]:
        """The queue of a type now. Raises DatabaseUnavailable."""
        ...

    def rates(self, export_type: ExportType) -> Coroutine[Any, Any, Rates]:
        """How fast exports of a type were built lately. Raises DatabaseUnavailable."""
        ...


class _Cached(Generic[Read]):
    """The latest reading, shared by all callers for some seconds. A caller that is cancelled leaves the reading to the others."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0
        self._reading: asyncio.Future[Read] | None = None

    async def get(self, read: partial[Coroutine[Any, Any, Read]]) -> Read:
        now, reading = time.monotonic(), self._reading
        failed = reading is not None and reading.done() and (reading.cancelled() or reading.exception() is not None)
        if reading is None or failed or self._until < now:
            reading = self._reading = asyncio.ensure_future(read())
            self._until = now + self._seconds
        return reading.result() if reading.done() else await asyncio.shield(reading)


class _ReadQueue:
    """The estimates of a type by what was read, and when that was."""

    def __init__(self, queue: QueueView, rates: Rates) -> None:
        self.at = datetime.now(UTC)
        self.clock = queue.clock
        self.estimates = Estimates(queue, rates)
        self.rates = rates

    def age_s(self, now: datetime) -> float:
        """Seconds since then: the workers have gone on meanwhile."""
        return max(0.0, (now - self.at).total_seconds())


class ExpectedTimesOfExports:
    """The expected times of exports that have not ended. Where the database does not answer, they are unknown."""

    def __init__(self, queues: Queues, limits: QueueLimits) -> None:
        self._queues = queues
        self._limits = limits
        self._rates = {each: _Cached[Rates](_RATES_S) for each in ExportType}
        self._read = {each: _Cached[_ReadQueue](_QUEUE_S) for each in ExportType}
        self._latest: dict[ExportType, _ReadQueue] = {}
        self._ends: dict[Flow, float] = {}  # of flows: where the last export ends that this process has seen

    async def of(self, export: ContentExport, completion: float | None = None) -> ExpectedTimes | None:
        """Of an export, which is `completion` percent done; None where it has ended, is paused, or nothing is known."""
        if export.pause is not None:
            return None
        if export.workflow_state is WorkflowState.EXPORTING:
            return await self.of_building(export, export.turn.completion if completion is None else completion)
        if export.workflow_state is not WorkflowState.CREATED or (read := await self._now(export.export_type)) is None:
            return None
        now = datetime.now(UTC)
        return at(now, read.estimates.of_waiting(_queued(export, self._limits), read.age_s(now)))

    async def of_building(self, export: ContentExport, completion: float) -> ExpectedTimes | None:
        """Of an export that a worker has: by the rates of its type alone, without its queue."""
        try:
            rates = await self._rates_now(export.export_type)
        except DatabaseUnavailable:
            return None
        facts, now = export.turn, datetime.now(UTC)
        elapsed_s = max(0.0, (now - (facts.claimed_at or now)).total_seconds())
        return at(now, of_building(facts.cost_s, elapsed_s, completion, rates, large=facts.large))

    async def expected(self, request: ExportRequest) -> ExportRequest:
        """The request with what is expected of its export, if it is created now."""
        if (read := await self._now(request.export_type)) is None:
            return request
        queued = self._requested(request, read)
        build = read.rates.build_s(request.cost_s, large=queued.large)
        now = datetime.now(UTC)
        return replace(request, expected=at(now, read.estimates.of_waiting(queued, read.age_s(now)), build))

    def note(self, request: ExportRequest) -> None:
        """The export is created now: those of later turns are behind it, before the queue is read again."""
        if (read := self._latest.get(request.export_type)) is None:
            return
        queued = self._requested(request, read)
        read.estimates.add(queued)
        flow = _flow(request)
        self._ends.pop(flow, None)
        self._ends[flow] = queued.turn + request.cost_s / queued.weight
        if len(self._ends) > _FLOWS:
            del self._ends[next(iter(self._ends))]

    def _requested(self, request: ExportRequest, read: _ReadQueue) -> QueuedExport:
        """The export as it will be in the queue, as far as this process knows the others of its flow."""
        weight, limits = request.settings.priority.weight, self._limits
        turn, large = max(read.clock, self._ends.get(_flow(request), 0.0)), request.cost_s >= limits.large_s
        held = 0 < limits.per_owner * request.cost_s <= (turn - read.clock) * weight
        flow, most = (request.user_id, request.settings.priority.value), limits.per_owner
        return QueuedExport(_AFTER_ALL, turn, request.cost_s, flow, large, held, weight, most)

    async def _now(self, export_type: ExportType) -> _ReadQueue | None:
        try:
            return await self._read[export_type].get(partial(self._reading, export_type))
        except DatabaseUnavailable:
            return None

    async def _rates_now(self, export_type: ExportType) -> Rates:
        return await self._rates[export_type].get(partial(self._queues.rates, export_type))

    async def _reading(self, export_type: ExportType) -> _ReadQueue:
        rates = await self._rates_now(export_type)
        read = self._latest[export_type] = _ReadQueue(await self._queues.queue(export_type), rates)
        return read


def _flow(request: ExportRequest) -> Flow:
    return request.export_type, request.user_id, request.settings.priority.value


def _queued(export: ContentExport, limits: QueueLimits) -> QueuedExport:
    facts, weight = export.turn, export.settings.priority.weight
    flow, most = (export.user_id, export.settings.priority.value), limits.per_owner
    return QueuedExport(export.id, facts.turn, facts.cost_s, flow, facts.large, facts.held, weight, most)


def retry_after_s(expected: ExpectedTimes | None, since: datetime) -> int:
    """Whole seconds after which it makes sense to ask again: when the export may have ended, at most a minute later.

    Where that is past or unknown: a tenth of what it has taken so far, from 1 to 15.
    """
    now = datetime.now(UTC)
    if expected is not None and expected.ends is not None:
        middle = expected.ends.earliest + (expected.ends.expected - expected.ends.earliest) / 2
        if middle > now:
            return max(1, min(60, round((middle - now) / timedelta(seconds=1))))
    return max(1, min(15, round((now - since).total_seconds() / 10)))
