"""Messages become transactions: in the order of arrival, many at a time, each answered after its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.postgres.pool import Connection, Pool, acquired, check, ran_too_long, translated
from shared.domain.errors import DatabaseUnavailable, ExportError, in_full
from shared.http.answers import ApiError
from shared.runtime.batch_spans import BatchSpans
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger

_LARGEST = 64  # messages of a transaction
_WAIT_S, _WAIT_MAX_S = 0.5, 5.0  # between tries while the database is away
_TOGETHER = 2  # tries of a batch that runs too long on a database that answers, before each message is tried alone
_ALONE = 4  # such tries of one message, before it is given up

# What a message does in a transaction. It may run again, after a rollback; a refusal that it raises has written nothing.
Write = Callable[[Connection], Awaitable[Any]]
Waiting = tuple[Write, asyncio.Future[Any]]


class RunsTooLong(Exception):
    """Ends a message whose transaction the database has ended again and again: it is dead, and others go on."""


@dataclass(slots=True)
class OrderedWrites:
    """Runs writes one after another, those that wait in one transaction.

    While the database is away all of them wait, so that none overtakes another; when the process stops meanwhile, they
    fail with DatabaseUnavailable. A fault of one costs that one alone, and so does one that always runs too long.
    """

    pool: Pool
    stopping: asyncio.Event
    _waiting: list[Waiting] = field(default_factory=list)
    _running: asyncio.Task[None] | None = None
    _spans: BatchSpans = field(default_factory=BatchSpans)

    def __call__(self, write: Write) -> asyncio.Future[Any]:
        """The result of a write, once it has committed."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._spans.called(future)
        self._waiting.append((write, future))
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._run(), context=self._spans.context())
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
                await self._until_done(batch)
        except BaseException:  # the process ends: nobody is left waiting
            for _, future in self._waiting:
                future.cancel()
            raise
        finally:
            self._running = None

    async def _until_done(self, batch: Sequence[Waiting]) -> None:
        error = await self._tried(batch, _TOGETHER if len(batch) > 1 else _ALONE)
        if error is None:
            return
        if self.stopping.is_set():
            _fail(batch, error)
        elif len(batch) == 1:
            _fail(batch, RunsTooLong(f"It ran too long {_ALONE} times, on a database that answers: {in_full(error)}"))
        else:
            for each in batch:
                await self._until_done([each])

    async def _tried(self, batch: Sequence[Waiting], tries: int) -> DatabaseUnavailable | None:
        """Try until the batch is done. The error where the process stops, or where so many tries ran too long."""
        wait_s = _WAIT_S
        while True:
            try:
                await self._together(batch)
            except DatabaseUnavailable as error:
                get_logger().warning("content_waits", reason=in_full(error))
                tries -= ran_too_long(error) and await self._answers()
                if await stops_within(self.stopping, wait_s) or not tries:
                    return error
                wait_s = min(wait_s * 2, _WAIT_MAX_S)
            else:
                return None

    async def _answers(self) -> bool:
        try:
            await check(self.pool)
        except DatabaseUnavailable:
            return False
        return True

    async def _together(self, batch: Sequence[Waiting]) -> None:
        """One transaction for all that are not done; where one has a fault of its own, one for each."""
        batch = [each for each in batch if not each[1].done()]
        try:
            with self._spans.span(future for _, future in batch):
                results = await self._committed([write for write, _ in batch])
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  (handed on to the one that it belongs to)
            if len(batch) == 1:
                _fail(batch, error)
                return
            for each in batch:
                await self._together([each])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    async def _committed(self, writes: Sequence[Write]) -> list[Any]:
        """The results of all, or the refusals in their place."""
        with translated():
            async with acquired(self.pool) as db, db.transaction():
                return [await _result_or_refusal(write, db) for write in writes]


async def _result_or_refusal(write: Write, db: Connection) -> Any:
    """What a write returns, or its refusal. What may succeed later is raised."""
    try:
        return await write(db)
    except ApiError as error:
        return error
    except ExportError as error:
        if error.retry:
            raise
        return error


def _fail(batch: Sequence[Waiting], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
