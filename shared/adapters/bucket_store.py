"""An object store in a bucket of S3, Google Cloud Storage or Azure, by obstore.

obstore neither lists multipart uploads nor reads lifecycle rules: the operator gives the bucket a rule
AbortIncompleteMultipartUpload, which removes what killed writers have left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Full, Queue
from typing import TYPE_CHECKING
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import AzureStore, GCSStore, S3Store

from shared.adapters.object_store import CHUNK, Chunk, ObjectWriter, StoredObject, Unfinished
from shared.adapters.translate import translated
from shared.domain.errors import ExportError, ObjectMissing, StoreUnavailable

if TYPE_CHECKING:  # obstore has these names for type checkers only
    from obstore import Attributes

Bucket = S3Store | GCSStore | AzureStore

_PART = 16 * 1024 * 1024  # bytes of an upload's part: S3 takes 10,000 of them, so 156 GB an object
_PARTS_AT_ONCE = 2  # a writer holds about these in memory, one that is being filled, and the queue
_QUEUED = 8  # chunks that may wait for the uploading thread
_READ = 8 * 1024 * 1024  # bytes per ranged read: enough to be fast, few enough not to time out
_COPY_LIMIT = 5 * 1024**3  # bytes that S3 copies in one request at most


def _our_errors(key: str = "") -> AbstractContextManager[None]:
    ours: dict[type[BaseException], type[ExportError]] = {
        NotFoundError: ObjectMissing,
        FileNotFoundError: ObjectMissing,
        BaseError: StoreUnavailable,
        OSError: StoreUnavailable,
    }
    return translated(ours, key or None)


class _Aborted(Exception):
    """Raised in the upload by `abort`, so that obstore ends it and removes its parts."""


class BucketWriter(ObjectWriter):
    """Sends an object of up to one part by a put request, a larger one by a multipart upload in a thread.

    obstore pulls the bytes of a multipart upload from an iterator; a queue connects it with the calls of `write`.
    """

    def __init__(self, bucket: Bucket, key: str) -> None:
        """Nothing is sent before the first part is full."""
        self._bucket, self._key = bucket, key
        self._buffer = bytearray()
        self._queue: Queue[Chunk | None] = Queue(_QUEUED)
        self._aborted = False
        self._thread: ThreadPoolExecutor | None = None
        self._upload: Future[object] | None = None

    def write(self, data: Chunk) -> None:
        """Append bytes. Raises StoreUnavailable if the upload has failed meanwhile."""
        if self._upload is not None:
            self._hand_over(data)
            return
        self._buffer += data
        if len(self._buffer) > _PART:
            self._thread = ThreadPoolExecutor(1, "bucket-upload")
            self._upload = self._thread.submit(self._send)
            self._hand_over(self._buffer)

    def complete(self) -> None:
        """Send the rest and complete the upload."""
        if self._upload is None:
            with _our_errors(self._key):
                data, attributes = bytes(self._buffer), _attributes(self._key)
                obstore.put(self._bucket, self._key, data, attributes=attributes, use_multipart=False)
        else:
            self._hand_over(None)
            self._upload.result()
            self._close()

    def abort(self) -> None:
        """End the upload; its parts are deleted from the bucket."""
        self._aborted = True
        if self._upload is not None:
            with suppress(ExportError, _Aborted):  # the upload may have failed or ended already
                self._hand_over(None)
                self._upload.result()
        self._close()

    def _hand_over(self, data: Chunk | None) -> None:
        assert self._upload is not None
        while True:
            if self._upload.done():
                self._upload.result()
                return
            with suppress(Full):  # then check again whether the upload, which empties the queue, has ended
                self._queue.put(data, timeout=0.5)
                return

    def _send(self) -> object:
        with _our_errors(self._key):
            return obstore.put(
                self._bucket,
                self._key,
                self._chunks(),
                attributes=_attributes(self._key),
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def _chunks(self) -> Iterator[Chunk]:
        while (data := self._queue.get()) is not None and not self._aborted:
            yield data
        if self._aborted:
            raise _Aborted

    def _close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()


class BucketStore:
    """Objects of a bucket, below the prefix that the bucket was opened with."""

    def __init__(self, bucket: Bucket) -> None:
        """Nothing is sent yet."""
        self._bucket = bucket

    def create(self, key: str) -> BucketWriter:
        """A writer of an object."""
        return BucketWriter(self._bucket, key)

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        """The bytes of an object: in one request up to 8 MiB, else in ranges of that size, each retried by itself."""
        with _our_errors(key):
            response = obstore.get(self._bucket, key)
            size = response.meta["size"]
            data = response.bytes() if size <= _READ else None
        return _pieces(data) if data is not None else self._ranges(key, 0, size)

    def length(self, key: str) -> int:
        """Bytes of an object."""
        with _our_errors(key):
            return obstore.head(self._bucket, key)["size"]

    def read_at(self, key: str, start: int, stop: int) -> bytes:
        """The bytes [start, stop) of an object, in ranges of 8 MiB, each retried by itself."""
        return b"".join(self._ranges(key, start, stop))

    def exists(self, key: str) -> bool:
        """Whether the bucket has an object under this key."""
        try:
            with _our_errors(key):
                obstore.head(self._bucket, key)
        except ObjectMissing:
            return False
        return True

    def move(self, key: str, to: str) -> None:
        """Copy inside the bucket and delete: S3 has no rename. Above 5 GiB the bytes pass through this process."""
        with _our_errors(key):
            if obstore.head(self._bucket, key)["size"] <= _COPY_LIMIT:
                obstore.copy(self._bucket, key, to)
            else:
                self._copy_through_here(key, to)
            obstore.delete(self._bucket, key)

    def _copy_through_here(self, key: str, to: str) -> None:
        with self.create(to) as writer:
            for chunk in self.open(key):
                writer.write(chunk)

    def local_path(self, key: str) -> Path | None:
        """None: the bytes are not on this machine."""
        return None

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """A presigned GET; the bucket responds with the headers of `_attributes`."""
        with _our_errors(key):
            return await obstore.sign_async(self._bucket, "GET", key, timedelta(seconds=ttl_s))

    async def size(self, key: str) -> int:
        """Bytes of an object."""
        with _our_errors(key):
            return (await obstore.head_async(self._bucket, key))["size"]

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of an object."""
        while start < stop:
            end = min(start + _READ, stop)
            with _our_errors(key):
                data = await obstore.get_range_async(self._bucket, key, start=start, end=end)
            for piece in _pieces(data):
                yield piece
            start = end

    async def delete(self, key: str) -> None:
        """Delete an object. A missing one is no error."""
        with suppress(ObjectMissing), _our_errors(key):
            await obstore.delete_async(self._bucket, key)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects whose key begins with `prefix`."""
        with _our_errors(prefix):
            async for page in obstore.list(self._bucket, prefix or None, chunk_size=1000):
                for item in page:
                    yield StoredObject(item["path"], item["size"], item["last_modified"])

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """None: the bucket's lifecycle rule AbortIncompleteMultipartUpload removes what a killed writer has left."""
        return ()

    async def discard(self, part: Unfinished) -> None:
        """Leave it to the lifecycle rule."""

    async def check(self) -> None:
        """Return if the bucket answers, even that it has no such object."""
        with suppress(ObjectMissing), _our_errors():
            await obstore.head_async(self._bucket, "readiness")

    def _ranges(self, key: str, start: int, stop: int) -> Iterator[memoryview]:
        for begin in range(start, stop, _READ):
            with _our_errors(key):
                data = obstore.get_range(self._bucket, key, start=begin, end=min(begin + _READ, stop))
            yield from _pieces(data)


def _attributes(key: str) -> Attributes:
    """Headers of the object in a download: a browser saves it under the last segment of its key."""
    name = key.rpartition("/")[2]
    content_type = "application/zip" if name.endswith(".zip") else "application/octet-stream"
    return {"Content-Type": content_type, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _pieces(data: obstore.Bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for start in range(0, len(view), CHUNK):
        yield view[start : start + CHUNK]
