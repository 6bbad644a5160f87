"""The least that a server of event streams has to do, to measure against: hold the answers, write the same to all.

`python -m tests.bench.bare_streams PORT`: GET /events opens a stream, POST /send writes its body to each.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

from shared.runtime.lifecycle import new_event_loop


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"id: 1\ndata: {}\n\n")
    request.app[STREAMS].append(response)
    await asyncio.Event().wait()
    return response


async def send(request: web.Request) -> web.Response:
    data = await request.read()
    for stream in request.app[STREAMS]:
        await stream.write(data)
    return web.Response()


STREAMS: web.AppKey[list[web.StreamResponse]] = web.AppKey("streams", list)


def main() -> None:
    """Serve until killed."""
    app = web.Application()
    app[STREAMS] = []
    app.router.add_get("/events", events)
    app.router.add_post("/send", send)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, loop=new_event_loop())


if __name__ == "__main__":
    main()
