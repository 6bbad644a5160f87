"""The leaky buckets behind the rate limit and the limit of guesses."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from shared.http.answers import ApiError
from shared.http.rate import SPENT, RateLimit
from shared.runtime.leaky_buckets import LeakyBuckets


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_starts_full_refills_steadily_and_never_holds_more_than_its_burst(clock: Clock) -> None:
    buckets = LeakyBuckets(per_s=2, burst=10, clock=clock)
    assert buckets.level("a") == 10
    assert buckets.spend("a", 6) == 4
    clock.now = 1.5
    assert buckets.level("a") == 7
    clock.now = 100
    assert buckets.level("a") == 10
    assert (buckets.level("b"), len(buckets)) == (10, 1), "asking for a level opens no bucket"


def test_an_amount_that_a_bucket_lacks_is_not_taken_and_comes_back_in_its_time(clock: Clock) -> None:
    buckets = LeakyBuckets(per_s=2, burst=10, clock=clock)
    buckets.spend("a", 10)
    assert buckets.spend("a", 3) == -3
    assert buckets.seconds_until(3) == 1.5
    clock.now = 1.5
    assert buckets.spend("a", 3) == 0


def test_of_too_many_buckets_the_one_unused_for_longest_is_dropped(clock: Clock) -> None:
    buckets = LeakyBuckets(per_s=1, burst=10, clock=clock)
    for key in ("first", "second"):
        buckets.spend(key, 10)
    buckets.spend("first", 0)
    for number in range(9_999):
        buckets.spend(str(number), 1)
    assert (len(buckets), buckets.level("first"), buckets.level("second")) == (10_000, 0, 10)


@pytest.mark.parametrize(("method", "cost"), [("GET", 1), ("HEAD", 1), ("POST", 5), ("PUT", 5), ("DELETE", 5)])
def test_a_request_is_charged_to_its_token_by_its_method(clock: Clock, method: str, cost: float) -> None:
    request = make_mocked_request(method, "/")
    RateLimit(1, 100, clock).charge(request, "token:1")
    assert request[SPENT] == (cost, 100 - cost)


def test_a_token_without_credit_is_refused_until_the_cost_has_come_back(clock: Clock) -> None:
    limit = RateLimit(2, 5, clock)
    limit.charge(make_mocked_request("POST", "/"), "token:1")
    refused = make_mocked_request("POST", "/")
    with pytest.raises(ApiError) as error:
        limit.charge(refused, "token:1")
    assert (error.value.status, error.value.headers["Retry-After"], refused[SPENT]) == (429, "3", (5, 0))
    limit.charge(make_mocked_request("POST", "/"), "token:2")
    clock.now = 2.5
    limit.charge(make_mocked_request("POST", "/"), "token:1")


@pytest.mark.parametrize(("per_s", "token"), [(0, "token:1"), (1, "")])
def test_no_limit_and_no_token_are_not_charged(clock: Clock, per_s: float, token: str) -> None:
    request = make_mocked_request("POST", "/")
    for _ in range(100):
        RateLimit(per_s, 5, clock).charge(request, token)
    assert SPENT not in request
