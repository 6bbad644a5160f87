"""How operators' commands reach the database: directly, not over the HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.cli.operator.explained import explained
from shared.adapters.postgres.pool import Pool, open_pool
from shared.adapters.postgres.schema import require_schema
from shared.runtime.logs import set_up_logs

Result = TypeVar("Result")


def run_on(database_url: str, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    """Run `work` on the database, whose migrations must be applied, and return its result.

    Raises InvalidSetting for an address that can never work and for a schema of another version, CommandError for any other
    error with a reason.
    """
    set_up_logs("cli", "WARNING")
    with explained():
        return asyncio.run(_run(database_url, work))


async def _run(database_url: str, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    await require_schema(database_url)
    async with open_pool(database_url, size=4) as pool:
        return await work(pool)
