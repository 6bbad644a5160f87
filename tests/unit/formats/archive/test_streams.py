"""Members that are too large for memory, deflated in blocks by several threads."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.archive import compression
from shared.formats.archive.streams import deflated_pieces

MB = 1024 * 1024
TEXT = b"".join(b"%d bottles of beer on the wall. " % number for number in range(200_000))


def stream(data: bytes, cut: int, threads: int = 2) -> list[tuple[int, bytes]]:
    chunks = (data[start : start + cut] for start in range(0, len(data), cut))
    with ThreadPoolExecutor(threads) as pool:
        return [(size, bytes(piece)) for size, piece in deflated_pieces(chunks, pool)]


@given(st.binary(max_size=200), st.integers(1, 40_000))
def test_any_bytes_come_back_and_every_byte_of_the_source_is_counted(data: bytes, times: int) -> None:
    source = data * times
    pieces = stream(source, MB)
    assert zlib.decompress(b"".join(piece for _, piece in pieces), -15) == source
    assert sum(size for size, _ in pieces) == len(source)


def test_the_bytes_depend_neither_on_the_chunks_nor_on_the_threads() -> None:
    expected = stream(TEXT, MB)
    for cut, threads in ((4096, 1), (MB - 1, 2), (MB + 1, 3), (10 * MB, 2)):
        assert stream(TEXT, cut, threads) == expected


def test_blocks_cost_little_beside_one_long_stream() -> None:
    one_piece = len(compression.deflated_block(TEXT))
    assert sum(len(piece) for _, piece in stream(TEXT, MB)) < 1.02 * one_piece


def test_zlib_stands_in_where_a_wheel_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_isal", None)
    assert zlib.decompress(b"".join(piece for _, piece in stream(TEXT, MB)), -15) == TEXT


def test_two_blocks_are_deflated_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2, timeout=20)

    def meet(block: bytes) -> bytes:
        together.wait()  # passes only when two threads are here
        return zlib.compress(block)

    monkeypatch.setattr("shared.formats.archive.streams.deflated_block", meet)
    assert len(stream(bytes(4 * MB), MB)) == 5


def test_memory_is_bounded_by_the_blocks_ahead() -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 1
            yield bytes(MB)

    with ThreadPoolExecutor(2) as pool:
        pieces = deflated_pieces(chunks(), pool)
        for written in range(1, 10):
            next(pieces)
            assert read <= written + 5
