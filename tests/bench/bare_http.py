"""The barest server of the API: what a create or a show would cost if nothing were done. `python -m tests.bench.bare_http`."""

from __future__ import annotations

import asyncio
import sys

import msgspec
from aiohttp import web

from shared.runtime.lifecycle import new_event_loop

_ANSWER = msgspec.json.encode({"id": 1, "workflow_state": "created", "export_type": "qti", "course_id": 1})


async def create(request: web.Request) -> web.Response:
    """Parse the body, answer."""
    msgspec.json.decode(await request.read())
    return web.Response(body=_ANSWER, content_type="application/json")


async def show(request: web.Request) -> web.Response:
    """Answer."""
    return web.Response(body=_ANSWER, content_type="application/json")


async def main(port: int) -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_post("/api/v1/courses/{course_id}/content_exports", create)
    app.router.add_get("/api/v1/courses/{course_id}/content_exports/{id}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as running:
        running.run(main(int(sys.argv[1])))
