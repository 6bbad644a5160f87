"""Many waiters, few round trips: requests that arrive while a query runs go together into the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from shared.adapters.postgres.pool import Connection, is_lost
from shared.domain.errors import DatabaseUnavailable, LockUnavailable
from shared.runtime.batch_spans import BatchSpans

_LANES_AT_ONCE = 4  # connections that wait for locks
_LANE_S = 10.0  # how long a caller waits for a lock in all
_LANE_PAUSE_S = 0.05

Item = TypeVar("Item")
Answer = TypeVar("Answer")


Connect = Callable[[], AbstractAsyncContextManager[Connection]]
Many = Callable[[Sequence[Item], Connection], Awaitable[Sequence[Answer]]]
Waiting = list[tuple[Item, asyncio.Future[Answer]]]


class Coalesced(Generic[Item, Answer]):
    """A function of one item that gives a future, made of an async one of many items and a connection.

    `many` gets a batch and gives the answers in the same order. One batch runs at a time; it waits for nothing, so that
    a lone call costs what it would alone. What waits when it ends is the next one, on the same connection: taking one
    from the pool and giving it back costs as much as a small statement. Each call is answered after its own batch has
    ended, so what is written is committed by then. The future may be left alone, also where it fails. With `distinct`,
    for reads, equal items of a batch are one question: a client with many requests at once has one token.

    A batch that fails is tried again item by item, so that one bad item costs its own caller alone: `many` must leave
    nothing behind when it raises. Only where the database does not answer, it is unknown what is left behind: then the
    whole batch fails at once, and nothing is tried again.

    With `lane`, for writes: where a batch raises LockUnavailable, its items go on by themselves, those of a lane together
    and each lane on a connection of its own; so do later ones of a lane that still waits. What waits for a lock holds up
    its own lane alone, and fails after some seconds.
    """

    def __init__(
        self,
        many: Many[Item, Answer],
        connect: Connect,
        *,
        largest: int = 64,
        distinct: bool = False,
        lane: Callable[[Item], Hashable] | None = None,
    ) -> None:
        self._many = _each_once(many) if distinct else many
        self._connect = connect
        self._largest = largest
        self._lane = lane
        self._spans = BatchSpans()
        self._lanes: dict[Hashable, Waiting[Item, Answer]] = {}
        self._lane_tasks: set[asyncio.Task[None]] = set()
        self._lane_slots = asyncio.Semaphore(_LANES_AT_ONCE)
        self._waiting: Waiting[Item, Answer] = []
        self._running: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, item: Item) -> asyncio.Future[Answer]:
        """The answer for one item."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._spans.called(future)
        if self._lanes and self._lane is not None and (lane := self._lanes.get(self._lane(item))) is not None:
            lane.append((item, future))
            return future
        self._waiting.append((item, future))
        # The first caller starts the task; the others of the same loop turn are in its batch already.
        if self._running is None:
            self._running = self._loop.create_task(self._run(), context=self._spans.context())
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._on_one_connection()
        except asyncio.CancelledError:  # the process ends: no caller is left waiting
            for _, future in self._waiting:
                future.cancel()
            self._waiting = []
            raise
        finally:
            self._running = None

    async def _on_one_connection(self) -> None:
        """Batch after batch, until no call waits or the connection is lost."""
        try:
            async with self._connect() as connection:
                while self._waiting and not is_lost(connection):
                    await self._next_batch(connection)
        except Exception as error:  # noqa: BLE001  (of the connection: what a batch raises is its own callers')
            waiting, self._waiting = self._waiting, []
            _fail_all(waiting, _as_lost(error))

    async def _next_batch(self, connection: Connection) -> None:
        batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        try:
            with self._spans.span(future for _, future in batch):
                await self._answer([one for one in batch if not one[1].done()], connection, self._divert)
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise

    async def _answer(
        self, batch: Waiting[Item, Answer], connection: Connection, locked: Callable[[Waiting[Item, Answer]], None]
    ) -> None:
        """Answer the batch, but for what a lock holds up: `locked` gets it."""
        try:
            answers = await self._many([item for item, _ in batch], connection)
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except LockUnavailable:
            locked(batch)
        except DatabaseUnavailable as error:
            _fail_all(batch, error)
        except Exception as error:  # noqa: BLE001  (handed on to the callers)
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            # One item of the batch is at fault, and which one is unknown: each is tried alone.
            for one in batch:
                await self._answer([one], connection, locked)

    def _divert(self, batch: Waiting[Item, Answer]) -> None:
        """Let each lane of the batch wait by itself."""
        if self._lane is None:
            _fail_all(batch, LockUnavailable())
            return
        for item, future in batch:
            key = self._lane(item)
            if key not in self._lanes:
                self._lanes[key] = []
                task = asyncio.get_running_loop().create_task(self._serve(key), context=self._spans.context())
                self._lane_tasks.add(task)
                task.add_done_callback(self._lane_tasks.discard)
            self._lanes[key].append((item, future))

    async def _serve(self, key: Hashable) -> None:
        """One batch after another of this lane, until no call of it waits."""
        waiting = self._lanes[key]
        try:
            while waiting:
                batch = waiting[: self._largest]
                del waiting[: self._largest]
                await self._wait_for_lock(batch)
        finally:
            del self._lanes[key]
            for _, future in waiting:
                future.cancel()

    async def _wait_for_lock(self, batch: Waiting[Item, Answer]) -> None:
        ends_at = time.monotonic() + _LANE_S
        while batch := await self._try_in_lane(batch):
            if time.monotonic() >= ends_at:
                _fail_all(batch, LockUnavailable())
                return
            await asyncio.sleep(_LANE_PAUSE_S)

    async def _try_in_lane(self, batch: Waiting[Item, Answer]) -> Waiting[Item, Answer]:
        """Those of the batch that the lock still holds up."""
        locked: Waiting[Item, Answer] = []
        try:
            async with self._lane_slots, self._connect() as connection:
                with self._spans.span(future for _, future in batch):
                    await self._answer(batch, connection, locked.extend)
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (of the connection, as in `_on_one_connection`)
            _fail_all(batch, _as_lost(error))
        return locked


def _each_once(many: Many[Item, Answer]) -> Many[Item, Answer]:
    """The same function, called only once for equal items, which must be hashable."""

    async def answer_distinct(items: Sequence[Item], connection: Connection) -> list[Answer]:
        distinct = list(dict.fromkeys(items))
        answers = dict(zip(distinct, await many(distinct, connection), strict=True))
        return [answers[item] for item in items]

    return answer_distinct


def _as_lost(error: Exception) -> DatabaseUnavailable:
    return error if isinstance(error, DatabaseUnavailable) else DatabaseUnavailable(detail=repr(error))


def _fail_all(waiting: Sequence[tuple[Item, asyncio.Future[Answer]]], error: DatabaseUnavailable) -> None:
    for _, future in waiting:
        _fail(
            future, DatabaseUnavailable(*error.args, detail=error.detail)
        )  # one each: who raises one writes its trace into it


def _fail(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # marks it as seen: the future may have been left alone
