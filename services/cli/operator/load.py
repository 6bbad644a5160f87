"""The command `load`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.operator.access import OperatorAccess
from services.cli.operator.administration import PackageToLoad
from services.cli.operator.explained import explained
from services.cli.output import Output, print_json
from services.cli.view import LoadView
from shared.domain.export import Context, ContextType
from shared.intake.check import check as checked
from shared.intake.limits import read_limits


def load(
    file: Annotated[Path, typer.Argument(help="A package, or a folder of JSON objects with their files")],
    access: OperatorAccess,
    output: Output,
    course: Annotated[int | None, typer.Option(min=1, help="Load into this course instead of a new one")] = None,
    group: Annotated[int | None, typer.Option(min=1, help="Load into this group")] = None,
    user: Annotated[int | None, typer.Option(min=1, help="Load into this user's own files")] = None,
    create: Annotated[bool, typer.Option("--create", help="Create the course with this id if it is missing")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what the package is, and what would come in and what would not")
    ] = False,
    store_url: Annotated[str, typer.Option(envvar="STORE_URL", help="Object store, with a database")] = "./.run/store",
    canvas_url: Annotated[
        str, typer.Option(envvar="CANVAS_URL", help="The site that the course is for, with a database")
    ] = "",
) -> None:
    """Import a package or a folder into the content tables; prints one JSON object.

    With --check, nothing is written, and neither a server nor a database is needed.

    The size of a package is limited by settings: LOAD_MAX_ENTRIES, LOAD_MAX_TOTAL_BYTES and others (see shared/formats/README.md).
    """
    into = _target({ContextType.COURSE: course, ContextType.GROUP: group, ContextType.USER: user})
    if check:
        is_course = into is None or into.type is ContextType.COURSE
        with explained():
            print_json(checked(file, read_limits(), canvas_url, is_course=is_course).to_json())
        return
    with access.open() as administration, LoadView(quiet=output.quiet) as view:
        loaded = administration.load(PackageToLoad(file, into, create, store_url, canvas_url), view.show)
    print_json(loaded)


def _target(options: dict[ContextType, int | None]) -> Context | None:
    """The context that the options name; None if they name none. Raises a usage error for several."""
    contexts = [Context(kind, number) for kind, number in options.items() if number is not None]
    if len(contexts) > 1:
        raise typer.BadParameter("name only one of --course, --group and --user")
    return contexts[0] if contexts else None
