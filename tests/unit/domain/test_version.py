"""A late message never overwrites a newer one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from shared.domain.content.version import Version, is_newer
from tests.support.content_streams import START, Change, streams

LATER = START + timedelta(seconds=1)


def table_after(stream: list[Change]) -> dict[int, Change]:
    """The rule of the table: a change replaces what is there where it is newer."""
    rows: dict[int, Change] = {}
    for change in stream:
        before = rows.get(change.object_id)
        if before is None or is_newer(change.version, before.version):
            rows[change.object_id] = change
    return rows


@given(streams())
def test_a_late_shuffled_and_doubled_stream_ends_in_the_same_table_as_the_ordered_one(
    both: tuple[list[Change], list[Change]],
) -> None:
    history, stream = both
    last = {change.object_id: change for change in history}
    assert table_after(history) == last
    assert table_after(stream) == last


@pytest.mark.parametrize(
    ("new", "old", "newer"),
    [
        (Version(2, START), Version(1, LATER), True),  # revisions decide, whatever the times
        (Version(1), Version(1), False),  # an equal revision changes nothing
        (Version(1, LATER), Version(1, START), True),
        (Version(None, LATER, START), Version(None, START, LATER), True),
        (Version(None, START, LATER), Version(None, START, START), True),  # of one second, the one that was sent later
        (Version(None, START, START), Version(None, START, START), False),
        (Version(7, START), Version(None, LATER, LATER), True),  # one with a revision is newer than each one without
        (Version(None, LATER, LATER), Version(0), False),
        (Version(None, START, START), Version(), True),
        (Version(), Version(), False),
    ],
)
def test_revisions_decide_then_times_then_the_moment_of_sending(new: Version, old: Version, newer: bool) -> None:
    assert is_newer(new, old) is newer
