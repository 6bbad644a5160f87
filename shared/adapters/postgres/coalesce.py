"""Many waiters, few round trips: what is asked for while a query runs goes together into the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.domain.errors import DatabaseUnavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Coalesced(Generic[Item, Answer]):
    """A function of one item that gives a future, made of an async one of many items.

    `many` gets a batch and gives the answers in the same order. At most `in_flight` batches run at a time; a batch
    waits for nothing, so that a lone call costs what it would alone. Each call is answered after its own batch has
    ended, so what is written is committed by then. The future may be left alone, also where it fails. With `alike`,
    for reads, equal items of a batch are one question: a client that asks for much at once has one token.

    A batch that fails is tried again item by item, so that one bad item costs its own caller alone: `many` must leave
    nothing behind when it raises. Only where the database does not answer, nobody knows what is left behind: then the
    whole batch is told so at once, and nothing is tried again.
    """

    def __init__(
        self,
        many: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        in_flight: int = 1,
        largest: int = 64,
        alike: bool = False,
    ) -> None:
        self._many = _each_once(many) if alike else many
        self._largest = largest
        self._free = in_flight
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, item: Item) -> asyncio.Future[Answer]:
        """The answer for one item."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting.append((item, future))
        if self._free:
            self._free -= 1
            task = self._loop.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return future

    async def _run(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
                await self._answer([one for one in batch if not one[1].done()])
        except BaseException:  # the process ends: nobody is left waiting
            for _, future in batch + self._waiting:
                future.cancel()
            self._waiting = []
            raise
        finally:
            self._free += 1

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._many([item for item, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except DatabaseUnavailable as error:
            for _, future in batch:
                _fail(future, DatabaseUnavailable(*error.args))  # one each: who raises one writes its trace into it
        except Exception as error:  # noqa: BLE001  (handed on to whoever waits)
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for one in batch:
                await self._answer([one])


def _each_once(
    many: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
) -> Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]:
    """The same function, asked only once for equal items, which must be hashable."""

    async def asked(items: Sequence[Item]) -> list[Answer]:
        distinct = list(dict.fromkeys(items))
        found = dict(zip(distinct, await many(distinct), strict=True))
        return [found[item] for item in items]

    return asked


def _fail(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # seen: there may be nobody who waits for it
