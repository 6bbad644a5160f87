"""Operator commands: they use the database and the object store directly, not the HTTP API."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from shared.adapters.open_store import open_store
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.errors import ExportError
from shared.intake.load import Loader
from shared.runtime.logs import set_up_logs

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


DatabaseUrl = Annotated[str, typer.Option(envvar="DATABASE_URL", help="PostgreSQL", show_default=False)]
StoreUrl = Annotated[str, typer.Option(envvar="STORE_URL", help="Object store")]


def load(
    file: Annotated[Path, typer.Argument(help="A package, or a folder of JSON objects with their files")],
    database_url: DatabaseUrl,
    course: Annotated[int | None, typer.Option(help="Load into this course instead of a new one")] = None,
    store_url: StoreUrl = "./.run/store",
) -> None:
    """Import a package or a folder into the content tables; prints one JSON object."""

    async def run(pool: Pool) -> dict[str, Any]:
        loaded = await Loader(pool, open_store(store_url)).load(file, course)
        return {
            "course_id": loaded.course_id,
            "objects": loaded.objects,
            "warnings": msgspec.to_builtins(loaded.warnings),
        }

    print(json.dumps(_with_pool(database_url, run), ensure_ascii=False))


def token(
    user: Annotated[int, typer.Option(help="The user whom the token is for; made when missing")],
    database_url: DatabaseUrl,
    scope: Annotated[list[str] | None, typer.Option(help="url:GET|/api/v1/... ; repeat for several")] = None,
    expires: Annotated[str | None, typer.Option(help="30d, 12h, 90m; never without it")] = None,
    name: Annotated[str, typer.Option(help="The user's name")] = "",
    site_admin: Annotated[bool, typer.Option("--site-admin", help="Make the user a site admin")] = False,
) -> None:
    """Issue an access token for a user; prints it, this once."""

    async def run(pool: Pool) -> str:
        access = Access(pool)
        await access.ensure_user(user, name, site_admin=site_admin)
        return await access.issue(user, scope, _seconds(expires))

    print(_with_pool(database_url, run))


def enroll(
    course: Annotated[int, typer.Option(help="The course")],
    user: Annotated[int, typer.Option(help="The user; made when missing")],
    database_url: DatabaseUrl,
    role: Annotated[str, typer.Option(help="teacher, ta, designer, student or observer")] = "student",
) -> None:
    """Give a user a role in a course."""

    async def run(pool: Pool) -> None:
        access = Access(pool)
        await access.ensure_user(user, "")
        await access.enroll(user, course, role)

    _with_pool(database_url, run)


def _with_pool(database_url: str, run: Callable[[Pool], Awaitable[Any]]) -> Any:
    set_up_logs("cli", "WARNING")

    async def whole() -> Any:
        await migrate(database_url)
        async with open_pool(database_url, size=4) as pool:
            return await run(pool)

    try:
        return asyncio.run(whole())
    except (ExportError, ValueError) as error:
        Console(stderr=True).print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from error


def _seconds(text: str | None) -> float | None:
    """`30d` as seconds. Raises a usage error for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip())
    if match is None:
        raise typer.BadParameter("a number and a unit: 30d, 12h, 90m", param_hint="--expires")
    return float(int(match[1]) * _SECONDS[match[2]])
