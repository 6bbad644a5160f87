"""The console script `content-exports`. The module of a command is imported only when the command is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from services.cli.errors import CommandError

COMMANDS = {  # name -> (module, function, first sentence of its docstring)
    "load": ("operator", "load", "Import a package or a folder into the content tables; prints one JSON object."),
    "token": ("people", "token", "Issue an access token for a user and print it; it cannot be printed again."),
    "revoke": ("people", "revoke", "Revoke an access token at once."),
    "user": ("people", "user", "Add or change a user."),
    "course": ("people", "course", "Add a course without content, or change one."),
    "group": ("people", "group", "Add or change a group; members are added to its members."),
    "enroll": ("people", "enroll", "Give a user a role in a course, conclude it, or delete it."),
    "export": ("commands", "export", "Export a course, a group or a user's files; wait, download, verify."),
    "watch": (
        "commands",
        "watch",
        "Follow an export until it ends. Exit code 0 if it is exported, 1 with the reason if it failed.",
    ),
    "list": ("commands", "list_", "List the exports of a course, a group or a user, newest first."),
}


class Commands(TyperGroup):
    """The commands of the table, as a group of typer."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """A stand-in for a command with its name and help, for the list of commands; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][2])

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, TyperCommand | None, list[str]]:
        """(name, the loaded command, its arguments)."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name else None, rest


def load_command(name: str) -> TyperCommand:
    """Import the command of this name, with its options."""
    module, function, _ = COMMANDS[name]
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name)(getattr(import_module(f"services.cli.{module}"), function))
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


app = typer.Typer(cls=Commands, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def content_exports() -> None:
    """Export courses as Common Cartridge, QTI or zip; load courses, issue tokens."""


def main() -> None:
    """Run one command: exit code 0, 1 with the reason on stderr, or 2 for a usage error."""
    try:
        app()
    except (CommandError, OSError) as error:  # OSError: a file cannot be read or written
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
