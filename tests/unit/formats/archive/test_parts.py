"""A package that is split: every part a zip of its own, none larger than asked for where that can be."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import DamagedFile
from shared.formats.archive.members import Hooks
from shared.formats.archive.package_output import Sink
from shared.formats.archive.zip_records import MOST_RECORDS
from shared.formats.archive.zip_writer import Parts, WrittenZip, write_parts
from shared.formats.entry import Entry
from tests.support.archives import MB, Shelf, written


class Outlet:
    """Keeps the parts; one that is broken off is not kept."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    @contextmanager
    def open(self, part: int) -> Iterator[Sink]:
        assert part == len(self.parts) + 1
        out = io.BytesIO()
        yield out.write
        self.parts.append(out.getvalue())

    def zips(self) -> list[zipfile.ZipFile]:
        return [zipfile.ZipFile(io.BytesIO(part)) for part in self.parts]


def split(entries: Iterable[Entry], most: int | None, shelf: Shelf | None = None) -> tuple[Outlet, list[WrittenZip]]:
    outlet = Outlet()
    return outlet, write_parts(entries, (shelf or Shelf()).open, Parts(outlet.open, most))


def media(shelf: Shelf, *sizes: int) -> list[Entry]:
    return [Entry(f"{place}.jpg", shelf.add(os.urandom(size))) for place, size in enumerate(sizes)]


def test_each_part_opens_on_its_own_and_together_they_have_every_member_once() -> None:
    shelf = Shelf()
    entries = [Entry("folder/", b""), *media(shelf, *[MB] * 7, 6 * MB, 100)]
    outlet, written_zips = split(entries, 3 * MB, shelf)
    assert [len(part) for part in outlet.parts] == [each.size for each in written_zips]
    assert [hashlib.sha256(part).hexdigest() for part in outlet.parts] == [each.sha256 for each in written_zips]
    names = [name for each in outlet.zips() for name in each.namelist()]
    assert names == [entry.path for entry in entries]
    assert all(each.testzip() is None for each in outlet.zips())


def test_a_part_is_no_larger_than_asked_for_but_for_a_member_that_is() -> None:
    shelf = Shelf()
    outlet, written_zips = split(media(shelf, MB, 5 * MB, MB, MB), 2 * MB + 1000, shelf)
    assert [each.entries for each in written_zips] == [1, 1, 2]
    assert [len(part) <= 2 * MB + 1000 for part in outlet.parts] == [True, False, True]


def test_a_member_goes_into_a_part_that_the_most_it_can_take_fills_to_the_last_byte() -> None:
    shelf = Shelf()
    entries = media(shelf, 1000, 2000)
    first = 30 + len("0.jpg") + 1000 + 46 + len("0.jpg")  # its header, its bytes and its line of the directory
    exactly = first + 2000 + 2 * len("1.jpg") + MOST_RECORDS
    assert [each.entries for each in split(entries, exactly, shelf)[1]] == [2]
    assert [each.entries for each in split(entries, exactly - 1, shelf)[1]] == [1, 1]


def test_what_shrinks_is_measured_by_what_it_takes_in_the_zip() -> None:
    shelf = Shelf()
    texts = [Entry(f"{n}.txt", shelf.add(f"{n} ".encode() * MB, compressible=True)) for n in range(10, 15)]
    _, written_zips = split(texts, MB, shelf)
    assert [each.entries for each in written_zips] == [5]


def test_one_part_has_the_bytes_of_a_package_that_was_not_split() -> None:
    shelf = Shelf()
    entries = media(shelf, MB, 100, 5 * MB)
    whole, written_zips = written(entries, shelf)
    outlet, parts = split(entries, 100 * MB, shelf)
    assert (outlet.parts, parts) == ([whole], [written_zips])


def test_nothing_at_all_is_one_empty_zip() -> None:
    outlet, written_zips = split([], MB)
    assert [each.entries for each in written_zips] == [0]
    assert outlet.zips()[0].namelist() == []


def test_progress_goes_on_over_the_parts() -> None:
    shelf, seen = Shelf(), []
    outlet, hooks = Outlet(), Hooks(progress=lambda read, members: seen.append((read, members)))
    write_parts(media(shelf, *[MB] * 4), shelf.open, Parts(outlet.open, MB + 1000), hooks)
    assert len(outlet.parts) == 4
    assert seen == sorted(seen)
    assert seen[-1] == (4 * MB, 4)


def test_a_part_that_breaks_is_not_kept() -> None:
    shelf = Shelf()
    entries = media(shelf, MB, 9 * MB)
    file = entries[1].body
    assert not isinstance(file, bytes)
    data = shelf.bytes[file.sha256]
    shelf.damage(file, data[:-1] + bytes([data[-1] ^ 1]))
    outlet = Outlet()
    with pytest.raises(DamagedFile):
        write_parts(entries, shelf.open, Parts(outlet.open, 2 * MB))
    assert len(outlet.parts) == 1


@given(st.lists(st.binary(max_size=3000), max_size=20), st.integers(200, 4000))
def test_any_entries_and_any_size_give_parts_within_it(bodies: list[bytes], most: int) -> None:
    entries = [Entry(f"{place}-ü.bin", body) for place, body in enumerate(bodies)]
    outlet, written_zips = split(entries, most)
    assert all(each.size <= most for each in written_zips if each.entries > 1)
    found = [(name, each.read(name)) for each in outlet.zips() for name in each.namelist()]
    assert found == [(entry.path, entry.body) for entry in entries]
