"""The way to one reader: writes that are bounded in time, and how long it has been silent."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

WRITE_TIMEOUT_S = 30.0  # a reader that takes nothing for so long is dropped; it can come back with its last id
_SMALL = 16_384  # bytes that an empty transport takes without asking the writer to wait (its limit is 64 KiB)


class Wire:
    """An answer that has begun."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self.path = request.path
        self._request = request
        self._response = response
        self._written_at = time.monotonic()

    def takes_at_once(self, data: bytes) -> bool:
        """Whether these bytes can be written without waiting for the reader."""
        transport = self._request.transport
        return transport is not None and len(data) < _SMALL and transport.get_write_buffer_size() == 0

    async def write(self, data: bytes) -> None:
        """Write, and wait for the reader where it lags. Raises TimeoutError for one that takes nothing."""
        if self.takes_at_once(data):
            await self._response.write(data)  # cannot wait, and a timer would cost as much as the write
        else:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._response.write(data)
        self._written_at = time.monotonic()

    def silent_s(self) -> float:
        """Seconds since something was written."""
        return time.monotonic() - self._written_at

    def cut(self) -> None:
        """End the connection in the middle, so that the client sees an end that was not meant and comes back."""
        if self._request.transport is not None:
            self._request.transport.abort()
