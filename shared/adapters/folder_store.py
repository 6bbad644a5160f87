"""An object store in a folder: every object a file, renamed into place when it is whole and on the disk."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TypeVar

from shared.adapters.object_store import CHUNK, Chunk, StoredObject, Unfinished, Writer
from shared.adapters.translate import translated
from shared.domain.errors import ExportError, ObjectMissing, StoreUnavailable

T = TypeVar("T")

_PART = ".part"  # how the name of an unfinished object ends; no key may
_TRIES = 20  # to find a new folder still there: each lost race is one delete of a neighbour


_READING: dict[type[BaseException], type[ExportError]] = {
    FileNotFoundError: ObjectMissing,
    IsADirectoryError: ObjectMissing,
    NotADirectoryError: ObjectMissing,
    OSError: StoreUnavailable,
}


class FolderWriter(Writer):
    """Writes to a `.part` beside the object; several writers of one key do not meet, the last to complete wins."""

    def __init__(self, path: Path, key: str) -> None:
        """Make the folders and the part."""
        self._path, self._key = path, key
        self._part = path.with_name(f"{path.name[:200]}.{secrets.token_hex(8)}{_PART}")
        with translated({OSError: StoreUnavailable}, key):
            self._file = _in_folder(path.parent, lambda: FileIO(self._part, "xb"))

    def write(self, data: Chunk) -> None:
        """Add bytes."""
        with translated({OSError: StoreUnavailable}, self._key):
            rest = memoryview(data)
            while rest:  # a raw write may take less than it is given
                rest = rest[self._file.write(rest) :]

    def complete(self) -> None:
        """To the disk, then under its name, then the name to the disk."""
        with translated({OSError: StoreUnavailable}, self._key):
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            _sync_folder(self._path.parent)

    def abort(self) -> None:
        """Remove the part."""
        self._file.close()
        with translated({OSError: StoreUnavailable}, self._key):
            self._part.unlink(missing_ok=True)


class FolderStore:
    """Objects as files below `root`, which is made when the first object is."""

    def __init__(self, root: Path) -> None:
        """Take a folder; keys are paths in it."""
        self._root = root.absolute()

    def create(self, key: str) -> FolderWriter:
        """Begin an object."""
        return FolderWriter(self._path(key), key)

    def open(self, key: str) -> Iterator[bytes]:
        """The bytes of an object, in chunks of `CHUNK`."""
        with translated(_READING, key):
            file = FileIO(self._name(key))
            size = os.fstat(file.fileno()).st_size
        return _chunks(file, size, key)

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        with translated({OSError: StoreUnavailable}, key):
            return self._path(key).is_file()

    def move(self, key: str, to: str) -> None:
        """Rename the file."""
        source, target = self._path(key), self._path(to)
        with translated(_READING, key):
            _in_folder(target.parent, lambda: source.replace(target))
            _sync_folder(target.parent)

    def local_path(self, key: str) -> Path | None:
        """The file itself."""
        return self._path(key)

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """None: nobody but this machine sees the folder."""
        return None

    async def size(self, key: str) -> int:
        """Bytes of the file."""
        with translated(_READING, key):
            return (await asyncio.to_thread(self._path(key).stat)).st_size

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes [start, stop), read in a thread."""
        with translated(_READING, key):
            file = await asyncio.to_thread(FileIO, self._path(key))
        with file, translated(_READING, key):
            while start < stop and (
                data := await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK, stop - start), start)
            ):
                yield data
                start += len(data)

    async def delete(self, key: str) -> None:
        """Remove the file, and the folders that it leaves empty."""
        with translated({OSError: StoreUnavailable}, key):
            await asyncio.to_thread(self._remove, self._path(key))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The files below the folder `prefix`, by name."""
        with translated({OSError: StoreUnavailable}, prefix):
            found = await asyncio.to_thread(lambda: [f for f in self._files(prefix) if not f.key.endswith(_PART)])
        for item in found:
            yield item

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """The `.part` files that nobody has written to since `before`."""
        with translated({OSError: StoreUnavailable}, prefix):
            found = await asyncio.to_thread(lambda: [f for f in self._files(prefix) if f.key.endswith(_PART)])
        return [Unfinished(_of_part(part.key), part.key) for part in found if part.modified < before]

    async def discard(self, left: Unfinished) -> None:
        """Remove a `.part` file, and the folders that it leaves empty."""
        with translated({OSError: StoreUnavailable}, left.key):
            await asyncio.to_thread(self._remove, self._root / left.handle)

    async def check(self) -> None:
        """Return when the folder can be written to."""
        with translated({OSError: StoreUnavailable}):
            await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)
        if not os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
            raise StoreUnavailable(f"The folder {self._root} cannot be written to.")

    def _path(self, key: str) -> Path:
        return Path(self._name(key))

    def _name(self, key: str) -> str:
        if not {"", ".", ".."}.isdisjoint(key.split("/")) or key.endswith(_PART) or "\0" in key:
            raise ValueError(f"{key!r} is no key of an object")
        return f"{self._root}{os.sep}{key}"

    def _files(self, prefix: str) -> Iterator[StoredObject]:
        for folder, folders, names in os.walk(self._path(prefix.removesuffix("/")) if prefix else self._root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # removed while we look
                    facts = path.stat()
                    key = path.relative_to(self._root).as_posix()
                    yield StoredObject(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # the first folder that is not empty ends it
            for folder in path.relative_to(self._root).parents[:-1]:
                (self._root / folder).rmdir()


def _of_part(part: str) -> str:
    """The key that a part was to have; a very long one is cut."""
    return part.removesuffix(_PART).rpartition(".")[0]


def _in_folder(folder: Path, act: Callable[[], T]) -> T:
    """Make the folder and act in it; again while deletes take the folder away, empty as it is, in between."""
    for _ in range(_TRIES - 1):
        with suppress(FileNotFoundError, FileExistsError):  # gone before the act, or before mkdir looked at it again
            folder.mkdir(parents=True, exist_ok=True)
            return act()
    folder.mkdir(parents=True, exist_ok=True)
    return act()


def _chunks(file: FileIO, size: int, key: str) -> Iterator[bytes]:
    """The bytes, each read of what is left: a small file takes one read, into a buffer of its size."""
    with file, translated({OSError: StoreUnavailable}, key):
        while size > 0 and (chunk := file.read(min(CHUNK, size))):
            yield chunk
            size -= len(chunk)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
