"""The interface of object stores, and the keys of this system's objects.

Packaging and loading run in threads and use `create`, `open`, `length`, `read_at`, `exists` and `move`, which block.
Gateway and janitor run in an event loop and use the `async` methods. Keys are '/'-separated relative paths; chunks are about 1 MiB and
are not changed once they are handed over.

Every method raises StoreUnavailable if the store does not answer, StoreFull if it has no space, and ObjectMissing if
there is no such object.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from shared.domain.errors import ExportError
from shared.domain.stored_file import StoredFile

Chunk = bytes | bytearray | memoryview

CHUNK = 1024 * 1024  # bytes per read
PACKAGES = "packages/"  # prefix of the keys of all packages

UPLOADS = "uploads/"  # prefix of the keys of packages that wait to be loaded

_PACKAGE = re.compile(rf"{PACKAGES}(\d{{1,18}})/(\d{{1,9}})/")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a listing; `modified` is aware, in UTC."""

    key: str
    size: int  # bytes
    modified: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An object that a writer began and did not complete: its key, and the handle by which its store finds it."""

    key: str
    handle: str


class ObjectWriter(Protocol):
    """Writes one object. The object appears at `complete` with all of its bytes, or not at all.

    Writers derive from this class, which makes them context managers: they complete at the end of the block, and abort
    on an error.
    """

    def write(self, data: Chunk) -> None:
        """Append bytes; the caller must not change them afterwards."""
        ...

    def complete(self) -> None:
        """Make the object visible and durable; it replaces any earlier one under its key."""
        ...

    def abort(self) -> None:
        """Discard what was written. May be called after a failed write or complete, and more than once."""
        ...

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the object; abort it if the block or the completion fails."""
        if kind is not None:
            self.abort()
            return
        try:
            self.complete()
        except ExportError:
            self.abort()
            raise


class ObjectStore(Protocol):
    """Stores objects: bytes under keys."""

    def create(self, key: str) -> ObjectWriter:
        """A writer for an object whose size need not be known."""
        ...

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        """The bytes of an object. ObjectMissing is raised here, not at the first chunk."""
        ...

    def length(self, key: str) -> int:
        """The number of bytes of an object, as `size`."""
        ...

    def read_at(self, key: str, start: int, stop: int) -> bytes:
        """The bytes [start, stop) of an object; fewer where it ends before."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        ...

    def move(self, key: str, to: str) -> None:
        """Change the key of an object; it replaces any object under the new key."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The file that holds the object, for sendfile; None if the store is not a folder of this machine."""
        ...

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """A signed URL of the object, valid for `ttl_s` seconds; None if the store has no such URLs."""
        ...

    async def size(self, key: str) -> int:
        """The number of bytes of an object."""
        ...

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of an object."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object. A missing one is no error."""
        ...

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects whose key begins with `prefix`, which is empty or ends with a '/'; without unfinished ones."""
        ...

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """What writers have begun under `prefix`, not completed and not touched since `before`.

        Empty for a bucket: its own lifecycle rule removes the parts of abandoned uploads.
        """
        ...

    async def discard(self, part: Unfinished) -> None:
        """Delete what a writer left. If it is gone already, that is no error."""
        ...

    async def check(self) -> None:
        """Return if the store answers, for readiness."""
        ...


async def discard_unfinished(store: ObjectStore, prefix: str) -> None:
    """Delete everything that writers have left below `prefix`. The caller knows that none of them still runs."""
    for part in await store.unfinished(prefix, datetime.now(UTC)):
        await store.discard(part)


def blob_key(sha256: str) -> str:
    """The key of file bytes, by their content: "blobs/ab/cd/abcd..."."""
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def package_prefix(export_id: int) -> str:
    """The prefix of the keys of all packages of an export: "packages/7/"."""
    return f"{PACKAGES}{export_id}/"


def package_key(export_id: int, attempt: int, name: str) -> str:
    """The key of the package of an attempt: "packages/7/1/course.imscc". `name` is the file name of the download."""
    return f"{package_prefix(export_id)}{attempt}/{name}"


def package_of(key: str) -> tuple[int, int] | None:
    """(export id, attempt) of the key of a package; None for any other key."""
    match = _PACKAGE.match(key)
    return (int(match[1]), int(match[2])) if match else None


def opener(store: ObjectStore) -> _OpenFile:
    """The function by which a zip writer opens files of this store."""
    return lambda file: store.open(blob_key(file.sha256))


class _OpenFile(Protocol):
    def __call__(self, file: StoredFile, /) -> Iterator[bytes | memoryview]: ...
