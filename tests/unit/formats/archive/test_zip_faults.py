"""What happens when a member's bytes are missing, wrong, or no longer needed."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Iterator

import pytest

from shared.domain.errors import DamagedFile, ExportError, Fenced, ObjectMissing, StoreUnavailable
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import WrittenZip, ZipOptions, without_damaged, write_zip
from shared.formats.entry import Entry, StoredFile
from tests.support.archives import MB, Shelf, written


class Faults(list[tuple[str, str]]):
    def __call__(self, entry: Entry, fault: ExportError) -> None:
        self.append((entry.path, fault.code))


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return package.namelist()


@pytest.mark.parametrize("size", [1000, 10 * MB])
def test_a_missing_file_is_left_out_with_a_warning(size: int) -> None:
    shelf, faults = Shelf(), Faults()
    lost = shelf.add(os.urandom(size))
    del shelf.bytes[lost.sha256]
    data, result = written([Entry("a", b"1"), Entry("b", lost), Entry("c", b"3")], shelf, Hooks(fault=faults))
    assert names(data) == ["a", "c"]
    assert result.entries == 2
    assert faults == [("b", "object_missing")]


@pytest.mark.parametrize("compressible", [True, False])
@pytest.mark.parametrize("found", [b"", b"other byte", b"short", b"much too long for it"])
def test_a_small_damaged_file_is_left_out_before_anything_of_it_is_written(found: bytes, compressible: bool) -> None:
    shelf, faults = Shelf(), Faults()
    file = shelf.add(b"these byte", compressible=compressible)
    shelf.damage(file, found)
    data, _ = written([Entry("a", file), Entry("b", b"2")], shelf, Hooks(fault=faults))
    assert names(data) == ["b"]
    assert faults == [("a", "damaged_file")]


def test_a_file_with_too_many_bytes_is_not_read_to_its_end() -> None:
    taken: list[int] = []

    def endless(file: StoredFile) -> Iterator[bytes]:
        while len(taken) < 100:
            taken.append(1)
            yield bytes(1000)

    shelf, faults = Shelf(), Faults()
    file = shelf.add(bytes(2000))
    shelf.open = endless  # type: ignore[method-assign]
    written([Entry("a", file)], shelf, Hooks(fault=faults))
    assert faults == [("a", "damaged_file")]
    assert len(taken) == 3


def test_a_fault_ends_the_package_when_nobody_takes_it() -> None:
    with pytest.raises(ObjectMissing):
        written([Entry("a", StoredFile("0" * 64, 5, 0, compressible=False))])


def cut(data: bytes) -> bytes:
    return data[:-1]


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def longer(data: bytes) -> bytes:
    return data + b"x"


@pytest.mark.parametrize("compressible", [True, False])
@pytest.mark.parametrize("spoil", [cut, flipped, longer])
def test_a_large_file_that_turns_out_damaged_costs_a_fresh_start_without_it(spoil: object, compressible: bool) -> None:
    shelf, faults, tries = Shelf(), Faults(), []
    file = shelf.add(os.urandom(17 * MB), compressible=compressible)
    shelf.damage(file, spoil(shelf.bytes[file.sha256]))  # type: ignore[operator]
    entries = [Entry("a", b"1"), Entry("b", file), Entry("c", file), Entry("d", b"4")]

    def build(left_out: frozenset[str]) -> tuple[bytes, WrittenZip]:
        tries.append(left_out)
        return written(entries, shelf, Hooks(fault=faults), ZipOptions(left_out=left_out))

    data, _ = without_damaged(build)
    assert names(data) == ["a", "d"]
    assert tries == [frozenset(), {file.sha256}]
    assert faults == [("b", "damaged_file"), ("c", "damaged_file")]


def test_starting_over_ends_when_a_known_file_is_the_reason_again() -> None:
    def build(left_out: frozenset[str]) -> None:
        raise DamagedFile("broken", sha256="ab")

    with pytest.raises(DamagedFile):
        without_damaged(build)


def test_a_store_that_does_not_answer_is_no_fault_of_the_file() -> None:
    def broken(file: StoredFile) -> Iterator[bytes]:
        raise StoreUnavailable

    shelf, faults = Shelf(), Faults()
    shelf.open = broken  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        written([Entry("a", shelf.add(b"x"))], shelf, Hooks(fault=faults))
    assert faults == []


def test_a_repeated_path_can_be_left_out_like_any_fault() -> None:
    faults = Faults()
    data, _ = written([Entry("a", b"1"), Entry("a", b"2"), Entry("../a", b"3")], hooks=Hooks(fault=faults))
    assert names(data) == ["a"]
    assert faults == [("a", "duplicate_path"), ("../a", "unsafe_path")]


def test_a_cancelled_export_stops_between_two_chunks() -> None:
    shelf, read = Shelf(), []
    file = shelf.add(os.urandom(20 * MB))

    def progress(size: int, members: int) -> None:
        read.append(size)

    with pytest.raises(Fenced):
        written([Entry("a", file)], shelf, Hooks(progress=progress, should_stop=lambda: len(read) >= 3))
    assert read[-1] == 3 * MB


def test_a_cancelled_export_reads_no_further_entry() -> None:
    taken: list[int] = []

    def entries() -> Iterable[Entry]:
        for number in range(100):
            taken.append(number)
            yield Entry(str(number), b"x")

    with pytest.raises(Fenced):
        written(entries(), hooks=Hooks(should_stop=lambda: len(taken) > 5))
    assert len(taken) == 6


def test_progress_rises_to_the_sum_of_the_source_bytes_and_of_the_members() -> None:
    shelf, progress = Shelf(), list[tuple[int, int]]()
    entries = [Entry("a", b"x" * 1000), Entry("b", shelf.add(os.urandom(6 * MB))), Entry("d/", b"")]
    written(entries, shelf, Hooks(progress=lambda size, members: progress.append((size, members))))
    assert progress == sorted(progress)
    assert progress[-1] == (1000 + 6 * MB, 3)
    assert len(progress) > 8  # progress within a large file


def test_a_sink_that_fails_ends_the_package() -> None:
    def sink(data: object) -> None:
        raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        write_zip([Entry("a", os.urandom(MB))], Shelf().open, sink)


def test_no_more_than_a_few_members_are_read_ahead() -> None:
    shelf, ahead = Shelf(), []
    files = [shelf.add(os.urandom(3 * MB)) for _ in range(12)]
    done = [0]

    def progress(size: int, members: int) -> None:
        done[0] = members
        ahead.append(len(shelf.opened) - members)

    written([Entry(str(i), file) for i, file in enumerate(files)], shelf, Hooks(progress=progress))
    assert done == [12]
    assert max(ahead) <= 7


@pytest.mark.parametrize("size", [1000, 5 * MB])
def test_bytes_with_the_same_crc32_are_distinguished_by_their_sha256_on_request(size: int) -> None:
    shelf, faults = Shelf(), Faults()
    file = shelf.add(os.urandom(size))
    forged = StoredFile("0" * 64, file.size, file.crc32, compressible=False)  # another file, by its SHA-256 alone
    shelf.bytes[forged.sha256] = shelf.bytes[file.sha256]

    def build(damaged: frozenset[str]) -> bytes:
        options = ZipOptions(by_sha256=True, left_out=damaged)
        return written([Entry("a", forged), Entry("b", file)], shelf, Hooks(fault=faults), options)[0]

    assert names(without_damaged(build)) == ["b"]
    assert faults == [("a", "damaged_file")]
    assert names(written([Entry("a", forged)], shelf)[0]) == ["a"]
