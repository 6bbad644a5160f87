"""Many waiters, few round trips."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

import pytest

from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.pool import Connection
from shared.domain.errors import DatabaseUnavailable


class Link:
    def __init__(self) -> None:
        self.lost = False

    def is_closed(self) -> bool:
        return self.lost


class Connections:
    """Where connections come from: what was taken, and what of it was given back."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.taken: list[Link] = []
        self.given_back: list[Link] = []

    def __call__(self) -> AbstractAsyncContextManager[Connection]:
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        self.taken.append(Link())
        try:
            yield cast(Connection, self.taken[-1])
        finally:
            self.given_back.append(self.taken[-1])


class Doubling:
    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int], connection: Connection) -> list[int]:
        self.batches.append(list(items))
        await asyncio.sleep(0.005)
        if 13 in items:
            raise LookupError("thirteen")
        return [2 * item for item in items]


async def test_what_is_asked_meanwhile_goes_together_into_the_next_batch() -> None:
    many = Doubling()
    ask = Coalesced(many, Connections())
    assert await asyncio.gather(*(ask(n) for n in range(10))) == [2 * n for n in range(10)]
    assert len(many.batches) <= 2


async def test_a_batch_has_a_largest_size() -> None:
    many = Doubling()
    ask = Coalesced(many, Connections(), largest=3)
    await asyncio.gather(*(ask(n) for n in range(10)))
    assert max(map(len, many.batches)) <= 3


async def test_reads_that_are_alike_are_one_question_and_each_has_its_answer() -> None:
    many = Doubling()
    ask = Coalesced(many, Connections(), distinct=True)
    assert await asyncio.gather(*(ask(n) for n in (1, 2, 1, 1, 2))) == [2, 4, 2, 2, 4]
    assert all(len(set(batch)) == len(batch) for batch in many.batches)


async def test_writes_that_are_alike_are_each_done() -> None:
    many = Doubling()
    ask = Coalesced(many, Connections())
    assert await asyncio.gather(*(ask(n) for n in (1, 1, 1))) == [2, 2, 2]
    assert sum(map(len, many.batches)) == 3


async def test_one_bad_item_costs_its_own_caller_alone() -> None:
    ask = Coalesced(Doubling(), Connections())
    results = await asyncio.gather(*(ask(n) for n in (11, 12, 13, 14)), return_exceptions=True)
    assert isinstance(results[2], LookupError)
    assert [results[0], results[1], results[3]] == [22, 24, 28]
    assert await ask(1) == 2


async def test_a_database_that_does_not_answer_is_an_error_for_all_at_once_and_nothing_is_tried_again() -> None:
    batches: list[list[int]] = []

    async def many(items: Sequence[int], connection: Connection) -> list[int]:
        batches.append(list(items))
        await asyncio.sleep(0.005)
        raise DatabaseUnavailable("gone in the middle")

    ask = Coalesced(many, Connections())
    results = await asyncio.gather(*(ask(n) for n in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 5
    assert len(set(map(id, results))) == 5  # each its own: what one caller adds to its trace is not the others'
    assert batches == [[0, 1, 2, 3, 4]]


async def test_batches_that_follow_one_another_share_a_connection_which_is_given_back_after_the_last() -> None:
    many, connections = Doubling(), Connections()
    ask = Coalesced(many, connections, largest=2)
    await asyncio.gather(*(ask(n) for n in range(6)))
    await asyncio.sleep(0.01)
    assert len(many.batches) == 3
    assert len(connections.taken) == len(connections.given_back) == 1


async def test_a_connection_that_is_lost_is_replaced_for_those_who_still_wait() -> None:
    connections = Connections()

    async def many(items: Sequence[int], connection: Connection) -> list[int]:
        if len(connections.taken) == 1:
            connections.taken[0].lost = True
            raise DatabaseUnavailable("hung up")
        return list(items)

    ask = Coalesced(many, connections, largest=1)
    results = await asyncio.gather(ask(1), ask(2), return_exceptions=True)
    assert [type(results[0]), results[1]] == [DatabaseUnavailable, 2]
    assert len(connections.taken) == 2


async def test_where_no_connection_can_be_acquired_all_who_wait_get_an_error_and_the_next_tries_again() -> None:
    many, connections = Doubling(), Connections(DatabaseUnavailable("nobody listens"))
    ask = Coalesced(many, connections)
    results = await asyncio.gather(ask(1), ask(2), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 2
    assert many.batches == []
    connections.error = None
    assert await ask(3) == 6


async def test_what_nobody_waits_for_any_more_is_not_asked() -> None:
    many = Doubling()
    ask = Coalesced(many, Connections())
    ask(1).cancel()
    assert await ask(2) == 4
    assert many.batches == [[2]]


async def test_nobody_is_left_waiting_when_the_loop_ends_a_batch() -> None:
    ask = Coalesced(Doubling(), Connections(), largest=1)
    others = asyncio.all_tasks()
    waiting = [ask(1), ask(2)]
    await asyncio.sleep(0.001)
    (running,) = asyncio.all_tasks() - others
    running.cancel()
    results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 1)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert await ask(3) == 6


async def test_an_answer_too_few_is_an_error_of_each_caller() -> None:
    async def none(items: Sequence[int], connection: Connection) -> list[int]:
        return []

    ask = Coalesced(none, Connections())
    results = await asyncio.gather(ask(1), ask(2), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 2


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    ask = Coalesced(Doubling(), Connections())
    leaving, staying = ask(1), ask(2)
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await leaving
