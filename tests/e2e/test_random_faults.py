"""A small form of `make chaos`: clients go on while faults of each kind come one after another, and everything holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.injections import injection
from tests.chaos.invariants import by_invariant
from tests.chaos.random_run import Plan, RandomRun
from tests.support.stack import Stack

PLAN = Plan(
    [
        [injection("killed", 0.1, "qti"), injection("sessions ended", 0.1)],
        [injection("frozen", 1.5, "relay"), injection("queue deleted", 0.1)],
        [injection("store gone", 1.5)],
        [injection("frozen", 1.0, "gateway"), injection("table locked", 0.5)],
        [injection("broker killed", 0.1), injection("database crashed", 0.1)],
    ],
    exports=40,
    seed=15,
    cleaned=False,  # orphaned objects stay for an hour in the stack of these tests
)


def test_no_export_is_lost_or_doubled_and_all_invariants_hold_through_faults_of_every_kind(
    stack: Stack, tmp_path: Path
) -> None:
    if stack.servers.native is None:
        pytest.skip("the servers of the environment are not ours to kill")
    run = RandomRun(stack, PLAN, tmp_path)
    facts = run.run()
    assert run.violations == [], by_invariant(run.violations)
    assert len(facts.exports) >= PLAN.exports
