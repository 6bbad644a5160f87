"""Whether this process has memory, threads, files and room in its store: each is used a little, and given back."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import ExitStack
from functools import partial
from threading import Thread

from shared.adapters.blobs import INCOMING
from shared.adapters.object_store import ObjectStore
from shared.worker.intake import Check

_MEMORY = 48 * 1024 * 1024  # bytes: what an export of a small course needs; glibc maps so much anew each time
_FILES = 16
_THREADS = 4
_ROOM = 64 * 1024  # bytes in the store


def check_resources(store: ObjectStore) -> Check:
    """The check of this process. It raises MemoryError, RuntimeError, OSError or StoreFull for what is short."""

    async def check() -> None:
        _use_memory()
        _use_files()
        _use_threads()
        await asyncio.to_thread(_use_store, store)

    return check


def _use_memory() -> None:
    # Filled with ones: pages of zeros need no memory before they are written to.
    bytearray(b"\1") * _MEMORY


def _use_files() -> None:
    with ExitStack() as stack:
        for _ in range(_FILES):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def _use_threads() -> None:
    threads = [Thread(target=partial(int), daemon=True) for _ in range(_THREADS)]
    started: list[Thread] = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    finally:
        for thread in started:
            thread.join()


def _use_store(store: ObjectStore) -> None:
    writer = store.create(f"{INCOMING}check-{secrets.token_hex(8)}")
    try:
        writer.write(bytes(_ROOM))
    finally:
        writer.abort()
