"""Ranges and conditions of a download (RFC 9110)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.packages.ranges import Part, Unsatisfiable, other_version_required, part_of, unchanged

TAG = '"abc"'


@pytest.mark.parametrize(
    ("headers", "start", "stop"),
    [
        ({}, 0, 100),
        ({"Range": "bytes=0-0"}, 0, 1),
        ({"Range": "Bytes = 0-0"}, 0, 1),
        ({"Range": "bytes=10-19"}, 10, 20),
        ({"Range": "bytes=90-"}, 90, 100),
        ({"Range": "bytes=-7"}, 93, 100),
        ({"Range": "bytes=-700"}, 0, 100),
        ({"Range": "bytes=50-5000"}, 50, 100),
        ({"Range": "bytes=20-10"}, 0, 100),
        ({"Range": "bytes=-"}, 0, 100),
        ({"Range": "lines=1-2"}, 0, 100),
        ({"Range": "bytes="}, 0, 100),
        ({"Range": f"bytes=0-{'9' * 5000}"}, 0, 100),
        ({"Range": "bytes=,0-9 ,"}, 0, 10),
        ({"Range": "bytes=10-19", "If-Range": TAG}, 10, 20),
        ({"Range": "bytes=10-19", "If-Range": '"other"'}, 0, 100),
        ({"Range": "bytes=10-19", "If-Range": f"W/{TAG}"}, 0, 100),
    ],
)
def test_a_range_gives_those_bytes_and_what_is_no_range_gives_all(
    headers: dict[str, str], start: int, stop: int
) -> None:
    assert part_of(headers, TAG, 100) == Part(start, stop, 100)


@pytest.mark.parametrize("several", ["0-0,-1", " 50-59 , 0-9 ", "0-9,300-310", "100-,200-300", "1-2,x", "0-9,10-19"])
def test_several_ranges_are_ignored_and_everything_is_sent(several: str) -> None:
    assert part_of({"Range": f"bytes={several}"}, TAG, 100) == Part(0, 100, 100)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_of_the_bytes_cannot_be_satisfied(wanted: str) -> None:
    with pytest.raises(Unsatisfiable):
        part_of({"Range": wanted}, TAG, 100)


@given(st.text(max_size=40) | st.text("0123456789-, ", max_size=40), st.integers(0, 2**70))
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
def test_if_none_match_shows_whether_the_client_has_these_bytes(given_tags: str, expected: bool) -> None:
    assert unchanged({"If-None-Match": given_tags}, TAG) is expected


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [(None, False), (TAG, False), ("*", False), (f'"x", {TAG}', False), (f"W/{TAG}", True), ('"x"', True)],
)
def test_if_match_shows_whether_the_client_wants_other_bytes(given_tags: str | None, expected: bool) -> None:
    assert other_version_required({} if given_tags is None else {"If-Match": given_tags}, TAG) is expected
