"""Whose turn it is, whatever is requested and whenever workers are free."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits, cost_s, selected_share, turns
from shared.domain.fairness.priority import Priority
from tests.support.fair_queue_simulation import FairQueue, Flow

FLOWS: st.SearchStrategy[Flow] = st.tuples(st.integers(1, 3), st.sampled_from(Priority))
COSTS = st.floats(0.1, 1000.0)
CREATES = st.tuples(FLOWS, st.lists(COSTS, min_size=1, max_size=6))
STEPS = st.lists(st.one_of(CREATES, st.just("claim"), st.just("claim"), st.integers(0, 3)), max_size=60)
EPSILON = 1e-6


def play(queue: FairQueue, step: object) -> None:
    """A create, a claim, or the end of the n-th export in flight."""
    if isinstance(step, tuple):
        queue.create(*step)
    elif step == "claim":
        queue.claim()
    elif isinstance(step, int) and queue.in_flight:
        queue.end(queue.in_flight[step % len(queue.in_flight)])


@given(st.lists(st.one_of(CREATES, st.just("claim"), st.just("claim")), max_size=60))
def test_owners_who_wait_at_the_same_time_get_work_by_their_weight_within_one_export_of_each(
    steps: list[object],
) -> None:
    """The bound of the paper: of two flows that both wait, |work / weight - work / weight| is under one charge of each."""
    queue = FairQueue(QueueLimits(large_s=1e9))
    served: dict[tuple[Flow, Flow], list[float]] = {}  # of two flows, since both wait
    largest: dict[Flow, float] = defaultdict(float)
    for step in steps:
        if isinstance(step, tuple):
            flow, costs = step
            largest[flow] = max(largest[flow], *(cost / flow[1].weight for cost in costs))
            queue.create(flow, costs)
            claimed = None
        else:
            claimed = queue.claim()
        wait = {each.flow for each in queue.waiting}
        for one in list(largest):
            for other in list(largest):
                if one >= other:
                    continue
                if claimed is not None and (one, other) in served and claimed.flow in (one, other):
                    served[one, other][claimed.flow == other] += claimed.charge
                    first, second = served[one, other]
                    assert abs(first - second) <= largest[one] + largest[other] + EPSILON
                if not {one, other} <= wait:
                    served.pop((one, other), None)
                else:
                    served.setdefault((one, other), [0.0, 0.0])


@given(STEPS, COSTS)
def test_an_owner_who_comes_waits_for_one_export_of_each_other_flow_at_most(steps: list[object], cost: float) -> None:
    queue = FairQueue(QueueLimits(large_s=1e9))
    for step in steps:
        play(queue, step)
    (newcomer,) = queue.create((99, Priority.BULK), [cost])
    before = []
    while (claimed := queue.claim()) is not newcomer:
        assert claimed is not None
        before.append(claimed.flow)
    assert len(before) == len(set(before))


@given(STEPS, st.integers(1, 4), st.integers(1, 3))
def test_large_exports_leave_a_slot_and_an_owner_has_no_more_in_flight_than_the_limit(
    steps: list[object], slots: int, per_owner: int
) -> None:
    queue = FairQueue(QueueLimits(per_owner, large_s=100.0), slots)
    for step in steps:
        play(queue, step)
        assert sum(each.large for each in queue.in_flight) <= max(slots - 1, 1)
        for flow in queue.ends:
            assert sum(each.flow == flow for each in queue.in_flight) <= per_owner
            unfinished = sum(each.flow == flow for each in (*queue.waiting, *queue.in_flight))
            assert queue.open_of(flow) == min(unfinished, per_owner), "no export is held back in vain"


def test_the_exports_of_a_flow_follow_each_other_and_begin_at_the_clock_at_the_earliest() -> None:
    assert turns(10.0, 3.0, [2.0, 5.0, 1.0]) == ([10.0, 12.0, 17.0], 18.0)
    assert turns(10.0, 18.0, [2.0]) == ([18.0], 20.0)


def test_a_small_share_has_a_small_charge() -> None:
    assert [each.weight for each in Priority] == sorted((each.weight for each in Priority), reverse=True)
    assert [each.value for each in Priority] == ["interactive", "normal", "bulk"]


@pytest.mark.parametrize(
    ("select", "share"),
    [
        ({}, 1.0),
        ({"all_pages": True}, 1.0),
        ({"folders": ["1"]}, 1.0),
        ({"pages": ["1", "2"]}, 0.02),
        ({"pages": [str(n) for n in range(500)]}, 1.0),
    ],
)
def test_a_selection_costs_its_share_at_most(select: dict[str, object], share: float) -> None:
    assert selected_share(ExportSettings(select=select), 100) == share


def test_objects_and_bytes_take_time() -> None:
    assert cost_s(0, 0) < cost_s(100, 0) < cost_s(100, 10**9)
    assert cost_s(10, 5 * 10**9) >= QueueLimits().large_s > cost_s(1000, 10**8)
