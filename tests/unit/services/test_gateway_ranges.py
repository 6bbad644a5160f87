"""Ranges and conditions of a download (RFC 9110)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.ranges import Part, Unsatisfiable, other_wanted, parts_of, unchanged

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
        ({"Range": "bytes=1-2,x"}, 0, 100),
        ({"Range": "bytes=1-2,20-10"}, 0, 100),
        ({"Range": "bytes="}, 0, 100),
        ({"Range": f"bytes=0-{'9' * 5000}"}, 0, 100),
        ({"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 34, 2))}, 0, 100),
        ({"Range": "bytes=0-9,300-310"}, 0, 10),
        ({"Range": "bytes=10-19", "If-Range": TAG}, 10, 20),
        ({"Range": "bytes=10-19", "If-Range": '"other"'}, 0, 100),
        ({"Range": "bytes=10-19", "If-Range": f"W/{TAG}"}, 0, 100),
    ],
)
def test_a_range_gives_those_bytes_and_what_is_no_range_gives_all(
    headers: dict[str, str], start: int, stop: int
) -> None:
    assert parts_of(headers, TAG, 100) == [Part(start, stop, 100)]


@pytest.mark.parametrize(
    ("wanted", "bytes_sent"),
    [
        ("0-0,-1", [(0, 1), (99, 100)]),
        (" 50-59 , 0-9 ", [(50, 60), (0, 10)]),
        ("0-9,,20-29", [(0, 10), (20, 30)]),
        ("0-9,300-,20-29", [(0, 10), (20, 30)]),
        ("20-29,0-9,25-34", [(0, 10), (20, 35)]),
        ("0-9,10-19", [(0, 20)]),
        ("0-,0-,0-", [(0, 100)]),
    ],
)
def test_several_ranges_are_sent_in_their_order_and_no_byte_twice(
    wanted: str, bytes_sent: list[tuple[int, int]]
) -> None:
    found = parts_of({"Range": f"bytes={wanted}"}, TAG, 100)
    assert [(part.start, part.stop) for part in found] == bytes_sent


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,200-300"])
def test_a_range_outside_of_the_bytes_cannot_be_satisfied(wanted: str) -> None:
    with pytest.raises(Unsatisfiable):
        parts_of({"Range": wanted}, TAG, 100)


@given(st.text(max_size=40) | st.text("0123456789-, ", max_size=40), st.integers(0, 2**70))
def test_no_range_header_leads_outside_of_the_bytes_or_to_more_of_them(text: str, size: int) -> None:
    try:
        parts = parts_of({"Range": f"bytes={text}"}, TAG, size)
    except Unsatisfiable:
        return
    assert parts
    assert all(0 <= part.start <= part.stop <= size for part in parts)
    assert sum(part.length for part in parts) <= size


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [("", False), (TAG, True), ("*", True), (f'"x", {TAG}', True), (f"W/{TAG}", True), ('"x"', False)],
)
def test_if_none_match_tells_whether_the_client_has_these_bytes(given_tags: str, expected: bool) -> None:
    assert unchanged({"If-None-Match": given_tags}, TAG) is expected


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [(None, False), (TAG, False), ("*", False), (f'"x", {TAG}', False), (f"W/{TAG}", True), ('"x"', True)],
)
def test_if_match_tells_whether_the_client_wants_other_bytes(given_tags: str | None, expected: bool) -> None:
    assert other_wanted({} if given_tags is None else {"If-Match": given_tags}, TAG) is expected
