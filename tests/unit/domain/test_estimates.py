"""What an estimate says of an export's place, start and end, and how often it is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sin
from random import Random

import pytest

from shared.domain.fairness.estimate import Estimate, Estimates, Place, QueuedExport, of_building
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.fairness.priority import Priority
from shared.domain.fairness.queue_view import FRONT, STRETCH, BuildingExport, QueueView, WaitingExport
from shared.domain.fairness.queue_view import Flow as QueueFlow
from shared.domain.fairness.rates import Rates, Sample
from tests.support.built_queue import BuiltQueue
from tests.support.fair_queue_simulation import FairQueue, Flow

Arrivals = Iterator[tuple[float, Flow, list[float]]]
EXPORTS = 500
NORMAL = Priority.NORMAL


def one_owner(random: Random) -> Arrivals:
    """Some now and then, the others at once."""
    for number in range(100):
        yield 2.0 * number, (1, NORMAL), [random.choice([0.1, 0.3, 0.6])]
    yield 200.0, (1, NORMAL), [random.choice([0.1, 0.3, 0.6]) for _ in range(EXPORTS - 100)]


def many_owners(random: Random) -> Arrivals:
    """About as many as the workers can build."""
    now = 0.0
    for _ in range(EXPORTS):
        now += random.expovariate(3.0)
        yield now, (random.randrange(20), NORMAL), [random.lognormvariate(-1, 1)]


def large_ones_and_small_ones(random: Random) -> Arrivals:
    """A long queue of one owner, and others of all priorities beside it."""
    yield 0.0, (1, NORMAL), [15.0] * 10 + [0.1] * 150
    now = 0.0
    for _ in range(EXPORTS - 160):
        now += random.expovariate(2.0)
        yield now, (random.randrange(2, 10), random.choice(list(Priority))), [random.choice([0.1, 0.2, 1.0, 12.0])]


@pytest.mark.parametrize("arrivals", [one_owner, many_owners, large_ones_and_small_ones])
def test_of_500_exports_the_true_end_lies_within_the_range_in_80_to_99_percent(
    arrivals: Callable[[Random], Arrivals],
) -> None:
    random = Random(2)
    built = BuiltQueue(FairQueue(QueueLimits(8), slots=4), random, Random.random)
    # Exports differ, and the machine is faster at some times than at others.
    built.multiple = lambda random: random.lognormvariate(-0.5 + 0.5 * sin(built.now / 15), 0.5)
    built.run(arrivals(random), looks=0.3)
    within = built.within()
    assert len(built.histories) == EXPORTS
    assert len(within) > EXPORTS
    assert 0.80 <= sum(within) / len(within) <= 0.99


def a_sample(cost_s: float, took_s: float, start: float = 0.0, waited_s: float = 0.0, *, large: bool = False) -> Sample:
    return Sample(cost_s, large, start - waited_s, start, start + took_s)


def waiting(number: int, cost_s: float = 1.0, turn: float = 0.0, *, large: bool = False) -> WaitingExport:
    return WaitingExport(turn, number, cost_s, large)


def even(took_s: float = 1.0, count: int = 100) -> Rates:
    """Rates by which an export takes its cost times `took_s`, and begins at once where it need not wait."""
    return Rates([a_sample(1.0, took_s, start=10.0 * number) for number in range(count)])


def of_waiting(export: QueuedExport, queue: QueueView, rates: Rates) -> Estimate:
    return Estimates(queue, rates).of_waiting(export)


def test_without_workers_an_export_has_a_place_and_no_times() -> None:
    estimate = of_waiting(QueuedExport(3, 0.0, 1.0), QueueView(0, front=[waiting(1), waiting(2)]), Rates())
    assert (estimate.place, estimate.starts, estimate.ends) == (Place(3, 3, 3), None, None)


def test_where_a_slot_is_free_an_export_starts_at_once() -> None:
    queue = QueueView(2, building=[BuildingExport(0.0, 50.0, large=False)])
    estimate = of_waiting(QueuedExport(1, 0.0, 1.0), queue, even())
    assert estimate.starts is not None
    assert estimate.ends is not None
    assert estimate.starts.latest < 0.1
    assert 0.9 < estimate.ends.earliest <= estimate.ends.expected <= estimate.ends.latest < 1.2


def test_the_work_before_an_export_is_shared_by_the_slots() -> None:
    front = [waiting(number) for number in range(1, 41)]
    ends = [of_waiting(QueuedExport(41, 0.0, 1.0), QueueView(slots, front=front), even()).ends for slots in (1, 4)]
    assert [round(each.expected) for each in ends if each] == [41, 11]


def test_a_narrow_range_comes_of_many_samples() -> None:
    queue, export = QueueView(1, front=[waiting(number) for number in range(1, 41)]), QueuedExport(41, 0.0, 1.0)
    few, many = (of_waiting(export, queue, even(count=count)).ends for count in (3, 200))
    assert few is not None
    assert many is not None
    assert few.latest - few.earliest > 2 * (many.latest - many.earliest)


def test_a_small_export_passes_large_ones_that_may_not_have_its_slot() -> None:
    building = [BuildingExport(0.0, 1000.0, large=True)]
    front = [waiting(number, 1000.0, large=True) for number in range(1, 11)]
    estimate = of_waiting(QueuedExport(11, 1.0, 1.0), QueueView(2, building=building, front=front), Rates())
    assert estimate.starts is not None
    assert estimate.starts.expected < 10
    large = of_waiting(QueuedExport(11, 1.0, 1000.0, large=True), QueueView(2, building=building, front=front), Rates())
    assert large.starts is not None
    assert large.starts.expected > 5000


def test_behind_the_front_the_place_is_a_range_that_samples_give() -> None:
    """One export a unit of turns: ten thousand are before the turn 10,000."""
    rows = [waiting(number, turn=float(number)) for number in range(20_000)]
    stretches = [rows[begin : begin + STRETCH] for begin in range(FRONT, 20_000, 1000)]
    queue = QueueView(2, front=rows[:FRONT], stretches=stretches, last=rows[-1])
    place = of_waiting(QueuedExport(99_999, 10_000.0, 1.0), queue, even()).place
    assert place is not None
    assert place.lowest < 10_000 < place.highest
    assert 9_500 < place.expected < 10_500


def test_exports_of_one_turn_are_counted_by_their_ids_behind_the_front() -> None:
    rows = [waiting(number) for number in range(1, 5001)]
    place = of_waiting(QueuedExport(4001, 0.0, 1.0), QueueView(2, front=rows[:FRONT], last=rows[-1]), even()).place
    assert place is not None
    assert place.expected == pytest.approx(4001, abs=5)


def test_what_was_created_since_the_queue_was_read_is_before_an_export() -> None:
    queue = QueueView(1)
    queue.add(waiting(1))
    queue.add(waiting(2, turn=5.0))
    estimates = [of_waiting(QueuedExport(3, turn, 1.0), queue, even()) for turn in (0.0, 9.0)]
    assert [each.place and each.place.expected for each in estimates] == [2, 3]


def test_an_export_held_back_waits_for_those_of_its_owner() -> None:
    free = of_waiting(QueuedExport(9, 100.0, 1.0, most_open=1), QueueView(4), even())
    held = of_waiting(QueuedExport(9, 100.0, 1.0, held=True, most_open=1), QueueView(4), even())
    assert free.starts is not None
    assert held.starts is not None
    assert free.starts.expected < 1
    assert held.starts.expected > 50
    assert held.place is not None
    assert held.place.highest > 100


def test_an_export_that_is_being_built_ends_after_what_is_left_of_it() -> None:
    estimate = of_building(10.0, 4.0, 0.0, even(), large=False)
    assert estimate.place is None
    assert estimate.ends is not None
    assert estimate.ends.expected == pytest.approx(6.0)


def test_completion_says_more_the_higher_it_is() -> None:
    half, most = (of_building(10.0, 40.0, completion, even(), large=False).ends for completion in (50.0, 95.0))
    assert half is not None
    assert most is not None
    assert half.expected > 5 * most.expected
    assert most.earliest < 40 * 5 / 95 < most.latest


def test_an_export_that_takes_longer_than_all_others_has_a_wide_range() -> None:
    ends = of_building(1.0, 100.0, 0.0, even(), large=False).ends
    assert ends is not None
    assert ends.latest > 100


def test_the_time_between_two_exports_makes_the_queue_slower() -> None:
    busy = [a_sample(1.0, 1.0, start=1.5 * number, waited_s=500.0) for number in range(60)]
    assert Rates(busy).idle_s == pytest.approx(0.5)
    queue = QueueView(1, front=[waiting(number) for number in range(1, 41)])
    ends = of_waiting(QueuedExport(41, 0.0, 1.0), queue, Rates(busy)).ends
    assert ends is not None
    assert ends.expected == pytest.approx(61, abs=2)


def test_those_who_come_later_make_the_end_of_a_late_turn_later() -> None:
    front = [waiting(number, turn=float(number)) for number in range(1, 41)]
    export = QueuedExport(41, 50.0, 1.0, flow=(1, "normal"))
    own: dict[QueueFlow, float] = {(1, "normal"): 0.5}
    others: dict[QueueFlow, float] = {(2, "normal"): 0.5}
    alone, beside = (
        of_waiting(export, QueueView(1, front=front, arriving=arriving), even()).ends for arriving in (own, others)
    )
    assert alone is not None
    assert beside is not None
    assert alone.expected < beside.expected
    assert alone.earliest == beside.earliest


@pytest.mark.parametrize("turn", [7.0, 8.0])
def test_behind_owners_who_all_have_the_same_turn_an_export_that_is_not_created_yet_is_the_last(turn: float) -> None:
    rows = [WaitingExport(7.0, number, 1.0, False) for number in range(1, FRONT + 101)]
    queue = QueueView(2, front=rows[:FRONT], last=rows[-1])
    place = Estimates(queue, Rates()).of_waiting(QueuedExport(2**63 - 1, turn, 1.0)).place
    assert place is not None
    assert place.expected == FRONT + 101
    assert place.highest < 2 * FRONT
