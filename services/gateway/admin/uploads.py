"""Streams the body of a request into the object store, a chunk at a time: no upload is held in memory."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Protocol

from aiohttp import hdrs, web

from shared.adapters.object_store import CHUNK, UPLOADS, ObjectWriter
from shared.http.answers import bad_request, too_large, unsupported_encoding
from shared.http.inflate import is_compressed


class UploadStore(Protocol):
    """Where uploads are kept until they are loaded. Its writers block."""

    def create(self, key: str) -> ObjectWriter:
        """A writer for an object whose size need not be known."""

    async def delete(self, key: str) -> None:
        """Delete an object. A missing one is no error."""


def check_upload(request: web.Request, most: int) -> None:
    """Refuse an upload by its head: 400 for a form or an empty body, 413 above `most` bytes, 415 if compressed."""
    if request.content_type.startswith("multipart/"):
        raise bad_request("send the package itself as the body, not a form")
    check_encoding(request)
    if not request.can_read_body or request.content_length == 0:
        raise bad_request("the body is empty: send the package as the body")
    if (request.content_length or 0) > most:
        raise too_large()


def check_encoding(request: web.Request) -> None:
    """Refuse a compressed body with 415."""
    if is_compressed(request.headers.get(hdrs.CONTENT_ENCODING, "")):
        raise unsupported_encoding()


async def store_upload(request: web.Request, store: UploadStore, most: int) -> tuple[str, int]:
    """(key, bytes) of the body in the store. Raises 413 above `most` bytes; what breaks off leaves nothing behind."""
    key = f"{UPLOADS}{secrets.token_hex(16)}"
    writer = await asyncio.to_thread(store.create, key)
    try:
        size = await _write(request, writer, most)
        await asyncio.to_thread(writer.complete)
    except BaseException:  # also where the client goes away and the request is cancelled
        await asyncio.shield(asyncio.to_thread(writer.abort))
        raise
    return key, size


async def _write(request: web.Request, writer: ObjectWriter, most: int) -> int:
    size = 0
    async for chunk in body_chunks(request):
        size += len(chunk)
        if size > most:
            raise too_large()
        await asyncio.to_thread(writer.write, chunk)
    return size


async def body_chunks(request: web.Request) -> AsyncIterator[bytes]:
    """The body in pieces of the size that a store writes at once: what arrives is smaller."""
    gathered = bytearray()
    async for piece in request.content.iter_any():
        gathered += piece
        if len(gathered) >= CHUNK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)
