"""The console and its canned API on free ports: in this event loop, or in a thread beside a browser's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from threading import Thread
from typing import TypeVar

from deploy.stack.ports import LOOPBACK
from services.console.app import open_app
from services.console.settings import ConsoleSettings
from shared.http.server import serving
from tests.support.console_pages.canned_api import CannedApi

Value = TypeVar("Value")


def settings_for(api_url: str, issuer: str = "") -> ConsoleSettings:
    """Settings with an identity provider: one that is away where none is given."""
    return ConsoleSettings(
        api_url=api_url,
        console_key="c" * 40,
        oidc_issuer=issuer or f"{api_url}/nobody",
        oidc_client_id="console",
        stop_grace_s=0,
    )


@asynccontextmanager
async def running_console(settings: ConsoleSettings) -> AsyncIterator[str]:
    """The address of a console with these settings, while the block lasts."""
    async with open_app(settings) as app, serving(app, settings, 0) as port:
        yield f"http://{LOOPBACK}:{port}"


@asynccontextmanager
async def console_of(api: CannedApi) -> AsyncIterator[str]:
    """The address of a console that asks this API."""
    async with serving(api.app(), settings_for("http://unused"), 0) as port:
        api.base_url = f"http://{LOOPBACK}:{port}"
        async with running_console(settings_for(api.base_url)) as url:
            yield url


@contextmanager
def in_thread(opened: AbstractAsyncContextManager[Value]) -> Iterator[Value]:
    """What this gives, whose event loop runs in a thread of its own while the block lasts."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="console")
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
