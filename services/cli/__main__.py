"""The console script `content-exports`."""

from __future__ import annotations

import sys

import typer

from services.cli import commands, operator, people
from services.cli.errors import CommandError

app = typer.Typer(
    help="Export courses as Common Cartridge, QTI or zip; load courses, issue tokens.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("load")(operator.load)
app.command("token")(people.token)
app.command("revoke")(people.revoke)
app.command("user")(people.user)
app.command("course")(people.course)
app.command("group")(people.group)
app.command("enroll")(people.enroll)
app.command("export")(commands.export)
app.command("watch")(commands.watch)
app.command("list")(commands.list_)


def main() -> None:
    """Run one command: exit code 0, 1 with the reason on stderr, or 2 where the call was wrong."""
    try:
        app()
    except (CommandError, OSError) as error:  # the latter of files that cannot be read or written
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
