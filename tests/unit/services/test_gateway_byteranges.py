"""Several ranges in one body, read back by the standard library's MIME parser."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.byteranges import ByteRanges
from services.gateway.ranges import Part

DATA = bytes(range(256))


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 256)), min_size=2, max_size=6))
def test_each_part_says_where_its_bytes_lie_and_the_length_is_known_before(wanted: list[tuple[int, int]]) -> None:
    parts = [Part(start, min(256, start + length), 256) for start, length in wanted]
    body = ByteRanges(parts, "application/zip")
    sent = b"".join(head + DATA[part.start : part.stop] for head, part in body) + body.end
    assert len(sent) == body.length
    read = message_from_bytes(f"Content-Type: {body.media_type}\r\n\r\n".encode() + sent, policy=HTTP).get_payload()
    assert isinstance(read, list)
    assert [found["Content-Range"] for found in read] == [part.content_range for part in parts]
    assert {found["Content-Type"] for found in read} == {"application/zip"}


def test_no_two_bodies_have_one_boundary() -> None:
    assert ByteRanges([], "a/b").boundary != ByteRanges([], "a/b").boundary
