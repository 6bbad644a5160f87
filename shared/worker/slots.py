"""The slots of a worker process: each has a connection to the broker and does one thing at a time, until the process stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from shared.adapters.rabbitmq.connection import Broker, keep_connected
from shared.contracts.topology import queues_named
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_HAND_BACK_S = 7.0  # for handing back; longer than a thread may go on after it was stopped

Slot = Callable[[Broker], Awaitable[None]]


async def serve_slots(
    slots: Iterable[tuple[str, Slot]], settings: Settings, stopping: asyncio.Event, hand_back: Callable[[], None]
) -> None:
    """Run the slots until the process is stopping. What is in flight has the grace time; `hand_back` ends the rest.

    Each slot has the name of the queue that it uses.

    Raises the error of a slot that has crashed, once all others have ended.
    """
    running = [
        asyncio.create_task(keep_connected(settings.amqp_url, stopping, slot, queues_named(name)))
        for name, slot in slots
    ]
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()  # also where a slot has crashed: its error is raised below
    _, late = await asyncio.wait(running, timeout=settings.stop_grace_s)
    if late:
        hand_back()
        _, late = await asyncio.wait(late, timeout=_HAND_BACK_S)
    for slot in late:
        get_logger().error("slot_abandoned", slot=repr(slot.get_coro()))
        slot.cancel()
    # All of them, before the first error is raised: their threads need this loop.
    await asyncio.gather(*running, return_exceptions=True)
    for slot in set(running) - set(late):
        slot.result()
