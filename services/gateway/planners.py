"""Requests plans from the workers over the broker, by a connection that the first request opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec.structs import replace

from shared.adapters.rabbitmq.connection import Broker, check_address, keep_connected
from shared.adapters.rabbitmq.requester import Requester, open_requester
from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested, encode
from shared.contracts.topology import PLANS, plan_queue, queues_named
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import ExportType
from shared.runtime.environment import Mistakes
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import publish_span
from shared.runtime.traces import traceparent

_QUEUES = queues_named(*map(plan_queue, ExportType))
_CONNECT_S = 3.0  # how long a request waits for a connection that is lost, or not yet open


class Planners:
    """Asks the workers. While the broker is away each question is refused, and nothing else of the gateway notices."""

    def __init__(self, amqp_url: str) -> None:
        self._amqp_url = amqp_url
        self._requester: Requester | None = None
        self._connected = asyncio.Event()
        self._stopping = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None

    async def plan(self, request: PlanRequested, within_s: float) -> PlanMade | PlanFailed:
        """A worker's answer. Raises TimeoutError without one in `within_s`, and BrokerUnavailable."""
        async with asyncio.timeout(within_s):
            requester = await self._open_requester()
            address = (PLANS, request.export_type.value)
            with publish_span(address, None):
                sent = replace(request, traceparent=traceparent() or request.traceparent)
                body = await requester.request(address, encode(sent), within_s=within_s)
        return msgspec.json.decode(body, type=PlanMade | PlanFailed)

    async def close(self) -> None:
        """End the connection."""
        self._stopping.set()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)

    async def _open_requester(self) -> Requester:
        # Opened by the first dry run: a gateway without dry runs has no connection to the broker.
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._keep_connected())
        try:
            await asyncio.wait_for(self._connected.wait(), _CONNECT_S)
        except TimeoutError as error:
            raise BrokerUnavailable("no connection to the message broker") from error
        assert self._requester is not None  # it is set before, and unset after, the event
        return self._requester

    async def _keep_connected(self) -> None:
        try:
            await keep_connected(self._amqp_url, self._stopping, self._keep_requester, _QUEUES)
        except Mistakes as error:  # of a broker that was away when the process started; the next question tries again
            get_logger().error("broker_refused", reason=str(error))

    async def _keep_requester(self, broker: Broker) -> None:
        async with open_requester(broker) as self._requester:
            self._connected.set()
            try:
                await broker.unless_lost(self._stopping.wait())
            finally:
                self._connected.clear()


@asynccontextmanager
async def open_planners(amqp_url: str) -> AsyncIterator[Planners]:
    """Planners for as long as the block lasts. Raises Mistakes for an address that the broker refuses."""
    await check_address(amqp_url)
    planners = Planners(amqp_url)
    try:
        yield planners
    finally:
        await planners.close()
