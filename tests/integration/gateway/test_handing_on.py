"""What a service behind another one answers is handed on, and looks broken where it broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from deploy.stack.ports import LOOPBACK
from shared.http.handing_on import EVENTS, LINES, HandingOn
from shared.http.server import serving
from shared.runtime.settings import Settings

SETTINGS = Settings(
    database_url="postgresql://unused", store_url="/unused", secret_key=("k",), http_port=0, stop_grace_s=1
)


async def begun(request: web.Request) -> web.StreamResponse:
    """An answer that has begun, and goes on for ever; with `breaks` it breaks off."""
    out = web.StreamResponse(headers={"Content-Type": request.query["type"]})
    await out.prepare(request)
    await out.write(b"begun\n")
    if "breaks" in request.query:
        assert request.transport is not None
        request.transport.abort()
        return out
    await asyncio.get_running_loop().create_future()
    return out


@asynccontextmanager
async def front() -> AsyncIterator[str]:
    """The address of a service that hands `begun` on; at the end of the block it stops."""
    behind = web.Application()
    behind.router.add_get("/", begun)
    async with serving(behind, SETTINGS, 0) as port, aiohttp.ClientSession() as session:
        handing_on, app = HandingOn(), web.Application()

        async def hand_on(request: web.Request) -> web.StreamResponse:
            async with session.get(f"http://{LOOPBACK}:{port}/", params=request.query) as answer:
                out = web.StreamResponse(headers={"Content-Type": answer.content_type})
                return await handing_on.hand_on(request, answer, out, answer.content.readany)

        app.router.add_get("/", hand_on)
        handing_on.add_to(app)
        async with serving(app, SETTINGS, 0) as front_port:
            yield f"http://{LOOPBACK}:{front_port}/"


@pytest.mark.parametrize("content_type", [EVENTS, LINES, "application/zip"])
async def test_an_answer_that_breaks_off_behind_breaks_off(content_type: str) -> None:
    async with front() as url, aiohttp.ClientSession() as client:
        params = {"type": content_type, "breaks": "1"}
        async with client.get(url, params=params) as answer:
            with pytest.raises(aiohttp.ClientError):
                await answer.read()


@pytest.mark.parametrize(("content_type", "is_whole"), [(EVENTS, True), (LINES, False)])
async def test_events_end_with_the_process_and_lines_break_off(content_type: str, is_whole: bool) -> None:
    async with aiohttp.ClientSession() as client:
        async with front() as url:
            answer = await client.get(url, params={"type": content_type})
            assert await answer.content.readline() == b"begun\n"
        if is_whole:
            assert await answer.read() == b""
        else:
            with pytest.raises(aiohttp.ClientError):
                await answer.read()
