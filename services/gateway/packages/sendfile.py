"""A file of this machine onto a connection without passing through this process: sendfile(2), on any event loop.

uvloop has no sendfile, and asyncio's own reads the disk on the loop's thread. Here a thread sends as long as the client
keeps up, for half a megabyte, and the loop waits while it does not: a slow client holds no thread, a slow disk no loop.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

STALL_S = 60.0  # how long a client may take nothing at all before it is given up
_PIECE = 512 * 1024  # bytes that a thread sends at a time, at most: with more, short questions wait longer
_NICENESS = 10  # of the threads that send: short requests come first
_PATIENCE_MS = 5  # how long a thread waits for room: handing over to the loop and back takes a tenth of that


def can_send_file(transport: asyncio.Transport | None) -> bool:
    """Whether the connection is a plain one: the bytes of an encrypted one must pass through here."""
    return (
        transport is not None
        and transport.get_extra_info("socket") is not None
        and transport.get_extra_info("sslcontext") is None
    )


async def send_file(transport: asyncio.Transport, file: int, start: int, stop: int) -> None:
    """Send the bytes [start, stop) of an open file. What was written to the transport before must have left it.

    Raises ConnectionError where the client has gone, TimeoutError where it takes nothing, EOFError for a short file.
    """
    out = os.dup(transport.get_extra_info("socket").fileno())  # the loop does not watch an own descriptor twice
    try:
        while start < stop:
            sent = await _in_thread(partial(_send, out, file, start, min(_PIECE, stop - start)))
            if sent == 0:
                raise EOFError
            if sent is None:
                await _room(out)
            else:
                start += sent
    finally:
        os.close(out)


@cache
def _threads() -> ThreadPoolExecutor:
    """As many as there are processors: more would only stand in the loop's way."""
    return ThreadPoolExecutor(os.cpu_count() or 2, "sendfile", initializer=_step_back)


def _step_back() -> None:
    """Lower the priority of this thread; on Linux each thread has its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _send(out: int, file: int, start: int, count: int) -> int | None:
    """How many bytes have been sent; None where the socket had no room, 0 at the end of the file."""
    sent, room = 0, select.poll()
    room.register(out, select.POLLOUT)
    while sent < count:
        try:
            written = os.sendfile(out, file, start + sent, count - sent)
        except BlockingIOError:
            if not room.poll(_PATIENCE_MS):
                return sent or None
        else:
            if written == 0:
                break
            sent += written
    return sent


async def _in_thread(call: Callable[[], int | None]) -> int | None:
    """The result of a short call; also when this task is cancelled it ends first, since it uses our descriptors."""
    running = asyncio.get_running_loop().run_in_executor(_threads(), call)
    try:
        return await asyncio.shield(running)
    finally:
        if not running.done():
            await asyncio.wait([running])


async def _room(out: int) -> None:
    """Wait until the socket takes bytes again, or is broken."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(out, _resolve, ready)
    try:
        await asyncio.wait_for(ready, STALL_S)
    finally:
        loop.remove_writer(out)


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
