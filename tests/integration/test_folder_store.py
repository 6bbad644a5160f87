from __future__ import annotations

import asyncio
import errno
import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import ObjectStore
from shared.adapters.open_store import open_store
from shared.domain.errors import StoreUnavailable
from tests.support.store_contract import MB, SOON, StoreContract, put


class TestFolderStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path / "store")

    async def parts_are_there(self, store: ObjectStore, count: int) -> None:
        root = store.local_path("x")
        assert root is not None
        assert len(list(root.parent.rglob("*.part"))) == count

    async def test_what_a_killed_writer_left_is_removed_by_prefix_and_age(self, store: FolderStore) -> None:
        with ExitStack() as writers:
            for export in (5, 55):
                writer = store.create(f"packages/{export}/1/a.zip")
                writers.callback(writer.abort)
                await asyncio.to_thread(writer.write, b"x" * (40 * MB))
            await self.parts_are_there(store, 2)
            assert await store.unfinished("packages/5/", datetime(2000, 1, 1, tzinfo=UTC)) == []
            (left,) = await store.unfinished("packages/5/", datetime.now(UTC) + SOON)
            assert left.key == "packages/5/1/a.zip"
            await store.discard(left)
            await self.parts_are_there(store, 1)
            await store.discard(left)
            await asyncio.to_thread(writers.close)
        await self.parts_are_there(store, 0)

    async def test_an_object_is_a_file_that_sendfile_can_take(self, store: FolderStore) -> None:
        put(store, "packages/1/1/a.zip", b"bytes")
        path = store.local_path("packages/1/1/a.zip")
        assert path is not None
        assert path.read_bytes() == b"bytes"

    async def test_a_delete_leaves_no_empty_folders(self, store: FolderStore, tmp_path: Path) -> None:
        put(store, "packages/1/1/a.zip", b"x")
        await store.delete("packages/1/1/a.zip")
        assert list((tmp_path / "store").iterdir()) == []

    @pytest.mark.parametrize("key", ["../x", "/etc/x", "a//b", "a/./b", "", "a.part", "a\0b"])
    async def test_a_key_never_leaves_the_folder(self, store: FolderStore, key: str) -> None:
        with pytest.raises(ValueError, match="not a valid key"):
            store.create(key)

    def test_an_object_that_cannot_be_completed_leaves_nothing(
        self, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, "no room")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable):
            put(store, "packages/1/1/a.zip", b"x")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    async def test_two_writers_of_one_key_do_not_meet(self, store: FolderStore) -> None:
        with store.create("k") as one, store.create("k") as two:
            one.write(b"one" * 1000)
            two.write(b"two")
        path = store.local_path("k")
        assert path is not None
        assert path.read_bytes() == b"one" * 1000  # the outer block completes last

    async def test_creating_and_deleting_in_one_folder_do_not_disturb_each_other(self, store: FolderStore) -> None:
        async def churn(name: str) -> None:
            for _ in range(50):
                await asyncio.to_thread(put, store, f"packages/1/{name}", b"x")
                await store.delete(f"packages/1/{name}")

        await asyncio.gather(churn("a"), churn("b"))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_is_unavailable(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(StoreUnavailable):
            FolderStore(tmp_path).create("k")

    async def test_a_folder_that_is_a_file_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        store = FolderStore(tmp_path / "file")
        with pytest.raises(StoreUnavailable):
            store.create("k")
        with pytest.raises(StoreUnavailable):
            await store.check()

    def test_a_folder_that_another_thread_creates_meanwhile_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root, looks = tmp_path / "new", 0
        store, is_dir = FolderStore(root), Path.is_dir

        def created_after_the_look(path: Path) -> bool:
            nonlocal looks
            there = is_dir(path)
            if path == root and (looks := looks + 1) == 1:
                root.mkdir()
                assert store.exists("a") is False  # the other thread sees it, and remembers that it was there
            return there

        monkeypatch.setattr(Path, "is_dir", created_after_the_look)
        assert store.exists("a") is False
        assert looks > 1

    @pytest.mark.parametrize("instead", ["nothing", "a file"])
    async def test_a_folder_that_is_gone_is_unavailable_and_is_not_created_anew(
        self, store: FolderStore, tmp_path: Path, instead: str
    ) -> None:
        put(store, "packages/1/1/a.zip", b"bytes")
        root = tmp_path / "store"
        root.rename(tmp_path / "unmounted")
        if instead == "a file":
            root.write_text("")
        before = datetime.now(UTC)
        for call in (
            lambda: store.open("packages/1/1/a.zip"),
            lambda: store.exists("packages/1/1/a.zip"),
            lambda: store.create("packages/2/1/b.zip"),
        ):
            with pytest.raises(StoreUnavailable):
                call()
        for work in (
            store.check(),
            store.size("packages/1/1/a.zip"),
            store.delete("packages/1/1/a.zip"),
            store.unfinished("", before),
        ):
            with pytest.raises(StoreUnavailable):
                await work
        with pytest.raises(StoreUnavailable):
            [each async for each in store.list("packages/")]
        if instead == "a file":
            root.unlink()
        assert not root.exists()
        (tmp_path / "unmounted").rename(root)
        await store.check()
        assert b"".join(store.open("packages/1/1/a.zip")) == b"bytes"

    async def test_a_path_and_a_file_url_name_the_same_folder(self, tmp_path: Path) -> None:
        put(open_store(str(tmp_path / "a b")), "k", b"x")
        assert open_store((tmp_path / "a b").as_uri()).exists("k")
        await open_store(str(tmp_path)).check()

    @pytest.mark.parametrize("url", ["", "ftp://host/x", "s3:///no-bucket", "file://elsewhere/x"])
    async def test_an_address_of_no_store_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="not an address"):
            open_store(url)

    async def test_packages_and_folders_are_for_owner_and_group_alone(self, store: FolderStore) -> None:
        before = os.umask(0)
        try:
            await store.check()
            put(store, "packages/1/1/course.imscc", b"x")
        finally:
            os.umask(before)
        package = store.local_path("packages/1/1/course.imscc")
        assert package is not None
        assert package.stat().st_mode & 0o777 == 0o640
        for folder in [*package.parents][:4]:
            assert folder.stat().st_mode & 0o777 == 0o750, folder
