"""Where the columns of a chart stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.admin.charts import ColumnValues, axis_top, chart_of
from services.console.admin.queue import all_hours, charts_of
from shared.contracts.api import moment
from shared.contracts.operator.overview_bodies import HourBody
from shared.domain.export import ExportType

COUNTS = st.floats(min_value=0, max_value=1e9)
COLUMNS = st.builds(ColumnValues, st.text(max_size=2), st.tuples(COUNTS, COUNTS), st.none() | COUNTS)
NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def an_hour(
    began: datetime,
    exported: int,
    failed: int = 0,
    export_type: ExportType | None = None,
    waits: tuple[float | None, float | None] = (None, None),
) -> HourBody:
    return HourBody(
        export_type=export_type,
        began=moment(began),
        exported=exported,
        failed=failed,
        median_wait_s=waits[0],
        longest_wait_s=waits[1],
    )


@given(st.lists(COLUMNS, max_size=30), st.integers(100, 1000), st.integers(100, 500))
def test_everything_is_within_the_picture_and_columns_do_not_overlap(
    values: list[ColumnValues], width: int, height: int
) -> None:
    chart = chart_of(values, width, height)
    right = chart.left
    for column in chart.columns:
        assert right <= column.x + 0.2
        right = column.x + column.width
        for part in column.parts:
            assert 0 <= part.y <= part.y + part.height <= chart.baseline + 0.2
        assert 0 <= column.top <= chart.baseline
    assert right <= chart.right + 0.2


def test_parts_stand_on_one_another_in_proportion() -> None:
    [column] = chart_of([ColumnValues("12", (6.0, 2.0), 10.0)], 100, 148).columns
    below, above = column.parts
    assert (below.height, above.height, above.y + above.height) == (60.0, 20.0, below.y)
    assert (column.mark, column.top) == (22.0, 22.0)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1.5, 2), (3, 4), (5, 10), (10, 10), (11, 20), (399, 400), (401, 1000)]
)
def test_an_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert axis_top(highest) == top
    assert chart_of([ColumnValues("", (highest,))], 100, 100).lines[-1][1] == top


def test_hours_have_no_gap_and_the_present_one_is_the_last() -> None:
    rows = [an_hour(NOON, 3, 1), an_hour(NOON, 9, 9, ExportType.ZIP), an_hour(NOON - timedelta(hours=30), 7)]
    hours = all_hours(rows, None, NOON + timedelta(minutes=59))
    assert len(hours) == 24
    assert hours[-1] == rows[0]
    assert hours[0].began == moment(NOON - timedelta(hours=23))
    assert sum(each.exported for each in hours) == 3
    assert all_hours(rows, "zip", NOON)[-1] == rows[1]


def test_a_narrow_screen_has_the_last_hours_alone() -> None:
    charts = charts_of(all_hours([an_hour(NOON, 3, 1, waits=(0.5, 2.0))], None, NOON))
    assert {name: len(chart.columns) for name, chart in charts.ended.items()} == {"wide": 24, "narrow": 8}
    assert charts.waits["narrow"].columns[-1].label == "12"
