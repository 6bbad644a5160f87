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
from msgspec.structs import replace

from shared.adapters.postgres.events.export_events import find_event
from shared.adapters.postgres.pool import Connection, open_connection, translated
from shared.contracts.events import ExportEvent
from shared.contracts.export_events import at_address
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.runtime.logs import get_logger

_EVENTS, _ACCESS = "export_events", "access_changes"  # channels
_HEARTBEAT_S = 10.0  # a silent connection is checked this often: a network that is lost closes nothing
_ANSWER_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
_LONGEST_ID = 32  # characters of {"id": ...} alone
_INBOX = 10_000  # the most events that wait; beyond that readers have to read the log


class Link(Enum):
    """A change of the connection."""

    UP = "up"  # all later events are received; earlier ones may have been missed: read the log
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A user may have lost access: a token was revoked, a role ended, a context was closed."""

    user_id: int | None  # None: any user


class EventId(msgspec.Struct, frozen=True):
    """The notification of an event that is too long for one."""

    id: int


Notification = ExportEvent | Link | AccessChange
IsNeeded = Callable[[], bool]  # whether any reader needs an event that arrives now


def _always() -> bool:
    return True


async def listen(
    database_url: str, is_needed: IsNeeded = _always, base_url: str = ""
) -> AsyncGenerator[Notification, None]:
    """Yield every event as it commits, in the order of commits, and every change of the connection. It never ends.

    Links of events begin with `base_url`, the service's public address; it may be empty.

    An event that arrives while `is_needed()` is false is dropped without being decoded.

    No event is lost unnoticed: a reader that after each UP reads the log, and then continues with what follows here,
    has every event, some of them twice.
    """
    wait = _FIRST_WAIT_S
    while True:
        async with aclosing(_receive_until_lost(database_url, is_needed)) as received:
            async for news in received:
                wait = wait if news is Link.DOWN else _FIRST_WAIT_S
                yield _at_address(news, base_url) if isinstance(news, ExportEvent) else news
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
            yield await _whole(notification, connection)


async def _whole(notification: Notification | EventId, connection: Connection) -> Notification:
    """The notification, or the event that it names: one that is long is notified by its id alone."""
    if not isinstance(notification, EventId):
        return notification
    return await find_event(connection, notification.id) or Link.UP


def _at_address(event: ExportEvent, base_url: str) -> ExportEvent:
    return replace(event, data=at_address(event.data, base_url)) if base_url else event


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
        self._queue: asyncio.Queue[Notification | EventId] = asyncio.Queue()
        self._limit = limit
        self._is_needed = is_needed

    def receive(self, connection: object, pid: int, channel: str, payload: object) -> None:
        """Keep a notification. One that cannot be decoded may be an event, so an UP sends readers to the log."""
        if not self._is_needed():
            return
        try:
            self._put(_decoded(str(payload)))
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

    async def next(self, timeout_s: float) -> Notification | EventId:
        """The oldest item. Raises TimeoutError if none arrives within `timeout_s`."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        async with asyncio.timeout(timeout_s):
            return await self._queue.get()

    def _put(self, notification: Notification | EventId) -> None:
        if self._queue.qsize() >= self._limit:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Link.UP)
        self._queue.put_nowait(notification)


def _decoded(payload: str) -> ExportEvent | EventId:
    if len(payload) < _LONGEST_ID:
        return msgspec.json.decode(payload, type=EventId)
    return msgspec.json.decode(payload, type=ExportEvent)
