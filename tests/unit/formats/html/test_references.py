"""References of HTML: the pieces of an address, and the ids in it."""

from __future__ import annotations

import pytest

from shared.formats.html.references import positive


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("9" * 18, 10**18 - 1),
        ("1" * 19, None),  # more than a column holds
        ("0", None),
        ("-1", None),
        ("1.0", None),
        ("\u0661", None),  # a digit, but not of ASCII
        ("", None),
        (None, None),
    ],
)
def test_an_id_is_a_positive_whole_number_that_fits_a_column(text: str | None, number: int | None) -> None:
    assert positive(text) == number
