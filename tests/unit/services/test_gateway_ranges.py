"""Ranges and conditions of a download (RFC 9110)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.ranges import Part, Unsatisfiable, part_of, unchanged

TAG = '"abc"'


@pytest.mark.parametrize(
    ("headers", "start", "stop"),
    [
        ({}, 0, 100),
        ({"Range": "bytes=0-0"}, 0, 1),
        ({"Range": "bytes=10-19"}, 10, 20),
        ({"Range": "bytes=90-"}, 90, 100),
        ({"Range": "bytes=-7"}, 93, 100),
        ({"Range": "bytes=-700"}, 0, 100),
        ({"Range": "bytes=50-5000"}, 50, 100),
        ({"Range": "bytes=20-10"}, 0, 100),
        ({"Range": "bytes=-"}, 0, 100),
        ({"Range": "lines=1-2"}, 0, 100),
        ({"Range": "bytes=10-19", "If-Range": TAG}, 10, 20),
        ({"Range": "bytes=10-19", "If-Range": '"other"'}, 0, 100),
        ({"Range": "bytes=10-19", "If-Range": f"W/{TAG}"}, 0, 100),
    ],
)
def test_a_range_gives_those_bytes_and_what_is_no_range_gives_all(
    headers: dict[str, str], start: int, stop: int
) -> None:
    assert part_of(headers, TAG, 100) == Part(start, stop, 100)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_of_the_bytes_cannot_be_satisfied(wanted: str) -> None:
    with pytest.raises(Unsatisfiable):
        part_of({"Range": wanted}, TAG, 100)


@given(st.text(max_size=40), st.integers(0, 2**70))
def test_no_range_header_leads_outside_of_the_bytes(text: str, size: int) -> None:
    try:
        part = part_of({"Range": f"bytes={text}"}, TAG, size)
    except Unsatisfiable:
        return
    assert 0 <= part.start <= part.stop <= size


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [("", False), (TAG, True), ("*", True), (f'"x", {TAG}', True), (f"W/{TAG}", True), ('"x"', False)],
)
def test_if_none_match_tells_whether_the_client_has_these_bytes(given_tags: str, expected: bool) -> None:
    assert unchanged({"If-None-Match": given_tags}, TAG) is expected
