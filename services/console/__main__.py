"""Serve the pages. This process has the HTTP API alone: no database, no broker, no store."""

from __future__ import annotations

import asyncio

from services.console.app import open_app
from services.console.settings import ConsoleSettings, read_console_settings
from shared.http.health import serve_api
from shared.runtime.lifecycle import exempt_from_collection, run_service


async def main(settings: ConsoleSettings, stopping: asyncio.Event) -> None:
    """Open, serve, stop."""
    async with open_app(settings) as app:
        exempt_from_collection()
        await serve_api(app, settings, stopping)


if __name__ == "__main__":
    run_service("console", main, read_console_settings)
