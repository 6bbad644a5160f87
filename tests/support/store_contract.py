"""What every object store must do, whichever it is: a test class to inherit, with a `store` fixture of its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from shared.adapters.blobs import store_blob
from shared.adapters.object_store import ObjectStore, blob_key
from shared.domain.errors import ObjectMissing
from shared.formats.archive.zip_writer import write_zip
from shared.formats.entry import Entry

T = TypeVar("T")
MB = 1024 * 1024
SOON = timedelta(minutes=1)


async def every(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


async def keys(store: ObjectStore, prefix: str) -> list[str]:
    return [item.key async for item in store.list(prefix)]


def put(store: ObjectStore, key: str, data: bytes, step: int = MB) -> None:
    with store.create(key) as writer:
        for start in range(0, len(data), step):
            writer.write(data[start : start + step])


def read(store: ObjectStore, key: str) -> bytes:
    return b"".join(store.open(key))


def repeated(block: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield block


class Broken(Exception):
    pass


class StoreContract:
    @pytest.mark.parametrize("size", [0, 1, MB, 9 * MB + 7, 40 * MB + 3])
    async def test_what_is_written_is_read_back_in_chunks_of_a_mebibyte(self, store: ObjectStore, size: int) -> None:
        data = os.urandom(size)
        await asyncio.to_thread(put, store, "packages/1/1/a.zip", data)
        chunks = await asyncio.to_thread(lambda: list(store.open("packages/1/1/a.zip")))
        assert b"".join(chunks) == data
        assert all(len(chunk) <= MB for chunk in chunks)
        assert await store.size("packages/1/1/a.zip") == size
        assert await asyncio.to_thread(store.length, "packages/1/1/a.zip") == size

    @pytest.mark.parametrize(("start", "stop"), [(0, 1), (0, 10 * MB), (MB - 1, MB + 1), (5 * MB, 10 * MB), (7, 7)])
    async def test_a_range_is_read_without_the_rest(self, store: ObjectStore, start: int, stop: int) -> None:
        data = os.urandom(10 * MB)
        await asyncio.to_thread(put, store, "r", data)
        assert b"".join(await every(store.read_range("r", start, stop))) == data[start:stop]
        assert await asyncio.to_thread(store.read_at, "r", start, stop) == data[start:stop]

    async def test_an_object_is_seen_only_when_it_is_complete(self, store: ObjectStore) -> None:
        writer = store.create("packages/2/1/a.zip")
        await asyncio.to_thread(writer.write, b"x" * (20 * MB))
        assert not await asyncio.to_thread(store.exists, "packages/2/1/a.zip")
        assert await keys(store, "packages/2/") == []
        await asyncio.to_thread(writer.complete)
        assert await keys(store, "packages/2/") == ["packages/2/1/a.zip"]

    @pytest.mark.parametrize("size", [3, 40 * MB])
    async def test_an_error_while_writing_leaves_nothing(self, store: ObjectStore, size: int) -> None:
        def write() -> None:
            with store.create("packages/3/1/a.zip") as writer:
                writer.write(os.urandom(size))
                raise Broken

        with pytest.raises(Broken):
            await asyncio.to_thread(write)
        assert await keys(store, "packages/3/") == []
        await self.parts_are_there(store, 0)

    async def test_an_aborted_writer_may_be_aborted_again(self, store: ObjectStore) -> None:
        writer = store.create("packages/4/1/a.zip")
        await asyncio.to_thread(writer.write, b"x" * (20 * MB))
        for _ in range(2):
            await asyncio.to_thread(writer.abort)
        assert await keys(store, "packages/4/") == []

    async def parts_are_there(self, store: ObjectStore, count: int) -> None:
        raise NotImplementedError

    async def test_writing_again_replaces_the_object(self, store: ObjectStore) -> None:
        put(store, "k", b"first")
        put(store, "k", b"second")
        assert read(store, "k") == b"second"

    async def test_a_missing_object_has_its_own_error(self, store: ObjectStore) -> None:
        with pytest.raises(ObjectMissing):
            store.open("no/such")
        with pytest.raises(ObjectMissing):
            await store.size("no/such")
        with pytest.raises(ObjectMissing):
            await every(store.read_range("no/such", 0, 5))
        with pytest.raises(ObjectMissing):
            store.length("no/such")
        with pytest.raises(ObjectMissing):
            store.read_at("no/such", 0, 5)
        with pytest.raises(ObjectMissing):
            store.move("no/such", "k")
        assert not store.exists("no/such")

    async def test_deleting_twice_is_fine(self, store: ObjectStore) -> None:
        put(store, "packages/6/1/a.zip", b"x")
        await store.delete("packages/6/1/a.zip")
        await store.delete("packages/6/1/a.zip")
        assert not store.exists("packages/6/1/a.zip")

    async def test_a_listing_is_of_its_prefix_with_sizes_and_times(self, store: ObjectStore) -> None:
        for key in ("packages/7/1/a.zip", "packages/7/2/b.zip", "packages/70/1/c.zip"):
            put(store, key, key.encode())
        found = await every(store.list("packages/7/"))
        assert sorted((item.key, item.size) for item in found) == [
            ("packages/7/1/a.zip", 18),
            ("packages/7/2/b.zip", 18),
        ]
        assert all(abs(item.modified - datetime.now(UTC)) < SOON for item in found)
        assert await keys(store, "nothing/here/") == []

    async def test_keys_may_have_any_letters(self, store: ObjectStore) -> None:
        for name in ("Führung & Ümlaute 100%.zip", "日本語.zip", "a b+c=d?e#f.zip", "x" * 240 + ".zip"):
            key = f"packages/8/1/{name}"
            put(store, key, b"data")
            assert read(store, key) == b"data"
            assert await keys(store, "packages/8/") == [key]
            await store.delete(key)

    @pytest.mark.parametrize("size", [0, 5, 9 * MB, 20 * MB])
    async def test_file_bytes_lie_under_their_hash_with_size_and_crc(self, store: ObjectStore, size: int) -> None:
        data = os.urandom(size)
        file = await asyncio.to_thread(store_blob, store, [data[i : i + MB] for i in range(0, size, MB)])
        assert (file.sha256, file.size, file.crc32) == (hashlib.sha256(data).hexdigest(), size, zlib.crc32(data))
        assert await asyncio.to_thread(read, store, blob_key(file.sha256)) == data
        assert await keys(store, "blobs/") == [blob_key(file.sha256)]

    async def test_bytes_that_are_there_are_not_written_again(self, store: ObjectStore) -> None:
        first = store_blob(store, [b"same"])
        before = await every(store.list("blobs/"))
        assert store_blob(store, [b"sa", b"me"]) == first
        assert await every(store.list("blobs/")) == before

    async def test_a_broken_source_leaves_no_file_bytes(self, store: ObjectStore) -> None:
        def source() -> Iterator[bytes]:
            yield from repeated(b"x" * MB, 20)
            raise Broken

        with pytest.raises(Broken):
            await asyncio.to_thread(store_blob, store, source())
        assert await keys(store, "blobs/") == []

    async def test_a_package_streams_from_store_to_store(self, store: ObjectStore) -> None:
        def build() -> str:
            files = [store_blob(store, repeated(os.urandom(MB), 12)), store_blob(store, repeated(b"text " * 5000, 900))]
            entries = [Entry("media.bin", files[0]), Entry("text.html", files[1]), Entry("a.xml", b"<a/>")]
            with store.create("packages/9/1/p.zip") as writer:
                return write_zip(entries, lambda f: store.open(blob_key(f.sha256)), writer.write).sha256

        sha256 = await asyncio.to_thread(build)
        assert hashlib.sha256(await asyncio.to_thread(read, store, "packages/9/1/p.zip")).hexdigest() == sha256
