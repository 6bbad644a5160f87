"""The command `load`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from services.cli.operator.database import run_on
from services.cli.output import Output, print_json
from services.cli.view import LoadView
from shared.adapters.open_store import open_store
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import Pool
from shared.domain.export import Context, ContextType
from shared.intake.limits import read_limits
from shared.intake.load import Loader


def load(
    file: Annotated[Path, typer.Argument(help="A package, or a folder of JSON objects with their files")],
    database_url: Annotated[str, typer.Option(envvar="DATABASE_URL", help="PostgreSQL", show_default=False)],
    output: Output,
    course: Annotated[int | None, typer.Option(min=1, help="Load into this course instead of a new one")] = None,
    group: Annotated[int | None, typer.Option(min=1, help="Load into this group")] = None,
    user: Annotated[int | None, typer.Option(min=1, help="Load into this user's own files")] = None,
    create: Annotated[bool, typer.Option("--create", help="Create the course with this id if it is missing")] = False,
    store_url: Annotated[str, typer.Option(envvar="STORE_URL", help="Object store")] = "./.run/store",
    canvas_url: Annotated[str, typer.Option(envvar="CANVAS_URL", help="The site that the course is for")] = "",
) -> None:
    """Import a package or a folder into the content tables; prints one JSON object.

    The size of a package is limited by settings: LOAD_MAX_ENTRIES, LOAD_MAX_TOTAL_BYTES and others (see shared/formats/README.md).
    """
    into = _target({ContextType.COURSE: course, ContextType.GROUP: group, ContextType.USER: user})

    async def run(pool: Pool) -> dict[str, Any]:
        if into is not None and into.type is ContextType.COURSE and not create:
            await People(pool).require("courses", into.id)
        with LoadView(quiet=output.quiet) as view:
            loader = Loader(pool, open_store(store_url), read_limits(), view.show, canvas_url)
            loaded = await loader.load(file, into)
        return {
            f"{loaded.context.type.lower()}_id": loaded.context.id,
            "objects": loaded.objects,
            "warnings": msgspec.to_builtins(loaded.warnings),
        }

    print_json(run_on(database_url, run))


def _target(given: dict[ContextType, int | None]) -> Context | None:
    """The context that the options name; None if they name none. Raises a usage error for several."""
    named = [Context(kind, number) for kind, number in given.items() if number is not None]
    if len(named) > 1:
        raise typer.BadParameter("name only one of --course, --group and --user")
    return named[0] if named else None
