"""Messages become transactions in their order: also while the database is away, and when one of them is at fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.ingest import ordered_writes
from services.ingest.ordered_writes import OrderedWrites, RunsTooLong
from shared.domain.errors import DatabaseUnavailable
from shared.http.answers import not_found


@dataclass
class FakeDatabase:
    """What is written in each transaction that commits; `away` is how many transactions end by a lost connection."""

    committed: list[list[Any]] = field(default_factory=list)
    away: int = 0
    _open: list[Any] = field(default_factory=list)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[FakeDatabase]:
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._open = []
        yield
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable
        self.committed.append(self._open)

    def write(self, value: Any) -> None:
        self._open.append(value)

    async def check(self) -> None:
        if self.away:
            raise DatabaseUnavailable


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    monkeypatch.setattr(ordered_writes, "acquired", lambda pool: pool.acquire())
    monkeypatch.setattr(ordered_writes, "_WAIT_S", 0.001)
    monkeypatch.setattr(ordered_writes, "_WAIT_MAX_S", 0.001)
    monkeypatch.setattr(ordered_writes, "check", lambda pool: pool.check())
    return FakeDatabase()


def running_too_long() -> DatabaseUnavailable:
    error = DatabaseUnavailable()
    error.__cause__ = TimeoutError()
    return error


def writes_of(database: FakeDatabase) -> OrderedWrites:
    return OrderedWrites(database, asyncio.Event())  # type: ignore[arg-type]


def writing(value: Any) -> Callable[[Any], Awaitable[Any]]:
    async def write(db: FakeDatabase) -> Any:
        db.write(value)
        await asyncio.sleep(0)
        return value

    return write


def failing(error: Exception) -> Callable[[Any], Awaitable[Any]]:
    async def write(db: FakeDatabase) -> Any:
        raise error

    return write


async def test_what_waits_goes_into_one_transaction_in_its_order(database: FakeDatabase) -> None:
    writes = writes_of(database)
    assert await asyncio.gather(*(writes(writing(n)) for n in range(100))) == list(range(100))
    assert [n for each in database.committed for n in each] == list(range(100))
    assert len(database.committed) == 2


async def test_a_refusal_costs_its_own_message_alone_and_no_second_transaction(database: FakeDatabase) -> None:
    writes = writes_of(database)
    done = [writes(writing(1)), writes(failing(not_found())), writes(writing(3))]
    results = await asyncio.gather(*done, return_exceptions=True)
    assert (results[0], results[2]) == (1, 3)
    assert isinstance(results[1], type(not_found()))
    assert database.committed == [[1, 3]]


async def test_after_a_fault_each_has_a_transaction_of_its_own(database: FakeDatabase) -> None:
    writes = writes_of(database)
    done = [writes(writing(1)), writes(failing(ZeroDivisionError())), writes(writing(3))]
    results = await asyncio.gather(*done, return_exceptions=True)
    assert isinstance(results[1], ZeroDivisionError)
    assert database.committed == [[1], [3]]


async def test_while_the_database_is_away_all_wait_and_none_overtakes_another(database: FakeDatabase) -> None:
    writes, database.away = writes_of(database), 3
    first = [writes(writing(n)) for n in range(3)]
    await asyncio.sleep(0)
    later = [writes(writing(n)) for n in range(3, 6)]
    assert await asyncio.gather(*first, *later) == list(range(6))
    assert [n for each in database.committed for n in each] == list(range(6))


async def test_a_process_that_stops_meanwhile_answers_none_of_them(database: FakeDatabase) -> None:
    writes, database.away = writes_of(database), 1_000
    done = [writes(writing(n)) for n in range(3)]
    writes.stopping.set()
    results = await asyncio.gather(*done, return_exceptions=True)
    assert {type(each) for each in results} == {DatabaseUnavailable}
    assert database.committed == []


async def test_a_message_that_always_runs_too_long_is_given_up_and_the_others_go_on(database: FakeDatabase) -> None:
    writes = writes_of(database)
    done = [writes(writing(1)), writes(failing(running_too_long())), writes(writing(3)), writes(writing(4))]
    results = await asyncio.gather(*done, return_exceptions=True)
    assert isinstance(results[1], RunsTooLong)
    assert database.committed == [[1], [3], [4]]


@pytest.mark.parametrize("error", [DatabaseUnavailable, running_too_long])
async def test_what_a_full_disk_or_a_database_that_does_not_answer_delays_is_not_given_up(
    database: FakeDatabase, error: Callable[[], DatabaseUnavailable]
) -> None:
    failures = 20
    database.away = 1 if error is running_too_long else 0

    async def write(db: FakeDatabase) -> str:
        nonlocal failures
        failures -= 1
        if failures:
            raise error()
        database.away = 0
        return "done"

    assert await writes_of(database)(write) == "done"


async def test_what_is_done_is_not_run_again_after_a_lost_connection(database: FakeDatabase) -> None:
    writes, runs = writes_of(database), 0

    async def write(db: FakeDatabase) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ZeroDivisionError
        if runs == 2:
            raise DatabaseUnavailable

    await asyncio.gather(writes(writing(1)), writes(write), writes(writing(3)))
    assert [n for each in database.committed for n in each] == [1, 3]
