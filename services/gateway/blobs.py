"""PUT /api/v1/blobs/{sha256}: the bytes of a file, before the object that names them is sent as a message.

One request has all bytes, or a piece of them with `Content-Range: bytes 0-1048575/5000000`: a piece that is not the last
one is answered with 308 and `Range: bytes=0-1048575`, what is here so far. `Content-Range: bytes */5000000` without a body
asks for that. A piece begins where the one before it ended.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from aiohttp import hdrs, web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.admin.uploads import body_chunks, check_encoding
from shared.adapters.blob_receiver import BlobReceiver
from shared.adapters.object_store import UPLOADS, ObjectWriter, StoredObject, blob_key
from shared.contracts.admin.admin_bodies import BlobBody
from shared.domain.rights import Caller
from shared.domain.stored_file import NO_SHA256, StoredFile, is_sha256
from shared.http.answers import ApiError, bad_request, json_answer, outside_of, too_large, unprocessable
from shared.http.concurrency import Concurrency
from shared.runtime.settings import Settings

_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})")  # RFC 9110, 14.4; the length must be known
_INCOMPLETE = 308  # "Resume Incomplete", with `Range`: what uploads in pieces are answered by common usage


class BlobStore(Protocol):
    """Where bytes are kept."""

    def create(self, key: str) -> ObjectWriter:
        """A writer for an object whose size need not be known. It blocks."""

    def exists(self, key: str) -> bool:
        """Whether there is an object under this key. It blocks."""

    def move(self, key: str, to: str) -> None:
        """Change the key of an object. It blocks."""

    async def delete(self, key: str) -> None:
        """Delete an object. A missing one is no error."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects whose key begins with `prefix`."""

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of an object."""


class KnownBlobs(Protocol):
    """What is known of the bytes that are kept."""

    async def find(self, sha256: str) -> StoredFile | None:
        """A blob; None for an unknown one."""

    async def add(self, blob: StoredFile) -> int:
        """Note bytes that are stored, and complete the files that wait for them."""


@dataclass(frozen=True, slots=True)
class UploadedPiece:
    """The bytes [start, stop) of `size`: none where the request only queries what is stored."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes they are."""
        return self.stop - self.start

    @classmethod
    def of(cls, header: str, most: int) -> Self:
        """The piece that a Content-Range names. Raises 400 for one that cannot be read, 413 above `most` bytes."""
        match = _RANGE.fullmatch(header.strip())
        if match is None:
            raise bad_request("Content-Range must look like bytes 0-1048575/5000000, or bytes */5000000")
        if int(match[3]) > most:
            raise too_large()
        if match[1] is None:
            return cls(0, 0, int(match[3]))
        piece = cls(int(match[1]), int(match[2]) + 1, int(match[3]))
        if not piece.start < piece.stop <= piece.size:
            raise bad_request("Content-Range names bytes that are not within its length")
        return piece


@dataclass(frozen=True, slots=True)
class BlobsApi:
    """The handler."""

    settings: Settings
    store: BlobStore
    blobs: KnownBlobs
    uploads: Concurrency

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the route."""
        routes.add("PUT", "/blobs/{sha256}", self.put, is_upload=True, root="/api/v1")

    async def put(self, request: web.Request, caller: Caller) -> web.Response:
        """Store bytes: 201 for new ones, 200 for known ones, 308 for a piece, 422 for bytes of another hash."""
        sha256, most = request.match_info["sha256"], self.settings.max_upload_bytes
        if not is_sha256(sha256):
            raise unprocessable("sha256", NO_SHA256)
        check_encoding(request)
        if (request.content_length or 0) > most:
            raise too_large()
        with self.uploads.one_more(caller):
            blob = await self.blobs.find(sha256)
            if blob is not None and await asyncio.to_thread(self.store.exists, blob_key(sha256)):
                await self.blobs.add(blob)  # an earlier request may have ended before it had completed the files
                await self._read_on(request)
                return _answer(blob, 200)
            header = request.headers.get(hdrs.CONTENT_RANGE)
            if header is None:
                return await self._stored(body_chunks(request), sha256)
            return await self._put_piece(request, sha256, f"{UPLOADS}{caller.user_id}-{sha256}/", header)

    async def _read_on(self, request: web.Request) -> None:
        """Read a body that is not needed, since a client may send all of it before it reads the answer. Raises 413."""
        size = 0
        async for chunk in body_chunks(request):
            size += len(chunk)
            if size > self.settings.max_upload_bytes:
                raise too_large()

    async def _stored(self, chunks: AsyncIterator[bytes | memoryview], sha256: str) -> web.Response:
        receiver = BlobReceiver(self.store)
        try:
            blob, existed = await self._received(receiver, chunks, sha256)
        except BaseException:  # also where the client goes away and the request is cancelled
            await receiver.drop()
            raise
        await self.blobs.add(blob)
        return _answer(blob, 200 if existed else 201)

    async def _received(
        self, receiver: BlobReceiver, chunks: AsyncIterator[bytes | memoryview], sha256: str
    ) -> tuple[StoredFile, bool]:
        """The blob, and whether the store had it. Raises 413 and 422."""
        async for chunk in chunks:
            await receiver.write(chunk)
            if receiver.measured.size > self.settings.max_upload_bytes:
                raise too_large()
        digest = receiver.measured.result(None).sha256
        if digest != sha256:
            raise unprocessable("sha256", f"The bytes have the SHA-256 {digest}.", "hash_differs")
        existed = await asyncio.to_thread(self.store.exists, blob_key(sha256))
        return await receiver.keep(), existed

    async def _put_piece(self, request: web.Request, sha256: str, prefix: str, header: str) -> web.Response:
        """Keep a piece as an object of its own; the last one has them put together. Old pieces the janitor removes."""
        piece = UploadedPiece.of(header, self.settings.max_upload_bytes)
        here = await self._pieces(prefix)
        if piece.length:
            if piece.start != _size(here):
                raise _range_error(_size(here))
            await self._write_piece(request, f"{prefix}{piece.start:020}", piece)
            here.append((f"{prefix}{piece.start:020}", piece.length))
        if _size(here) < piece.size:
            return _incomplete(_size(here))
        try:
            answer = await self._stored(self._joined(here), sha256)
        except ApiError:  # of bytes that will never be right
            await self._forget(here)
            raise
        await self._forget(here)
        return answer

    async def _pieces(self, prefix: str) -> list[tuple[str, int]]:
        """(key, bytes) of the pieces that are here, in order."""
        return sorted([(each.key, each.size) async for each in self.store.list(prefix)])

    async def _write_piece(self, request: web.Request, key: str, piece: UploadedPiece) -> None:
        writer = await asyncio.to_thread(self.store.create, key)
        try:
            await self._fill(writer, request, piece)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(writer.abort))
            raise

    async def _fill(self, writer: ObjectWriter, request: web.Request, piece: UploadedPiece) -> None:
        size = 0
        async for chunk in body_chunks(request):
            size += len(chunk)
            if size <= piece.length:
                await asyncio.to_thread(writer.write, chunk)
        if size != piece.length:
            raise bad_request(f"the body has {size} bytes, and its Content-Range {piece.length}")
        await asyncio.to_thread(writer.complete)

    async def _joined(self, pieces: Sequence[tuple[str, int]]) -> AsyncIterator[bytes | memoryview]:
        for key, size in pieces:
            async for chunk in self.store.read_range(key, 0, size):
                yield chunk

    async def _forget(self, pieces: Sequence[tuple[str, int]]) -> None:
        for key, _ in pieces:
            await self.store.delete(key)


def _size(pieces: Sequence[tuple[str, int]]) -> int:
    return sum(size for _, size in pieces)


def _range_error(here: int) -> ApiError:
    """A piece that does not begin where the one before it ended: 416, with what is here."""
    error = outside_of(here)
    return ApiError(error.status, error.body, {**error.headers, **_range(here)})


def _range(here: int) -> dict[str, str]:
    return {hdrs.RANGE: f"bytes=0-{here - 1}"} if here else {}


def _incomplete(here: int) -> web.Response:
    return web.Response(status=_INCOMPLETE, headers=_range(here))


def _answer(blob: StoredFile, status: int) -> web.Response:
    return json_answer(BlobBody(sha256=blob.sha256, size=blob.size), status=status)
