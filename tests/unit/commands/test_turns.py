"""Commands that are prepared in their own time pass one step in the order in which they arrived."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from shared.commands.turns import Turn, Turns


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_they_pass_in_the_order_of_arrival_whichever_is_ready_first(order: tuple[int, ...]) -> None:
    turns, passed = Turns(), []
    taken = [turns.take() for _ in order]
    ready = [asyncio.Event() for _ in order]

    async def command(number: int, turn: Turn) -> None:
        await ready[number].wait()
        await turn.wait()
        passed.append(number)
        turn.pass_on()

    async with asyncio.TaskGroup() as tasks:
        for number, turn in enumerate(taken):
            tasks.create_task(command(number, turn))
        for number in order:
            ready[number].set()
            await asyncio.sleep(0)
    assert passed == [0, 1, 2, 3]


async def test_one_that_ends_early_does_not_let_a_later_one_overtake_an_earlier_one() -> None:
    turns = Turns()
    first, refused, third = (turns.take() for _ in range(3))
    refused.pass_on()
    waiting = asyncio.create_task(third.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    first.pass_on()
    first.pass_on()  # its end, after it has passed
    await waiting
