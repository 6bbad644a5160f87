"""What this system asks of a place for bytes: few methods, told apart by whether a thread or a loop calls them.

Packaging and loading run in threads and use `create`, `open`, `exists` and `move`, which block. Gateway and janitor
live in an event loop and use the `async` ones. Keys are '/'-separated relative paths; chunks are about 1 MiB and are
left unchanged once handed over.

Every method raises StoreUnavailable when the store does not answer and ObjectMissing where there is no such object.
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

CHUNK = 1024 * 1024  # bytes of a read
PACKAGES = "packages/"  # what the keys of all packages begin with

_PACKAGE = re.compile(rf"{PACKAGES}(\d{{1,18}})/(\d{{1,9}})/")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; `modified` is aware, in UTC."""

    key: str
    size: int  # bytes
    modified: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a writer has left: the key it was to have, and how the store finds it."""

    key: str
    handle: str


class Writer(Protocol):
    """One object being written. It comes into being at `complete`, whole, or not at all.

    As a context manager, which it is for every store that derives from this, it completes at the end of the block and
    aborts on an error.
    """

    def write(self, data: Chunk) -> None:
        """Add bytes; they must stay unchanged."""
        ...

    def complete(self) -> None:
        """Make the object visible, durable, in place of any earlier one under its key."""
        ...

    def abort(self) -> None:
        """Drop what was written; also after a failed write or complete, and more than once."""
        ...

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete, or abort on an error, that of completing included."""
        if kind is not None:
            self.abort()
            return
        try:
            self.complete()
        except ExportError:
            self.abort()
            raise


class ObjectStore(Protocol):
    """A place for bytes under keys."""

    def create(self, key: str) -> Writer:
        """Begin to write an object of unknown length."""
        ...

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        """The bytes of an object. ObjectMissing is raised here, not at the first chunk."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        ...

    def move(self, key: str, to: str) -> None:
        """Give an object another key, in place of any object there."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The file that holds the object, for sendfile; None where the store is no folder of this machine."""
        ...

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """An address that gives the object to anybody for `ttl_s` seconds; None where the store has no such thing."""
        ...

    async def size(self, key: str) -> int:
        """Bytes of an object."""
        ...

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of an object."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; none there is fine."""
        ...

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects whose key begins with `prefix`, which ends at a '/'; unfinished ones are not among them."""
        ...

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """What writers have begun under `prefix`, not completed and not touched since `before`.

        Empty for a bucket: its own lifecycle rule removes the parts of uploads that nobody completes.
        """
        ...

    async def discard(self, left: Unfinished) -> None:
        """Remove something unfinished; gone already is fine."""
        ...

    async def check(self) -> None:
        """Return when the store answers, for readiness."""
        ...


async def discard_unfinished(store: ObjectStore, prefix: str) -> None:
    """Remove everything that writers have begun under `prefix`: for whoever knows that none of them is alive."""
    for left in await store.unfinished(prefix, datetime.now(UTC)):
        await store.discard(left)


def blob_key(sha256: str) -> str:
    """Where file bytes lie, by content: "blobs/ab/cd/abcd..."."""
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def package_prefix(export_id: int) -> str:
    """What the keys of all packages of an export begin with."""
    return f"{PACKAGES}{export_id}/"


def package_key(export_id: int, attempt: int, name: str) -> str:
    """Where an attempt writes its package; `name` is the file name that a download has."""
    return f"{package_prefix(export_id)}{attempt}/{name}"


def package_of(key: str) -> tuple[int, int] | None:
    """(export, attempt) of a package's key; None for any other key."""
    match = _PACKAGE.match(key)
    return (int(match[1]), int(match[2])) if match else None


def opener(store: ObjectStore) -> _OpenFile:
    """How a zip writer reads files from this store."""
    return lambda file: store.open(blob_key(file.sha256))


class _OpenFile(Protocol):
    def __call__(self, file: StoredFile, /) -> Iterator[bytes | memoryview]: ...
