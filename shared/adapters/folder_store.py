"""An object store in a folder: each object is a file, renamed into place when all of it is on the disk."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TypeVar

from shared.adapters.object_store import CHUNK, Chunk, ObjectWriter, StoredObject, Unfinished
from shared.adapters.translate import first_match, translated, translated_by
from shared.domain.errors import ExportError, ObjectMissing, StoreUnavailable

Result = TypeVar("Result")

_PART = ".part"  # end of the name of an unfinished object; no key may end so
_TRIES = 20  # attempts to use a new folder; each lost race is one concurrent delete that removed it while empty
_FILE_MODE, _FOLDER_MODE = 0o640, 0o750  # packages and files are for owner and group alone


_MISSING = (FileNotFoundError, NotADirectoryError)
_UNAVAILABLE: dict[type[BaseException], type[ExportError]] = {OSError: StoreUnavailable}
_READING: dict[type[BaseException], type[ExportError]] = {
    FileNotFoundError: ObjectMissing,
    IsADirectoryError: ObjectMissing,
    NotADirectoryError: ObjectMissing,
    OSError: StoreUnavailable,
}


class FolderWriter(ObjectWriter):
    """Writes to a `.part` file beside the object. Of several writers of one key, the last to complete wins."""

    def __init__(self, path: Path, key: str) -> None:
        """Create the folders and the part. Raises StoreUnavailable if that fails."""
        self._path, self._key = path, key
        # Cut, since the random suffix must fit into the 255 bytes that a file system allows for a name.
        self._part = path.with_name(f"{path.name[:200]}.{secrets.token_hex(8)}{_PART}")
        with translated({OSError: StoreUnavailable}, key):
            self._file = _in_folder(path.parent, lambda: FileIO(self._part, "xb", opener=_open_private))

    def write(self, data: Chunk) -> None:
        """Append bytes."""
        with translated({OSError: StoreUnavailable}, self._key):
            rest = memoryview(data)
            while rest:  # an unbuffered write may accept less than it is given
                rest = rest[self._file.write(rest) :]

    def complete(self) -> None:
        """Flush the bytes to the disk, rename the part, then flush the folder that holds the new name."""
        with translated({OSError: StoreUnavailable}, self._key):
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            _sync_folder(self._path.parent)

    def abort(self) -> None:
        """Delete the part."""
        self._file.close()
        with translated({OSError: StoreUnavailable}, self._key):
            self._part.unlink(missing_ok=True)


class FolderStore:
    """Objects as files below the folder `root`, which is created with the first object.

    A folder that was there and is gone, such as a file system that is not mounted any more, is an unavailable store: its
    objects are not missing, and it is not created anew.
    """

    def __init__(self, root: Path) -> None:
        """Keys are paths relative to `root`."""
        self._root = root.absolute()
        self._was_there = False

    def create(self, key: str) -> FolderWriter:
        """A writer of an object."""
        path = self._path(key)
        self._check_there()
        writer = FolderWriter(path, key)
        self._was_there = True
        return writer

    def open(self, key: str) -> Iterator[bytes]:
        """The bytes of an object in chunks of at most `CHUNK`. ObjectMissing is raised here, not at the first."""
        with self._reading(key):
            file = FileIO(self._name(key))
            size = os.fstat(file.fileno()).st_size
        return _chunks(file, size, key)

    def length(self, key: str) -> int:
        """The number of bytes."""
        with self._reading(key):
            return self._path(key).stat().st_size

    def read_at(self, key: str, start: int, stop: int) -> bytes:
        """The bytes [start, stop)."""
        with self._reading(key), FileIO(self._name(key)) as file:
            file.seek(start)
            return _exactly(file, stop - start)

    def exists(self, key: str) -> bool:
        """Whether the file exists."""
        self._check_there()
        with translated({OSError: StoreUnavailable}, key):
            return self._path(key).is_file()

    def move(self, key: str, to: str) -> None:
        """Rename the file."""
        source, target = self._path(key), self._path(to)
        with self._reading(key):
            _in_folder(target.parent, lambda: source.replace(target))
            _sync_folder(target.parent)

    def local_path(self, key: str) -> Path | None:
        """The path of the file, whether it exists or not."""
        return self._path(key)

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """None: no server gives out the files of the folder by a URL."""
        return None

    async def size(self, key: str) -> int:
        """The number of bytes."""
        with self._reading(key):
            return (await asyncio.to_thread(self._path(key).stat)).st_size

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes [start, stop), read in a thread."""
        with self._reading(key):
            file = await asyncio.to_thread(FileIO, self._path(key))
        with file, self._reading(key):
            while start < stop and (
                data := await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK, stop - start), start)
            ):
                yield data
                start += len(data)

    async def delete(self, key: str) -> None:
        """Delete the file, and the folders that it leaves empty."""
        await self._in_thread(key, partial(self._remove, self._path(key)))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The files below the folder `prefix`, ordered by name, without parts."""
        for item in await self._in_thread(prefix, lambda: [*self._files(prefix)]):
            if not item.key.endswith(_PART):
                yield item

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """The `.part` files that were last written to before `before`."""
        files = await self._in_thread(prefix, lambda: [f for f in self._files(prefix) if f.key.endswith(_PART)])
        return [Unfinished(_key_of_part(part.key), part.key) for part in files if part.modified < before]

    async def discard(self, part: Unfinished) -> None:
        """Delete a `.part` file, and the folders that it leaves empty."""
        with translated({OSError: StoreUnavailable}, part.key):
            await asyncio.to_thread(self._remove, self._root / part.handle)

    async def check(self) -> None:
        """Return if the folder can be read and written to, for readiness. Raises StoreUnavailable otherwise."""
        await self._in_thread(None, partial(_make_folders, self._root))
        if not await asyncio.to_thread(os.access, self._root, os.R_OK | os.W_OK | os.X_OK):
            raise StoreUnavailable(detail=f"the folder {self._root} cannot be written to")

    async def _in_thread(self, item: str | None, work: Callable[[], Result]) -> Result:
        """The result of work on the files of the folder. The folder may be on a network: no look at it is on the event loop."""

        def checked() -> Result:
            self._check_there()
            return work()

        with translated({OSError: StoreUnavailable}, item):
            return await asyncio.to_thread(checked)

    def _check_there(self) -> None:
        """Raise StoreUnavailable if the folder was there and is gone, or is a file."""
        if self._is_gone():
            raise StoreUnavailable(detail=f"the folder {self._root} is not there any more")

    def _is_gone(self) -> bool:
        was_there = self._was_there  # before the look: another thread may create the folder right after it
        if self._root.is_dir():
            self._was_there = True
            return False
        return was_there or (self._root.exists() and not self._root.is_dir())

    def _reading(self, key: str) -> AbstractContextManager[None]:
        return translated_by(partial(self._reading_error, key))

    def _reading_error(self, key: str, error: BaseException) -> ExportError | None:
        is_unavailable = isinstance(error, _MISSING) and self._is_gone()
        return first_match(_UNAVAILABLE if is_unavailable else _READING, key, error)

    def _path(self, key: str) -> Path:
        return Path(self._name(key))

    def _name(self, key: str) -> str:
        if not {"", ".", ".."}.isdisjoint(key.split("/")) or key.endswith(_PART) or "\0" in key:
            raise ValueError(f"{key!r} is not a valid key of an object")
        return f"{self._root}{os.sep}{key}"

    def _files(self, prefix: str) -> Iterator[StoredObject]:
        for folder, folders, names in os.walk(self._path(prefix.removesuffix("/")) if prefix else self._root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # deleted since its folder was listed
                    status = path.stat()
                    key = path.relative_to(self._root).as_posix()
                    yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # rmdir fails at the first folder that is not empty
            for folder in path.relative_to(self._root).parents[:-1]:
                (self._root / folder).rmdir()


def _key_of_part(part: str) -> str:
    """The key of the object that a part was begun for; the name of a very long one is cut."""
    return part.removesuffix(_PART).rpartition(".")[0]


def _in_folder(folder: Path, action: Callable[[], Result]) -> Result:
    """Create the folder and run `action` in it; again if a concurrent delete removes the still empty folder."""
    for _ in range(_TRIES - 1):
        with suppress(FileNotFoundError, FileExistsError):  # removed before `action`, or while mkdir checks it
            _make_folders(folder)
            return action()
    _make_folders(folder)
    return action()


def _make_folders(folder: Path) -> None:
    """The folder and those it lies in, each closed to others than owner and group."""
    try:
        folder.mkdir(_FOLDER_MODE, exist_ok=True)
    except FileNotFoundError:
        _make_folders(folder.parent)
        folder.mkdir(_FOLDER_MODE, exist_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE_MODE)


def _chunks(file: FileIO, size: int, key: str) -> Iterator[bytes]:
    """The bytes, in chunks of at most CHUNK. A small file takes one read, into a buffer of its exact size."""
    with file, translated({OSError: StoreUnavailable}, key):
        while size > 0 and (chunk := file.read(min(CHUNK, size))):
            yield chunk
            size -= len(chunk)


def _exactly(file: FileIO, size: int) -> bytes:
    """So many bytes from here on, fewer where the file ends: an unbuffered read may give less than it is asked for."""
    data = file.read(max(0, size))
    while 0 < len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data


def _sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a new name in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
