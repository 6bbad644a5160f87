"""The events of a course, printed as they arrive from the broker: what an internal service of the school would receive."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika

from shared.contracts.export_events import EventType
from shared.contracts.topology import EVENTS

_PATIENCE_S = 15.0
_ENDS = {EventType.EXPORTED.value, EventType.FAILED.value, EventType.CANCELLED.value}


class EventsMissing(Exception):
    """The broker delivered no event in time."""


@dataclass(slots=True)
class ShownEvents:
    """A consumer in a thread of its own, with a queue that ends with it."""

    amqp_url: str
    course_id: int | None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _bound: bool = False
    _ended: int = 0

    def wait_bound(self) -> None:
        """Wait until the queue is bound: events before that are not delivered to it. Raises EventsMissing."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._bound, _PATIENCE_S):
                raise EventsMissing("the broker did not bind a queue to the events")

    def wait_ends(self, count: int) -> None:
        """Wait for the events of the end of so many exports. Raises EventsMissing."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended >= count, _PATIENCE_S):
                raise EventsMissing(f"{self._ended} of {count} exports had an event of their end")

    async def consume(self, stopping: asyncio.Event) -> None:
        """Print events until `stopping` is set."""
        async with await aio_pika.connect(self.amqp_url) as connection:
            queue = await (await connection.channel()).declare_queue(exclusive=True)
            await queue.bind(EVENTS, f"content_export.*.*.course.{self.course_id or '*'}")
            await queue.consume(self._show, no_ack=True)
            with self._changed:
                self._bound = True
                self._changed.notify_all()
            await stopping.wait()

    async def _show(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        event: dict[str, Any] = json.loads(message.body)
        data = event["data"]
        print_line(f"event {event['type']} {data['export_type']} {data['completion']:g} %")
        with self._changed:
            self._ended += event["type"] in _ENDS
            self._changed.notify_all()


def print_line(line: str) -> None:
    """Print a line in one piece, whatever thread prints another at the same moment."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def shown_events(amqp_url: str, course_id: int | None = None) -> Iterator[ShownEvents]:
    """Print the events of a course, or of all, during the block. Raises EventsMissing where the broker gives no queue."""
    events, loop, stopping = ShownEvents(amqp_url, course_id), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(events.consume(stopping),), daemon=True)
    thread.start()
    try:
        events.wait_bound()
        yield events
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(_PATIENCE_S)
        loop.close()
