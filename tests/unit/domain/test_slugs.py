from __future__ import annotations

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
