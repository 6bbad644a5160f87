"""Sealed texts are opened by the keys that sealed them, and by nothing else."""

from __future__ import annotations

import pytest

from shared.adapters.sealing import Seal, Unsealable

OLD, NEW, OTHER = ("o" * 32, "n" * 32, "x" * 32)


def test_a_text_is_opened_by_any_key_of_the_settings_and_sealed_by_the_first() -> None:
    sealed = Seal([OLD]).seal("whsec_1")
    assert "whsec" not in sealed
    assert Seal([NEW, OLD]).open(sealed) == "whsec_1"
    assert Seal([OLD]).seal("whsec_1") != sealed, "equal texts must not look equal"
    with pytest.raises(Unsealable):
        Seal([OLD]).open(Seal([NEW, OLD]).seal("whsec_1"))


@pytest.mark.parametrize(
    "alter", [lambda text: text[:-6] + "AAAAAA", lambda _: "", lambda _: "a.b.c.d.e", lambda text: text + "."]
)
def test_what_was_altered_or_sealed_by_another_key_is_not_opened(alter: object) -> None:
    assert callable(alter)
    with pytest.raises(Unsealable):
        Seal([OLD]).open(alter(Seal([OLD]).seal("whsec_1")))
    with pytest.raises(Unsealable):
        Seal([OTHER]).open(Seal([OLD]).seal("whsec_1"))
