"""An object store in an S3 bucket, by obstore. Credentials come from the usual AWS environment.

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
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, quote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from shared.adapters.object_store import CHUNK, Chunk, StoredObject, Unfinished, Writer
from shared.adapters.translate import translated
from shared.domain.errors import ExportError, ObjectMissing, StoreUnavailable

if TYPE_CHECKING:  # obstore has these names for type checkers only
    from obstore import Attributes
    from obstore.store import ClientConfig, RetryConfig, S3Config

_PART = 16 * 1024 * 1024  # bytes of an upload's part: S3 takes 10,000 of them, so 156 GB an object
_PARTS_AT_ONCE = 2  # memory of a writer: about these, one being gathered and the queue
_QUEUED = 8  # chunks that wait for the uploading thread
_READ = 8 * 1024 * 1024  # bytes of a ranged read: long enough to be fast, short enough never to time out
_COPY_LIMIT = 5 * 1024**3  # bytes: what S3 copies in one request
_CLIENT: ClientConfig = {"timeout": timedelta(seconds=60), "connect_timeout": timedelta(seconds=5)}
_RETRY: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


def _our_errors(key: str = "") -> AbstractContextManager[None]:
    ours: dict[type[BaseException], type[ExportError]] = {
        NotFoundError: ObjectMissing,
        FileNotFoundError: ObjectMissing,
        BaseError: StoreUnavailable,
        OSError: StoreUnavailable,
    }
    return translated(ours, key or None)


class _Aborted(Exception):
    """The writer was told to abort: ends the upload from inside, so that obstore removes its parts."""


class S3Writer(Writer):
    """One put request for an object of up to a part, else a multipart upload that a thread feeds from a queue."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        """Send nothing yet."""
        self._bucket, self._key = bucket, key
        self._gathered = bytearray()
        self._queue: Queue[Chunk | None] = Queue(_QUEUED)
        self._aborted = False
        self._thread: ThreadPoolExecutor | None = None
        self._upload: Future[object] | None = None

    def write(self, data: Chunk) -> None:
        """Add bytes; StoreUnavailable when the upload has failed."""
        if self._upload is not None:
            self._hand_over(data)
            return
        self._gathered += data
        if len(self._gathered) > _PART:
            self._thread = ThreadPoolExecutor(1, "s3-upload")
            self._upload = self._thread.submit(self._send)
            self._hand_over(self._gathered)

    def complete(self) -> None:
        """Send the rest and close the upload."""
        if self._upload is None:
            with _our_errors(self._key):
                data, attributes = bytes(self._gathered), _attributes(self._key)
                obstore.put(self._bucket, self._key, data, attributes=attributes, use_multipart=False)
        else:
            self._hand_over(None)
            self._upload.result()
            self._close()

    def abort(self) -> None:
        """End the upload; its parts are removed from the bucket."""
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
            with suppress(Full):
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


class S3Store:
    """Objects of a bucket, below an optional prefix."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None) -> None:
        """Name the bucket; without an endpoint it is Amazon's, without a region the environment's."""
        config: S3Config = {}
        if endpoint:
            config["endpoint"] = endpoint
        if region:
            config["region"] = region
        client: ClientConfig = {**_CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http://"))}
        self._bucket = Bucket(bucket, prefix=prefix or None, config=config, client_options=client, retry_config=_RETRY)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`s3://bucket/prefix?endpoint=https://host:port&region=name`; both parameters may be absent."""
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        endpoint, region = (query.get(name, [None])[0] for name in ("endpoint", "region"))
        return cls(parts.netloc, parts.path.strip("/"), endpoint, region)

    def create(self, key: str) -> S3Writer:
        """Begin an object."""
        return S3Writer(self._bucket, key)

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        """The bytes of an object: in one request up to 8 MiB, else in ranges of that, each retried by itself."""
        with _our_errors(key):
            found = obstore.get(self._bucket, key)
            size = found.meta["size"]
            first = found.bytes() if size <= _READ else None
        return _pieces(first) if first is not None else self._ranges(key, size)

    def exists(self, key: str) -> bool:
        """Whether the bucket has it."""
        try:
            with _our_errors(key):
                obstore.head(self._bucket, key)
        except ObjectMissing:
            return False
        return True

    def move(self, key: str, to: str) -> None:
        """Copy inside the bucket and delete; S3 has no rename. Above 5 GB the bytes pass through here."""
        with _our_errors(key):
            if obstore.head(self._bucket, key)["size"] <= _COPY_LIMIT:
                obstore.copy(self._bucket, key, to)
            else:
                with self.create(to) as writer:
                    for chunk in self.open(key):
                        writer.write(chunk)
            obstore.delete(self._bucket, key)

    def local_path(self, key: str) -> Path | None:
        """None: the bytes are elsewhere."""
        return None

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """A presigned GET; the bucket answers it, with the headers of `_attributes`."""
        with _our_errors(key):
            return await obstore.sign_async(self._bucket, "GET", key, timedelta(seconds=ttl_s))

    async def size(self, key: str) -> int:
        """Bytes of an object."""
        with _our_errors(key):
            return (await obstore.head_async(self._bucket, key))["size"]

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop)."""
        while start < stop:
            end = min(start + _READ, stop)
            with _our_errors(key):
                data = await obstore.get_range_async(self._bucket, key, start=start, end=end)
            for piece in _pieces(data):
                yield piece
            start = end

    async def delete(self, key: str) -> None:
        """Remove an object."""
        with suppress(ObjectMissing), _our_errors(key):
            await obstore.delete_async(self._bucket, key)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects below a prefix."""
        with _our_errors(prefix):
            async for page in obstore.list(self._bucket, prefix or None, chunk_size=1000):
                for item in page:
                    yield StoredObject(item["path"], item["size"], item["last_modified"])

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """None: the bucket's lifecycle rule AbortIncompleteMultipartUpload removes what a killed writer has left."""
        return ()

    async def discard(self, left: Unfinished) -> None:
        """Leave it to the lifecycle rule."""

    async def check(self) -> None:
        """Return when the bucket can be asked."""
        with suppress(ObjectMissing), _our_errors():
            await obstore.head_async(self._bucket, "readiness")

    def _ranges(self, key: str, size: int) -> Iterator[memoryview]:
        for start in range(0, size, _READ):
            with _our_errors(key):
                data = obstore.get_range(self._bucket, key, start=start, end=min(start + _READ, size))
            yield from _pieces(data)


def _attributes(key: str) -> Attributes:
    """Headers that the bucket gives an object out with: a browser saves it under the last part of its key."""
    name = key.rpartition("/")[2]
    kind = "application/zip" if name.endswith(".zip") else "application/octet-stream"
    return {"Content-Type": kind, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _pieces(data: obstore.Bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for start in range(0, len(view), CHUNK):
        yield view[start : start + CHUNK]
