"""Server-sent events, as the HTML Living Standard (9.2.6) has them read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.event_stream import Event, EventStream


def read(*chunks: bytes) -> list[Event]:
    stream = EventStream()
    return [event for chunk in chunks for event in stream.feed(chunk)]


def test_an_event_has_its_name_its_data_and_the_id_to_come_back_with() -> None:
    assert read(b"id: 7\nevent: content_export.state\ndata: {}\n\n") == [Event("content_export.state", "{}", "7")]


def test_an_event_without_a_name_is_a_message() -> None:
    assert read(b"data: x\n\n") == [Event("message", "x", "")]


def test_data_lines_are_joined_and_lose_one_space_each() -> None:
    assert read(b"data:a\ndata:  b\ndata\n\n") == [Event("message", "a\n b\n", "")]


def test_comments_and_unknown_fields_are_left_out() -> None:
    assert read(b": still here\n\nfoo: bar\ndata: x\n\n") == [Event("message", "x", "")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_of_the_standard_is_one(end: bytes) -> None:
    lines = [b"id: 1", b"data: x", b"", b"data: y", b"", b""]
    assert read(end.join(lines) + b"data: unfinished") == [Event("message", "x", "1"), Event("message", "y", "1")]


def test_a_byte_order_mark_at_the_beginning_is_not_part_of_the_first_line() -> None:
    assert read("\ufeffdata: x\n\n".encode()) == [Event("message", "x", "")]


def test_an_id_without_data_is_no_event_but_is_remembered() -> None:
    stream = EventStream()
    assert list(stream.feed(b"retry: 2000\nid: 41\n\n")) == []
    assert (stream.last_id, stream.retry_ms) == ("41", 2000)


def test_an_id_counts_only_once_its_event_has_come_whole() -> None:
    stream = EventStream()
    assert len(list(stream.feed(b"id: 1\ndata: x\n\nid: 2\ndata: y\n"))) == 1
    assert stream.last_id == "1"


def test_an_id_with_a_null_character_is_ignored() -> None:
    stream = EventStream()
    assert list(stream.feed(b"id: 1\n\nid: a\0b\ndata: x\n\n")) == [Event("message", "x", "1")]


def test_a_new_connection_drops_what_the_old_one_left_unfinished_and_keeps_the_id() -> None:
    stream = EventStream()
    assert len(list(stream.feed(b"id: 1\ndata: x\n\nid: 2\nevent: e\ndata: lost"))) == 1
    stream.restart()
    assert list(stream.feed(b"data: y\n\n")) == [Event("message", "y", "1")]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), min_size=1),
    st.lists(st.integers(0, 400), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_where_the_stream_is_cut_makes_no_difference(texts: list[str], cuts: list[int], end: str) -> None:
    text = "".join(f"id: {i}{end}data: {text}{end}{end}" for i, text in enumerate(texts))
    whole = text.encode()
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    expected = [Event("message", text, str(i)) for i, text in enumerate(texts)]
    assert read(*pieces, b"\n" if end == "\r" else b"") == expected
