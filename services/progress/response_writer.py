"""Writes to one client: bounded in time, with the time since the last of them."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

WRITE_TIMEOUT_S = 30.0  # a client that reads nothing for so long is dropped; it can come back with its last id
_SMALL = 16_384  # bytes that an empty transport takes without asking the writer to wait (its limit is 64 KiB)


class ResponseWriter:
    """Writes the body of a response that has been prepared."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self.path = request.path
        self._request = request
        self._response = response
        self._written_at = time.monotonic()

    def accepts_at_once(self, data: bytes) -> bool:
        """Whether these bytes can be written without waiting for the client."""
        transport = self._request.transport
        return transport is not None and len(data) < _SMALL and transport.get_write_buffer_size() == 0

    async def write(self, data: bytes) -> None:
        """Write, and wait for a client that lags. Raises TimeoutError for one that reads nothing."""
        if self.accepts_at_once(data):
            await self._response.write(data)  # cannot wait, and a timer would cost as much as the write
        else:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._response.write(data)
        self._written_at = time.monotonic()

    def silent_s(self) -> float:
        """Seconds since the last write."""
        return time.monotonic() - self._written_at

    def abort(self) -> None:
        """Break the connection off, so that the client notices that the stream is incomplete and comes back."""
        if self._request.transport is not None:
            self._request.transport.abort()
