"""How often an address may guess tokens and links, and who is not affected by it."""

from __future__ import annotations

import pytest

from shared.http.answers import ApiError
from shared.http.guesses import Guesses


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(3, clock)


def spend(guesses: Guesses, address: str) -> None:
    for _ in range(3):
        guesses.charge(address)


def refused(guesses: Guesses, address: str, token: str = "unknown") -> str | None:
    """The value of Retry-After, where the token is not looked up."""
    try:
        guesses.admit(address, token)
    except ApiError as error:
        return error.headers["Retry-After"]
    return None


def test_guesses_of_an_address_are_refused_once_they_are_spent_and_come_back_steadily(
    guesses: Guesses, clock: Clock
) -> None:
    spend(guesses, "192.0.2.1")
    assert refused(guesses, "192.0.2.1") == "20"
    clock.now = 15
    assert refused(guesses, "192.0.2.1") == "5"
    clock.now = 20
    assert refused(guesses, "192.0.2.1") is None
    guesses.charge("192.0.2.1")
    with pytest.raises(ApiError) as error:
        guesses.charge("192.0.2.1")
    assert error.value.status == 429


def test_a_token_that_was_good_before_is_looked_up_from_an_address_that_guesses(guesses: Guesses) -> None:
    guesses.remember("good")
    spend(guesses, "192.0.2.1")
    assert refused(guesses, "192.0.2.1", "good") is None
    assert refused(guesses, "192.0.2.1", "other") is not None


@pytest.mark.parametrize(
    ("guesser", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "_hidden", True),
    ],
)
def test_an_ipv6_network_shares_an_account_and_an_ipv4_address_has_its_own(
    guesses: Guesses, guesser: str, other: str, shared: bool
) -> None:
    spend(guesses, guesser)
    assert (refused(guesses, other) is not None) is shared


def test_the_accounts_of_many_addresses_take_bounded_memory(guesses: Guesses) -> None:
    spend(guesses, "192.0.2.1")
    for number in range(10_000):
        guesses.charge(f"10.0.{number // 250}.{number % 250}")
    assert refused(guesses, "192.0.2.1") is None, "the one unused for longest is forgotten"


def test_with_a_setting_of_zero_nothing_is_limited() -> None:
    guesses = Guesses(0)
    for _ in range(1000):
        guesses.charge("192.0.2.1")
    assert refused(guesses, "192.0.2.1") is None


def test_the_valid_tokens_that_are_remembered_take_bounded_memory(guesses: Guesses) -> None:
    guesses.remember("oldest")
    for number in range(10_000):
        guesses.remember(str(number))
    spend(guesses, "192.0.2.1")
    assert refused(guesses, "192.0.2.1", "9999") is None
    assert refused(guesses, "192.0.2.1", "oldest") is not None
