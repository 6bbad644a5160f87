"""Operator commands: they use the database and the object store directly, not the HTTP API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from shared.adapters.open_store import open_store
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.errors import ExportError, in_full
from shared.domain.export import Context, ContextType
from shared.intake.limits import read_limits
from shared.intake.load import Loader
from shared.runtime.logs import set_up_logs

DatabaseUrl = Annotated[str, typer.Option(envvar="DATABASE_URL", help="PostgreSQL", show_default=False)]
StoreUrl = Annotated[str, typer.Option(envvar="STORE_URL", help="Object store")]


def load(
    file: Annotated[Path, typer.Argument(help="A package, or a folder of JSON objects with their files")],
    database_url: DatabaseUrl,
    course: Annotated[int | None, typer.Option(help="Load into this course instead of a new one")] = None,
    group: Annotated[int | None, typer.Option(help="Load into this group")] = None,
    user: Annotated[int | None, typer.Option(help="Load into this user's own files")] = None,
    store_url: StoreUrl = "./.run/store",
) -> None:
    """Import a package or a folder into the content tables; prints one JSON object.

    The size of a package is limited by settings: LOAD_MAX_ENTRIES, LOAD_MAX_TOTAL_BYTES and others (see shared/formats/README.md).
    """
    into = _target({ContextType.COURSE: course, ContextType.GROUP: group, ContextType.USER: user})

    async def run(pool: Pool) -> dict[str, Any]:
        loaded = await Loader(pool, open_store(store_url), read_limits()).load(file, into)
        return {
            f"{loaded.context.type.lower()}_id": loaded.context.id,
            "objects": loaded.objects,
            "warnings": msgspec.to_builtins(loaded.warnings),
        }

    print(json.dumps(with_pool(database_url, run), ensure_ascii=False))


def _target(given: dict[ContextType, int | None]) -> Context | None:
    """The context that the options name; None if they name none. Raises a usage error for several."""
    named = [Context(kind, number) for kind, number in given.items() if number is not None]
    if len(named) > 1:
        raise typer.BadParameter("name only one of --course, --group and --user")
    return named[0] if named else None


def with_pool(database_url: str, run: Callable[[Pool], Awaitable[Any]]) -> Any:
    """Run `run` on a migrated database and return its result. An error ends the command with code 1 and its reason."""
    set_up_logs("cli", "WARNING")

    async def migrate_and_run() -> Any:
        await migrate(database_url)
        async with open_pool(database_url, size=4) as pool:
            return await run(pool)

    try:
        return asyncio.run(migrate_and_run())
    except (ExportError, ValueError, OSError) as error:
        Console(stderr=True, soft_wrap=True).print(Text(_printable(in_full(error)), style="red"))
        raise typer.Exit(1) from error


def _printable(text: str) -> str:
    """The text with control characters escaped: a name in a package could otherwise drive the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
