"""Who may request one more export, and whose packages go first when too many bytes are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.fairness.quotas import KeptPackage, Quotas, Usage, excess, under_pressure

USAGE = Usage(waiting_of_owner=5, waiting_of_context=50, bytes_of_owner=1000, bytes_of_context=10_000)


@pytest.mark.parametrize(
    "quotas", [Quotas(), Quotas(6, 51, 1001, 10_001), Quotas(waiting_per_owner=6), Quotas(bytes_per_context=10_001)]
)
def test_an_owner_within_every_quota_may_request_another(quotas: Quotas) -> None:
    assert excess(quotas, USAGE) is None


@pytest.mark.parametrize(
    ("quotas", "words", "of_bytes"),
    [
        (Quotas(waiting_per_owner=5), "You have 5 exports", False),
        (Quotas(waiting_per_context=50), "This context has 50 exports", False),
        (Quotas(bytes_per_owner=1000), "You have packages of 1000 bytes", True),
        (Quotas(bytes_per_context=9_999), "This context has packages of 10000 bytes", True),
    ],
)
def test_a_quota_that_is_used_up_is_named(quotas: Quotas, words: str, of_bytes: bool) -> None:
    over = excess(quotas, USAGE)
    assert over is not None
    assert over.sentence.startswith(words)
    assert over.of_bytes is of_bytes


def packages(*facts: tuple[int, int]) -> list[KeptPackage]:
    """(owner, bytes) of each, the oldest first."""
    return [KeptPackage(number, f"p{number}", size, owner) for number, (owner, size) in enumerate(facts)]


def test_the_oldest_of_the_largest_owner_goes_first_until_another_is_larger() -> None:
    kept = packages((1, 40), (2, 30), (2, 30), (2, 30), (1, 10))
    going = under_pressure(kept, {1: 50, 2: 90}, 101)
    assert [each.export_id for each in going] == [1, 2, 0, 3]


def test_a_package_that_is_too_young_to_go_stays_and_counts() -> None:
    going = under_pressure(packages((1, 10), (2, 10)), {1: 10, 2: 1000}, 500)
    assert [each.owner for each in going] == [2, 1]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 100))), st.integers(0, 500))
def test_no_more_goes_than_must(facts: list[tuple[int, int]], too_many: int) -> None:
    kept = packages(*facts)
    bytes_of: dict[int | None, int] = {}
    for each in kept:
        bytes_of[each.owner] = bytes_of.get(each.owner, 0) + each.size
    going = list(under_pressure(kept, bytes_of, too_many))
    freed = sum(each.size for each in going)
    assert freed >= min(too_many, sum(bytes_of.values()))
    assert not going or freed - going[-1].size < too_many
