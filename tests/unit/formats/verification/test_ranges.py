"""A stored object as a file: the places that can be read."""

from __future__ import annotations

import io

import pytest

from shared.formats.verification.ranges import RangeFile

DATA = b"0123456789"


@pytest.fixture
def file() -> RangeFile:
    return RangeFile(lambda start, stop: DATA[start:stop], len(DATA), window=4)


@pytest.mark.parametrize(
    ("offset", "whence", "place"), [(3, io.SEEK_SET, 3), (-1, io.SEEK_END, 9), (2, io.SEEK_CUR, 7)]
)
def test_a_place_is_counted_from_the_start_the_end_or_here(
    file: RangeFile, offset: int, whence: int, place: int
) -> None:
    file.seek(5)
    assert file.seek(offset, whence) == file.tell() == place
    assert file.read(1) == DATA[place : place + 1]


@pytest.mark.parametrize(("offset", "whence"), [(-1, io.SEEK_SET), (-11, io.SEEK_END), (-1, io.SEEK_CUR)])
def test_a_place_before_the_start_is_an_error_and_moves_nothing(file: RangeFile, offset: int, whence: int) -> None:
    with pytest.raises(OSError, match="before the start"):
        file.seek(offset, whence)
    assert file.tell() == 0
