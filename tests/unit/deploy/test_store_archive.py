"""A store goes into an archive and comes back the same; what is not whole is refused."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from deploy.backup.store_archive import CHUNK, NotEmpty, digests, pack, read_index, unpack
from deploy.backup.tables import differences
from shared.adapters.folder_store import FolderStore
from shared.domain.errors import ObjectMissing

OBJECTS = {"blobs/ab/cd/abcd": b"a" * (CHUNK + 1), "packages/7/1/course é.imscc": b"PK", "empty": b""}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    filled = FolderStore(tmp_path / "store")
    for key, data in OBJECTS.items():
        with filled.create(key) as writer:
            writer.write(data)
    return filled


def test_every_object_comes_back_byte_for_byte(store: FolderStore, tmp_path: Path) -> None:
    archive, empty = BytesIO(), FolderStore(tmp_path / "empty")
    packed = pack(store, archive)
    unpack(empty, BytesIO(archive.getvalue()))
    assert {key: b"".join(map(bytes, empty.open(key))) for key in OBJECTS} == OBJECTS
    assert digests(empty) == packed == read_index(BytesIO(archive.getvalue()))


def test_a_store_that_is_not_empty_is_left_as_it_is(store: FolderStore) -> None:
    archive = BytesIO()
    pack(store, archive)
    with pytest.raises(NotEmpty):
        unpack(store, BytesIO(archive.getvalue()))


def test_an_archive_that_was_cut_is_not_taken_for_a_whole_one(store: FolderStore, tmp_path: Path) -> None:
    archive = BytesIO()
    pack(store, archive)
    cut = archive.getvalue()[: len(archive.getvalue()) // 2]
    with pytest.raises((ValueError, tarfile.TarError)):
        unpack(FolderStore(tmp_path / "empty"), BytesIO(cut))


def test_an_object_that_expires_meanwhile_is_left_out(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = store.open

    def expired(key: str) -> object:
        if key.startswith("packages/"):
            raise ObjectMissing
        return opened(key)

    monkeypatch.setattr(FolderStore, "open", lambda _, key: expired(key))
    assert set(pack(store, BytesIO())) == set(OBJECTS) - {"packages/7/1/course é.imscc"}


def test_tables_that_differ_are_named() -> None:
    before = {"exports": (3, "7"), "progress": (3, "9"), "users": (1, "1")}
    after = {"exports": (2, "5"), "progress": (3, "8"), "users": (1, "1")}
    assert differences(before, after) == [
        "the table exports has 2 rows, and 3 in the backup",
        "rows of the table progress are not those of the backup",
    ]
    assert differences(before, before) == []
