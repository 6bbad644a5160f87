"""Hearing of events as they commit: one LISTEN connection a process, made anew whenever it is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import Enum

import asyncpg
import msgspec

from shared.adapters.postgres.pool import Connection, open_connection, translated
from shared.contracts.events import ExportEvent
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.logs import get_logger

_CHANNEL = "export_events"
_HEARTBEAT_S = 10.0  # a silent connection is asked whether it lives: a lost network sends no farewell
_ANSWER_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
_INBOX = 10_000  # events not yet handed on, before they are left to the log


class Link(Enum):
    """What becomes of the connection."""

    UP = "up"  # from here on everything is heard; what committed before may have been missed: read the log
    DOWN = "down"


News = ExportEvent | Link
Wanted = Callable[[], bool]  # whether an event that comes now is of use to anybody


def _always() -> bool:
    return True


async def listen(database_url: str, wanted: Wanted = _always) -> AsyncGenerator[News, None]:
    """Every event as it commits, in the order of commits, and what becomes of the connection. Never ends by itself.

    An event that nobody wants when it comes is not even read.

    Nothing is missed without notice: after each UP, whoever reads the log and then goes on with what follows has
    everything, though some of it twice.
    """
    wait = _FIRST_WAIT_S
    while True:
        try:
            async with aclosing(_heard(database_url, wanted)) as heard:
                async for news in heard:
                    wait = _FIRST_WAIT_S
                    yield news
        except (DatabaseUnavailable, asyncpg.PostgresError) as error:  # whatever the server says may pass
            get_logger().warning("listener_lost", reason=str(error), again_in_s=round(wait, 2))
            yield Link.DOWN
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  (so that processes do not come back in step)
        wait = min(wait * 2, _LONGEST_WAIT_S)


async def _heard(database_url: str, wanted: Wanted) -> AsyncGenerator[News, None]:
    """What one connection hears, from UP until it is lost. Raises DatabaseUnavailable then."""
    async with open_connection(database_url) as connection:
        inbox = Inbox(wanted=wanted)
        with translated():
            await connection.add_listener(_CHANNEL, inbox.received)
        connection.add_termination_listener(inbox.lost)
        get_logger().info("listener_connected")
        yield Link.UP
        while True:
            try:
                news = await inbox.next(_HEARTBEAT_S)
            except TimeoutError:
                await _ask(connection)
                continue
            if news is Link.DOWN:
                raise DatabaseUnavailable("the listening connection was closed")
            yield news


async def _ask(connection: Connection) -> None:
    """Raise DatabaseUnavailable where the connection does not answer any more."""
    try:
        with translated():
            await connection.execute("SELECT 1", timeout=_ANSWER_S)
    except DatabaseUnavailable:
        connection.terminate()  # closing it politely would wait for an answer again
        raise


class Inbox:
    """What was heard and not yet taken, in order. Bounded: what does not fit is left to the log, by another UP."""

    def __init__(self, limit: int = _INBOX, wanted: Wanted = _always) -> None:
        self._queue: asyncio.Queue[News] = asyncio.Queue()
        self._limit = limit
        self._wanted = wanted

    def received(self, connection: object, pid: int, channel: str, payload: object) -> None:
        """Keep a notification; one that cannot be read may stand for an event, so it is left to the log too."""
        if not self._wanted():
            return
        try:
            self._put(msgspec.json.decode(str(payload), type=ExportEvent))
        except msgspec.MsgspecError as error:
            get_logger().warning("notification_unreadable", reason=str(error))
            self._put(Link.UP)

    def lost(self, connection: object) -> None:
        """Keep that the connection has ended."""
        self._put(Link.DOWN)

    async def next(self, timeout_s: float) -> News:
        """The oldest that waits. Raises TimeoutError where nothing comes in time."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        async with asyncio.timeout(timeout_s):
            return await self._queue.get()

    def _put(self, news: News) -> None:
        if self._queue.qsize() >= self._limit:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Link.UP)
        self._queue.put_nowait(news)
