"""Many waiters, few round trips: what is asked for while a query runs goes together into the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Coalesced(Generic[Item, Answer]):
    """An async function of one item, made of one of many items.

    `many` gets a batch and gives the answers in the same order. At most `in_flight` batches run at a time; a batch
    waits for nothing, so that a lone call costs what it would alone. Each call is answered after its own batch has
    ended, so what is written is committed by then. A batch that fails is tried again item by item, so that one bad item
    costs its own caller alone: `many` must leave nothing behind when it raises.
    """

    def __init__(
        self, many: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, in_flight: int = 2, largest: int = 64
    ) -> None:
        self._many = many
        self._largest = largest
        self._free = in_flight
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Answer:
        """The answer for one item."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._free:
            self._start()
        return await future

    def _start(self) -> None:
        self._free -= 1
        task = asyncio.create_task(self._run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
                await self._answer(batch)
        finally:
            self._free += 1

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._many([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  (handed on to whoever waits)
            if len(batch) > 1:
                for one in batch:
                    await self._answer([one])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
