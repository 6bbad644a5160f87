"""How operators' commands reach the database: directly, not over the HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.cli.errors import CommandError, InvalidSetting
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.errors import ExportError, in_full
from shared.runtime.environment import Mistakes
from shared.runtime.logs import set_up_logs

Result = TypeVar("Result")


def run_on(database_url: str, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    """Run `work` on the migrated database and return its result.

    Raises InvalidSetting for an address that can never work, CommandError for any other error with a reason.
    """
    set_up_logs("cli", "WARNING")
    try:
        return asyncio.run(_run(database_url, work))
    except Mistakes as error:
        raise InvalidSetting(str(error)) from error
    except ExportError as error:
        reason = in_full(error)
        item = f"{error.item}: " if error.item and error.item not in reason else ""
        raise CommandError(f"{item}{reason}", code=error.code) from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: a migration that failed
        raise CommandError(str(error)) from error


async def _run(database_url: str, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    await migrate(database_url)
    async with open_pool(database_url, size=4) as pool:
        return await work(pool)
