"""An answer of a service behind this one, handed on as it comes: not gathered, and it looks broken where it broke."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

EVENTS, LINES = "text/event-stream", "application/x-ndjson"  # answers that may have no end


@dataclass(slots=True)
class HandingOn:
    """Answers that are being handed on. Those that may have no end are ended when the process stops."""

    _endless: set[aiohttp.ClientResponse] = field(default_factory=set)
    _stopping: bool = False

    def add_to(self, app: web.Application) -> None:
        """End what has no end when the application stops: clients come back, and go on where they were."""
        app.on_shutdown.append(self._end_endless)

    async def _end_endless(self, app: web.Application) -> None:
        self._stopping = True
        for answer in self._endless:
            answer.close()

    async def hand_on(
        self,
        request: web.Request,
        answer: aiohttp.ClientResponse,
        out: web.StreamResponse,
        next_chunk: Callable[[], Awaitable[bytes]],
    ) -> web.StreamResponse:
        """Send `out` with the chunks of the answer; an empty one is its end. Raises ConnectionResetError where it broke.

        Events that end with the process are no break: the client asks again from the last that it has. Lines are one, and
        so is a package that ends too early: neither may look whole.
        """
        await out.prepare(request)
        if answer.content_type in (EVENTS, LINES):
            self._endless.add(answer)
        try:
            while chunk := await next_chunk():
                await out.write(chunk)
        except (aiohttp.ClientError, TimeoutError):
            if not self._stopping or answer.content_type != EVENTS:
                request.protocol.force_close()
                raise ConnectionResetError from None
        finally:
            self._endless.discard(answer)
        await out.write_eof()
        return out
