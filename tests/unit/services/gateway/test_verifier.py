"""Signed download links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.verifier import sign, verified


def test_a_verifier_names_its_user_until_it_expires() -> None:
    verifier = sign(["key"], 7, 3, 1000)
    assert verified(["key"], 7, verifier, 999.9) == 3
    assert verified(["key"], 7, verifier, 1000) is None


def test_a_verifier_opens_no_other_file() -> None:
    assert verified(["key"], 8, sign(["key"], 7, 3, 1000), 0) is None


@pytest.mark.parametrize("forged", ["3e9.3.", "3e8.4.", "3e8.03.1."])
def test_neither_a_later_end_nor_another_user_can_be_written_into_a_verifier(forged: str) -> None:
    stamp, user, signature = sign(["key"], 7, 3, 1000).split(".")
    assert (stamp, user) == ("3e8", "3")
    assert verified(["key"], 7, forged + signature, 0) is None


def test_an_old_key_still_verifies_and_no_longer_signs() -> None:
    before = sign(["old"], 7, 3, 1000)
    assert verified(["new", "old"], 7, before, 0) == 3
    assert verified(["new"], 7, before, 0) is None
    assert sign(["new", "old"], 7, 3, 1000) == sign(["new"], 7, 3, 1000)


@pytest.mark.parametrize("other", ["03e8.3.", "3E8.3.", "0x3e8.3.", "3e8.+3.", "3_e8.3.", " 3e8.3."])
def test_a_verifier_is_good_to_the_letter_alone(other: str) -> None:
    signature = sign(["key"], 7, 3, 1000).rpartition(".")[2]
    assert verified(["key"], 7, other + signature, 0) is None


@pytest.mark.parametrize("text", ["f" * 5000 + ".3.x", "3e8." + "f" * 5000 + ".x"])
def test_numbers_of_thousands_of_digits_are_no_verifier(text: str) -> None:
    assert verified(["key"], 7, text, 0) is None


@given(st.text(max_size=60) | st.from_regex(r"[0-9a-f]{1,8}\.[0-9a-f]{1,8}\..{0,30}"))
def test_nothing_but_a_signed_verifier_opens_a_file(text: str) -> None:
    assert verified(["key"], 7, text, 0) is None
