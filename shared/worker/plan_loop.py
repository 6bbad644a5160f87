"""Plans for dry runs, in slots of their own beside the exports of a worker: receive, acknowledge, plan, answer."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import structlog
from prometheus_client import Counter

from shared.adapters.course_source import CourseSource
from shared.adapters.rabbitmq.connection import Broker
from shared.adapters.rabbitmq.consumer import Delivery, Outcome, decode, open_consumer, settle
from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested, encode
from shared.contracts.plans import Plan
from shared.contracts.topology import PLANS, plan_queue
from shared.domain.errors import ExportError, InvalidContent, in_full
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import process_span
from shared.worker.export_builder import ExportBuilder
from shared.worker.intake import Intake
from shared.worker.job_tools import Tools
from shared.worker.packaging import Job
from shared.worker.planning import PlanAbandoned, plan_of, planned_export
from shared.worker.supervision import STOP_S

_PLANS = Counter(
    "content_exports_plan_requests_total",
    "Requests for plans, by what became of them: made, failed, late (the requester no longer waits), not_understood",
    ["outcome"],
)


class Replies(Protocol):
    """Where answers are sent."""

    async def reply(self, message: Delivery, body: bytes) -> None:
        """Answer a message. Raises BrokerUnavailable."""
        ...


@dataclass(slots=True)
class PlanLoop:
    """The plans of one worker process. `abandoned` ends those in flight."""

    builder: ExportBuilder
    tools: Tools
    intake: Intake
    threads: Executor
    abandoned: threading.Event = field(default_factory=threading.Event)

    async def slot(self, broker: Broker) -> None:
        """Plan one request after another until the process is stopping. Raises BrokerUnavailable."""
        while await self.intake.opened():
            async with open_consumer(broker, plan_queue(self.builder.export_type)) as consumer:
                async for message in consumer.until(self.intake.stopping, self.intake.paused):
                    await self.handle(message, consumer)

    async def handle(self, message: Delivery, replies: Replies) -> None:
        """Answer one request. It is acknowledged first, so that a plan that kills its process is not tried on another one."""
        request = decode(message, PlanRequested)
        await settle(message, Outcome.DONE)
        if request is None:
            _PLANS.labels("not_understood").inc()
            return
        with structlog.contextvars.bound_contextvars(request_id=request.request_id):
            place = (PLANS, plan_queue(request.export_type))
            with process_span(message, place, request.traceparent, {}):
                answer = await self.answer_to(request)
            if answer is not None:
                await replies.reply(message, encode(answer))

    async def answer_to(self, request: PlanRequested) -> PlanMade | PlanFailed | None:
        """The plan, or the reason of its failure; None after the deadline, when the requester no longer waits."""
        remaining_s = (request.deadline - datetime.now(UTC)).total_seconds()
        if remaining_s <= 0:
            _count_late()
            return None
        try:
            async with asyncio.timeout(remaining_s):
                plan = await self._plan(request, time.monotonic() + remaining_s)
        # The requester has given up by then: nobody reads a late answer.
        except (TimeoutError, PlanAbandoned):
            if self.abandoned.is_set():
                return _failed("worker_stopped", "The worker was stopped.")
            _count_late()
            return None
        except ExportError as error:
            return _failed(error.code, str(error))
        except Exception as error:  # noqa: BLE001  (logged; a slot outlives what one request sets off)
            get_logger().error("plan_failed", reason=in_full(error), exc_info=error)
            return _failed("internal_error", "The log of the worker has the details.")
        _PLANS.labels("made").inc()
        return PlanMade(plan=plan)

    async def _plan(self, request: PlanRequested, ends_at: float) -> Plan:
        tools, export, loop = self.tools, planned_export(request), asyncio.get_running_loop()
        course = await tools.content.course(export.context)
        rights = await tools.access.rights_of(request.user_id, export.context)
        if course is None or rights is None:
            raise InvalidContent("The context does not exist any more.")
        source = CourseSource(tools.content, export.context, course, loop)
        job = Job(export, self.builder, course, rights, tools.settings.canvas_url)

        def should_stop() -> bool:
            return self.abandoned.is_set() or time.monotonic() >= ends_at

        # Not cancelled at the deadline: the slot is free once the thread is, which asks `should_stop` at each entry.
        within = copy_context()
        planning = loop.run_in_executor(self.threads, within.run, plan_of, job, source, tools.store, should_stop)
        return await _finished(planning)


async def _finished(planning: asyncio.Future[Plan]) -> Plan:
    """The result. A thread cannot be cancelled: where this is cancelled, it waits for the thread to stop, but not for ever."""
    try:
        return await asyncio.shield(planning)
    except asyncio.CancelledError:
        await asyncio.wait({planning}, timeout=STOP_S)
        planning.add_done_callback(_retrieve_error)
        raise


def _retrieve_error(planning: asyncio.Future[Plan]) -> None:
    if not planning.cancelled():
        planning.exception()


def _count_late() -> None:
    _PLANS.labels("late").inc()
    get_logger().info("plan_abandoned")


def _failed(code: str, message: str) -> PlanFailed:
    _PLANS.labels("failed").inc()
    return PlanFailed(code=code, message=message)
