"""A plain TCP forwarder before two gateways, where HAProxy is not installed: `python -m tests.support.forwarder PORT BACKEND...`.

Connections go in turn to the backends that answer /readyz with 200; without any they are closed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from deploy.stack.ports import LOOPBACK

CHECK_S = 0.2
ANSWER_S = 1.0


class Forwarder:
    """The backends by their ports, and which of them are ready."""

    def __init__(self, backends: Sequence[int]) -> None:
        self.backends = backends
        self.ready: list[int] = []
        self._turn = 0

    async def check_on(self) -> None:
        """Ask each backend, again and again."""
        while True:
            self.ready = [port for port in self.backends if await _is_ready(port)]
            await asyncio.sleep(CHECK_S)

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, until either side ends it."""
        try:
            self._turn += 1
            port = self.ready[self._turn % len(self.ready)]
            from_backend, to_backend = await asyncio.open_connection(LOOPBACK, port)
        except (OSError, ZeroDivisionError):
            writer.close()
            return
        await asyncio.gather(_copy(reader, to_backend), _copy(from_backend, writer))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
    sink.close()


async def _is_ready(port: int) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
            line = await reader.readline()
            writer.close()
            return b" 200 " in line
    return False


async def _serve(port: int, backends: Sequence[int]) -> None:
    forwarder = Forwarder(backends)
    server = await asyncio.start_server(forwarder.forward, LOOPBACK, port)
    async with server:
        await forwarder.check_on()


if __name__ == "__main__":
    own, *others = map(int, sys.argv[1:])
    asyncio.run(_serve(own, others))
