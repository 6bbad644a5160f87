"""The bytes of a stored object onto a connection: a file of this machine by sendfile, all else in chunks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from services.gateway.packages.ranges import Part
from services.gateway.packages.sendfile import STALL_S, can_send_file, send_file
from shared.domain.errors import ExportError, ObjectMissing, in_full
from shared.runtime.logs import get_logger


class Packages(Protocol):
    """The store of packages, as the gateway uses it: a part of an ObjectStore. Its methods raise StoreUnavailable, and ObjectMissing for an unknown key."""

    def local_path(self, key: str) -> Path | None:
        """The file that holds a package, for sendfile; None where the store is no folder of this machine."""

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """A signed URL of the package that is valid for `ttl_s` seconds; None if the store has no such URLs."""

    async def size(self, key: str) -> int:
        """Bytes of a package."""

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of a package."""

    async def delete(self, key: str) -> None:
        """Remove a package; an unknown one does no harm."""


class Source(Protocol):
    """An object that is there."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    async def send(self, wire: Wire, start: int, stop: int) -> None:
        """Send the bytes [start, stop)."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """An answer whose headers are on their way."""

    request: web.Request
    answer: web.StreamResponse
    writer: AbstractStreamWriter

    async def write(self, chunk: bytes | memoryview) -> None:
        """Send bytes, waiting for a slow client as long as it takes any."""
        async with asyncio.timeout(STALL_S):
            await self.answer.write(chunk)

    async def emptied(self, transport: asyncio.Transport) -> None:
        """Wait until nothing of what was written waits in this process any more."""
        # The kernel writes the file to the socket directly: headers still in our buffer would arrive after it.
        transport.set_write_buffer_limits(high=0)
        try:
            self.writer.send_headers()
            async with asyncio.timeout(STALL_S):
                await self.writer.drain()
        finally:
            transport.set_write_buffer_limits()


@dataclass(frozen=True, slots=True)
class LocalFile:
    """An open file of this machine."""

    file: int
    size: int

    async def send(self, wire: Wire, start: int, stop: int) -> None:
        """By sendfile where the connection allows it."""
        transport = wire.request.transport
        if transport is not None and can_send_file(transport):
            await wire.emptied(transport)
            await send_file(transport, self.file, start, stop)
            return
        while start < stop:
            # One MiB: a disk that is slow blocks a thread, and not the loop.
            data = await asyncio.to_thread(os.pread, self.file, min(1 << 20, stop - start), start)
            if not data:
                raise EOFError
            await wire.write(data)
            start += len(data)


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """An object of a store elsewhere."""

    store: Packages
    key: str
    size: int

    async def send(self, wire: Wire, start: int, stop: int) -> None:
        """In the chunks in which the store gives it."""
        async for chunk in self.store.read_range(self.key, start, stop):
            await wire.write(chunk)


@asynccontextmanager
async def opened(store: Packages, key: str) -> AsyncIterator[Source]:
    """An object, open while the block lasts: also when it is deleted meanwhile. Raises ObjectMissing."""
    path = store.local_path(key)
    if path is None:
        yield RemoteObject(store, key, await store.size(key))
        return
    try:
        file = await asyncio.to_thread(FileIO, path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectMissing(key) from error
    with file:
        yield LocalFile(file.fileno(), os.fstat(file.fileno()).st_size)


@asynccontextmanager
async def sending(request: web.Request, answer: web.StreamResponse) -> AsyncIterator[Wire]:
    """Send the headers of an answer, then what the block writes.

    Whatever goes wrong in the block breaks the connection: an error's body would be taken for the file's bytes.
    """
    writer = await answer.prepare(request)
    assert writer is not None
    try:
        yield Wire(request, answer, writer)
        await answer.write_eof()
    except (ExportError, EOFError, OSError, TimeoutError) as error:
        if isinstance(error, (ExportError, EOFError)):
            may_recover = isinstance(error, ExportError) and error.retry
            log = get_logger().warning if may_recover else get_logger().error
            log("download_broken", path=request.path, reason=in_full(error))
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from error


async def send_part(
    request: web.Request, source: Source, part: Part, headers: Mapping[str, str], offset: int = 0
) -> web.StreamResponse:
    """The whole, or one range of it; both begin at `offset` of the source."""
    answer = web.StreamResponse(status=200 if part.whole else 206, headers=headers)
    if not part.whole:
        answer.headers["Content-Range"] = part.content_range
    answer.content_length = part.length
    async with sending(request, answer) as wire:
        if request.method != hdrs.METH_HEAD:
            await source.send(wire, offset + part.start, offset + part.stop)
    return answer
