"""Signed download links."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.verifier import sign, verify


def test_a_verifier_opens_its_file_until_it_expires() -> None:
    verifier = sign(["key"], 7, 1000)
    assert verify(["key"], 7, verifier, 999.9)
    assert not verify(["key"], 7, verifier, 1000)


def test_a_verifier_opens_no_other_file() -> None:
    assert not verify(["key"], 8, sign(["key"], 7, 1000), 0)


def test_a_later_end_cannot_be_written_into_a_verifier() -> None:
    stamp, _, signature = sign(["key"], 7, 1000).partition(".")
    assert not verify(["key"], 7, f"{int(stamp, 16) + 1:x}.{signature}", 0)


def test_an_old_key_still_verifies_and_no_longer_signs() -> None:
    before = sign(["old"], 7, 1000)
    assert verify(["new", "old"], 7, before, 0)
    assert not verify(["new"], 7, before, 0)
    assert sign(["new", "old"], 7, 1000) == sign(["new"], 7, 1000)


@given(st.text(max_size=60))
def test_nothing_but_a_signed_verifier_opens_a_file(text: str) -> None:
    assert not verify(["key"], 7, text, 0)
