"""The object store as one tar, by any store of STORE_URL: `python -m deploy.backup.store_archive pack > store.tar`.

`unpack < store.tar` fills an empty store. Bytes are streamed; an object that is removed meanwhile is left out.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from typing import IO

from shared.adapters.object_store import CHUNK, ObjectStore, StoredObject
from shared.adapters.open_store import open_store
from shared.domain.errors import ExportError, ObjectMissing, in_full
from shared.runtime.environment import exit_for_mistakes

INDEX = "index.txt"  # the last member: a line `SHA-256 size key` for each object
Digests = dict[str, tuple[str, int]]  # SHA-256 in hex and bytes of an object, by its key


class NotEmpty(Exception):
    """The store has objects already."""


def pack(store: ObjectStore, out: IO[bytes]) -> Digests:
    """Write all objects, sorted by key, and their index. Returns the index. Raises StoreUnavailable."""
    digests: Digests = {}
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for stored in sorted(asyncio.run(_listed(store)), key=lambda each: each.key):
            try:
                chunks = store.open(stored.key)
            except ObjectMissing:
                continue  # expired since it was listed
            reader = _Reader(chunks)
            archive.addfile(_member(stored.key, stored.size), reader)
            digests[stored.key] = (reader.digest.hexdigest(), stored.size)
        text = "".join(f"{digest} {size} {key}\n" for key, (digest, size) in digests.items()).encode()
        archive.addfile(_member(INDEX, len(text)), BytesIO(text))
    return digests


def unpack(store: ObjectStore, source: IO[bytes]) -> None:
    """Write all objects of an archive. Raises NotEmpty, StoreUnavailable, and ValueError for an archive that is not whole."""
    if asyncio.run(_listed(store)):
        raise NotEmpty("the store is not empty: restore into an empty one")
    digests: Digests = {}
    index: Digests | None = None
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None:
                raise ValueError(f"{member.name} is no file")
            if member.name == INDEX:
                index = _index(content.read().decode())
                continue
            digests[member.name] = _copied(store, member.name, content)
    if index != digests:
        raise ValueError("the archive is not whole: its objects are not those of its index")


def digests(store: ObjectStore) -> Digests:
    """What a store holds, each object read to its end. Raises StoreUnavailable."""
    return {each.key: _digest(store.open(each.key)) for each in asyncio.run(_listed(store))}


def read_index(source: IO[bytes]) -> Digests:
    """The index of an archive. Raises ValueError where it has none."""
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if member.name == INDEX and content is not None:
                return _index(content.read().decode())
    raise ValueError("the archive is not whole: it has no index")


class _Reader:
    """Chunks as a file that is read once, and their SHA-256."""

    def __init__(self, chunks: Iterator[bytes | memoryview]) -> None:
        self._chunks, self._rest, self.digest = chunks, b"", hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (chunk := next(self._chunks, None)) is not None:
            self._rest += bytes(chunk)
        data, self._rest = self._rest[:size], self._rest[size:]
        self.digest.update(data)
        return data


async def _listed(store: ObjectStore) -> list[StoredObject]:
    return [each async for each in store.list("")]


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    return member


def _copied(store: ObjectStore, key: str, content: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with closing(content), store.create(key) as writer:
        while data := content.read(CHUNK):
            digest.update(data)
            size += len(data)
            writer.write(data)
    return digest.hexdigest(), size


def _digest(chunks: Iterator[bytes | memoryview]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _index(text: str) -> Digests:
    lines = (line.split(" ", 2) for line in text.splitlines())
    return {key: (digest, int(size)) for digest, size, key in lines}


def main() -> int:
    """Exit code 1 with a sentence where the store does not answer, is not empty, or the archive is not whole."""
    with exit_for_mistakes():
        store = open_store(os.environ.get("STORE_URL", "./.run/store"))
    try:
        if sys.argv[1:] == ["pack"]:
            pack(store, sys.stdout.buffer)
        elif sys.argv[1:] == ["unpack"]:
            unpack(store, sys.stdin.buffer)
        else:
            print("pack or unpack?", file=sys.stderr)
            return 2
    except (ExportError, NotEmpty, ValueError, tarfile.TarError) as error:
        print(in_full(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
