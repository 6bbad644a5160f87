"""What an export would hold, without making it: planned by a worker of its type, in turn with those of other callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested
from shared.contracts.plans import Plan
from shared.domain.errors import BrokerUnavailable, in_full
from shared.domain.export import ExportRequest, ExportType
from shared.http.answers import ApiError, unavailable
from shared.runtime.logs import get_logger


class Planner(Protocol):
    """Plans what an export would hold."""

    async def plan(self, request: PlanRequested, within_s: float) -> PlanMade | PlanFailed:
        """The answer of a worker. Raises TimeoutError without one in `within_s`, and BrokerUnavailable."""
        ...


class DryRuns:
    """The dry runs that callers of this process request.

    Of one caller and type one is with the workers at a time, and the others wait here in their order. So the queue of
    the workers, which is first in, first out, holds at most one request of each caller: callers take turns there, and
    a thousand dry runs of one delay another's by one plan at most.
    """

    def __init__(self, planner: Planner, longest_s: float) -> None:
        self._planner = planner
        self._longest_s = longest_s
        self._lines: WeakValueDictionary[tuple[str, ExportType], asyncio.Lock] = WeakValueDictionary()

    async def run(self, new: ExportRequest, token: str) -> Plan:
        """The plan for an export. Raises 503 if no worker answers in time.

        Requests of one token are of one caller, whomever they act as: `token` is its name, as in Caller.
        """
        deadline = datetime.now(UTC) + timedelta(seconds=self._longest_s)
        request = PlanRequested(
            context_type=new.context.type,
            context_id=new.context.id,
            user_id=new.user_id,
            export_type=new.export_type,
            settings=new.settings,
            deadline=deadline,
            request_id=new.request_id,
            traceparent=new.traceparent,
        )
        try:
            async with asyncio.timeout(self._longest_s), self._turn(token, new.export_type):
                remaining_s = (deadline - datetime.now(UTC)).total_seconds()
                answer = await self._planner.plan(request, remaining_s)
        except TimeoutError as error:
            raise _too_late(self._longest_s) from error
        except BrokerUnavailable as error:
            get_logger().warning("dry_run_refused", reason=in_full(error))
            raise unavailable(
                "Dry runs are not available now; ask for the export itself, or try again later."
            ) from error
        if isinstance(answer, PlanFailed):
            get_logger().warning("dry_run_failed", code=answer.code, reason=answer.message)
            raise unavailable(f"The dry run could not be made. {answer.message}")
        return answer.plan

    @asynccontextmanager
    async def _turn(self, token: str, export_type: ExportType) -> AsyncIterator[None]:
        """A lock serves those who wait in their order, and is forgotten with the last of them."""
        line = self._lines.get((token, export_type))
        # One line of waiting dry runs for each caller, so that callers take turns.
        if line is None:
            line = self._lines[token, export_type] = asyncio.Lock()
        async with line:
            yield


def _too_late(seconds: float) -> ApiError:
    return unavailable(
        f"No worker has answered the dry run within {seconds:g} seconds; ask for the export itself, or try again later."
    )
