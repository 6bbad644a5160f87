from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.slugs import slug


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Week 1: Cells & Atoms", "week-1-cells-and-atoms"),
        ("  The Time is Now!  ", "the-time-is-now"),
        ("Don't panic", "dont-panic"),
        ("Café _ au lait", "cafe-au-lait"),
        ("実験 2", "実験-2"),
        ("ガイド パパ", "ガイド-パパ"),
        ("ที่นี่", "ที่นี่"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("한국어 강의", "한국어-강의"),
        ("Мой ёж", "мой-ёж"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("Ελληνικά Ünïcödé", "ελληνικα-unicode"),
        ("1️⃣ Start", "1-start"),
        ("می‌خواهم", "میخواهم"),
        ("???", ""),
    ],
)
def test_a_title_reads_as_words_and_hyphens(title: str, expected: str) -> None:
    assert slug(title) == expected


@given(st.text())
def test_a_slug_is_its_own_slug_and_one_step_of_an_address(title: str) -> None:
    made = slug(title, limit=50)
    assert slug(made) == made
    assert len(made) <= 50
    assert not set(made) & set("/?#%&. \n\t\"'<>")


@given(st.text(st.characters(categories=["Lo", "Mn", "Mc"])), st.text(st.characters(categories=["Lo", "Mn", "Mc"])))
def test_the_slug_of_a_title_does_not_depend_on_how_its_letters_are_composed(one: str, two: str) -> None:
    title = f"{one} {two}"
    assert slug(unicodedata.normalize("NFD", title)) == slug(unicodedata.normalize("NFC", title))
