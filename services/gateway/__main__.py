"""Serve the HTTP API."""

from __future__ import annotations

import asyncio

from services.gateway.app import open_app
from shared.http.health import serve_api
from shared.http.once_migrated import once_migrated
from shared.runtime.lifecycle import exempt_from_collection, run_service
from shared.runtime.settings import Settings


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, serve, stop."""
    async with open_app(settings) as app:
        exempt_from_collection()
        await serve_api(app, settings, stopping)


if __name__ == "__main__":
    run_service("gateway", once_migrated(main, api=True))
