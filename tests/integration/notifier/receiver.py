"""A receiver of webhooks on the loopback interface, which answers as a test sets it and keeps what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def accepted(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


@dataclass
class Receiver:
    """`got` has the headers and the body of each request."""

    answer: Answer = accepted
    url: str = ""
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.got.append((request.headers.copy(), await request.read()))
        answer = await self.answer(request)
        self.news.set()
        return answer

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def receiving(answer: Answer = accepted, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """A receiver while the block lasts."""
    receiver = Receiver(answer)

    def connected() -> asyncio.Protocol:
        receiver.connections += 1
        return server()

    server = web.Server(receiver.handle)
    listening = await asyncio.get_running_loop().create_server(connected, host, 0)
    receiver.url = f"http://{host}:{listening.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        listening.close()
        await server.shutdown(1.0)
