"""Many waiters, few round trips."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.adapters.postgres.coalesce import Coalesced


class Doubling:
    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await asyncio.sleep(0.005)
        if 13 in items:
            raise LookupError("thirteen")
        return [2 * item for item in items]


async def test_what_is_asked_meanwhile_goes_together_into_the_next_batch() -> None:
    many = Doubling()
    ask = Coalesced(many, in_flight=1)
    assert await asyncio.gather(*(ask(n) for n in range(10))) == [2 * n for n in range(10)]
    assert len(many.batches) <= 2


async def test_a_batch_has_a_largest_size() -> None:
    many = Doubling()
    ask = Coalesced(many, in_flight=1, largest=3)
    await asyncio.gather(*(ask(n) for n in range(10)))
    assert max(map(len, many.batches)) <= 3


async def test_one_bad_item_costs_its_own_caller_alone() -> None:
    ask = Coalesced(Doubling(), in_flight=1)
    results = await asyncio.gather(*(ask(n) for n in (11, 12, 13, 14)), return_exceptions=True)
    assert isinstance(results[2], LookupError)
    assert [results[0], results[1], results[3]] == [22, 24, 28]
    assert await ask(1) == 2


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    ask = Coalesced(Doubling(), in_flight=1)
    leaving, staying = asyncio.create_task(ask(1)), asyncio.create_task(ask(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await leaving
