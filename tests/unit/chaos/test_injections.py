"""Injections are drawn by a seed; directed faults name tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from tests.chaos.directed import FAULTS, KILLS
from tests.chaos.injections import KINDS, draw


def drawn(seed: int, count: int, *, native: bool = True) -> list[list[str]]:
    return [[str(each) for each in together] for together in draw(seed, count, native=native)]


def test_the_same_seed_draws_the_same_injections() -> None:
    assert drawn(7, 50) == drawn(7, 50) != drawn(8, 50)


def test_so_many_are_drawn_of_every_kind_and_never_two_of_one_target() -> None:
    together = list(draw(1, 500))
    assert sum(map(len, together)) == 500
    assert {each.kind for group in together for each in group} == set(KINDS)
    assert any(len(group) == 2 for group in together)
    assert all(len({each.target for each in group}) == len(group) for group in together)


def test_servers_that_are_not_ours_are_not_killed() -> None:
    assert not any(each.kind.native for group in draw(1, 500, native=False) for each in group)


@pytest.mark.parametrize("named", sorted({test for tests in (FAULTS | KILLS).values() for test in tests}))
def test_a_directed_fault_names_a_test_that_exists(named: str) -> None:
    file, _, name = named.partition("::")
    text = Path(ROOT, file).read_text(encoding="utf-8")
    assert re.search(rf"def {name or 'test_'}", text)
