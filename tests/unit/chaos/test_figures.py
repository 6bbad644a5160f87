"""The table of a chaos run."""

from __future__ import annotations

import pytest

from tests.chaos.figures import Row, markdown, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 0.5, 3.0), ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0), ([1.0, 2.0, 3.0, 4.0], 0.99, 4.0), (range(200), 0.99, 197)],
)
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_row_has_what_was_counted() -> None:
    rows = [
        Row("all", 5000, 0, 1, [1.0, 2.0, 9.0], 200, 1),
        Row("- killed", recoveries=[0.25], runs=1),
        Row("b", runs=2),
    ]
    assert markdown(rows).splitlines()[2:] == [
        "| all | 200 | 1 | 5,000 | 0 | 1 | 2.0 s | 9.0 s |",
        "| - killed | 1 | 0 |  |  |  | 0.2 s | 0.2 s |",
        "| b | 2 | 0 |  |  |  |  |  |",
    ]
