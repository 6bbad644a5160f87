"""Every input of tests/data/fuzz keeps the promise of its target: the seeds of `make fuzz`, and what it has found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.limits import run_within_limits
from tests.fuzz.packages import SEEDS, canvas_members
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # providers use it all the same

INPUTS = [path for target in TARGETS for path in sorted((SEEDS / target).glob("*"))]


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_is_answered_with_a_value_or_the_promised_refusal_in_time(path: Path) -> None:
    run_within_limits(TARGETS[path.parent.name], path.read_bytes())


@pytest.mark.parametrize("member", canvas_members())
def test_a_cartridge_is_taken_in_without_much_of_its_rest(member: str) -> None:
    run_within_limits(TARGETS["document"], member.encode() + b"\n" + canvas_members()[member])


def test_every_target_has_seeds_that_take_little_room() -> None:
    assert {path.parent.name for path in INPUTS} | {"document"} == set(TARGETS)
    assert sum(path.stat().st_size for path in INPUTS) < 200_000
