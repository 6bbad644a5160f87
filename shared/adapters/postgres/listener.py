"""Receives export events as they commit: one LISTEN connection per process, opened again whenever it is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum

import asyncpg
import msgspec

from shared.adapters.postgres.pool import Connection, open_connection, translated
from shared.contracts.events import ExportEvent
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.runtime.logs import get_logger

_EVENTS, _ACCESS = "export_events", "access_changes"  # channels
_HEARTBEAT_S = 10.0  # a silent connection is checked this often: a network that is lost closes nothing
_ANSWER_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
_INBOX = 10_000  # the most events that wait; beyond that readers have to read the log


class Link(Enum):
    """A change of the connection."""

    UP = "up"  # all later events are received; earlier ones may have been missed: read the log
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A user may have lost access: a token was revoked, a role ended, a context was closed."""

    user_id: int | None  # None: any user


Notification = ExportEvent | Link | AccessChange
IsNeeded = Callable[[], bool]  # whether any reader needs an event that arrives now


def _always() -> bool:
    return True


async def listen(database_url: str, is_needed: IsNeeded = _always) -> AsyncGenerator[Notification, None]:
    """Yield every event as it commits, in the order of commits, and every change of the connection. It never ends.

    An event that arrives while `is_needed()` is false is dropped without being decoded.

    No event is lost unnoticed: a reader that after each UP reads the log, and then continues with what follows here,
    has every event, some of them twice.
    """
    wait = _FIRST_WAIT_S
    while True:
        async with aclosing(_receive_until_lost(database_url, is_needed)) as received:
            async for news in received:
                wait = wait if news is Link.DOWN else _FIRST_WAIT_S
                yield news
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  (spreads the reconnects of processes)
        wait = min(wait * 2, _LONGEST_WAIT_S)


async def _receive_until_lost(database_url: str, is_needed: IsNeeded) -> AsyncGenerator[Notification, None]:
    """The events of one connection, and DOWN as the last item."""
    try:
        async with aclosing(_receive(database_url, is_needed)) as received:
            async for news in received:
                yield news
    except (DatabaseUnavailable, asyncpg.PostgresError) as error:  # the server may recover from any error
        get_logger().warning("listener_lost", reason=in_full(error))
        yield Link.DOWN


async def _receive(database_url: str, is_needed: IsNeeded) -> AsyncGenerator[Notification, None]:
    """The events of one connection, from UP until it is lost. Raises DatabaseUnavailable then."""
    async with open_connection(database_url) as connection:
        inbox = Notifications(is_needed=is_needed)
        with translated():
            await connection.add_listener(_EVENTS, inbox.receive)
            await connection.add_listener(_ACCESS, inbox.receive_access_change)
        connection.add_termination_listener(inbox.close)
        get_logger().info("listener_connected")
        yield Link.UP
        while True:
            try:
                notification = await inbox.next(_HEARTBEAT_S)
            except TimeoutError:
                await _check_alive(connection)
                continue
            if notification is Link.DOWN:
                raise DatabaseUnavailable("the listening connection was closed")
            yield notification


async def _check_alive(connection: Connection) -> None:
    """Raise DatabaseUnavailable if the connection does not answer any more."""
    try:
        with translated():
            await connection.execute("SELECT 1", timeout=_ANSWER_S)
    except DatabaseUnavailable:
        connection.terminate()  # an orderly close would wait for an answer again
        raise


class Notifications:
    """Received events that have not been taken, in order. When it is full, all are replaced by an UP: read the log."""

    def __init__(self, limit: int = _INBOX, is_needed: IsNeeded = _always) -> None:
        self._queue: asyncio.Queue[Notification] = asyncio.Queue()
        self._limit = limit
        self._is_needed = is_needed

    def receive(self, connection: object, pid: int, channel: str, payload: object) -> None:
        """Keep a notification. One that cannot be decoded may be an event, so an UP sends readers to the log."""
        if not self._is_needed():
            return
        try:
            self._put(msgspec.json.decode(str(payload), type=ExportEvent))
        except msgspec.MsgspecError as error:
            get_logger().warning("notification_unreadable", reason=in_full(error))
            self._put(Link.UP)

    def receive_access_change(self, connection: object, pid: int, channel: str, payload: object) -> None:
        """Keep a notification that a user may have lost access."""
        text = str(payload)
        self._put(AccessChange(int(text) if text.isdecimal() else None))

    def close(self, connection: object) -> None:
        """Note that the connection has ended, behind the events that it brought."""
        self._put(Link.DOWN)

    async def next(self, timeout_s: float) -> Notification:
        """The oldest item. Raises TimeoutError if none arrives within `timeout_s`."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        async with asyncio.timeout(timeout_s):
            return await self._queue.get()

    def _put(self, notification: Notification) -> None:
        if self._queue.qsize() >= self._limit:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Link.UP)
        self._queue.put_nowait(notification)
