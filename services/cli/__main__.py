"""The console script `content-exports`. The module of a command is imported only when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {  # name -> (module, function, first sentence of its docstring)
    "export": ("commands", "export", "Export a course, a group or a user's files; wait, download, verify."),
    "dry-run": (
        "commands",
        "dry_run",
        "Report what an export would hold, bring along and leave out, without creating it.",
    ),
    "content-list": (
        "content_list",
        "content_list",
        "List what can be selected of a course, as a tree with the words for --select.",
    ),
    "list": ("exports", "list_", "List the exports of a course, a group or a user, newest first."),
    "show": ("exports", "show", "Show an export: its state, its package, and why it failed."),
    "watch": (
        "commands",
        "watch",
        "Follow an export until it ends. Exit code 0 if it is exported, 1 with the reason if it failed.",
    ),
    "download": (
        "commands",
        "download",
        "Download the package of an export and verify it; waits for the end of the export first.",
    ),
    "report": (
        "exports",
        "report",
        "Report what an export packed and left out, with what to do about each warning.",
    ),
    "entries": ("exports", "entries", "List the members of a package, and the object that each is for."),
    "cancel": (
        "exports",
        "cancel",
        "Cancel an export that has not ended; site admins name it by its id alone, or several with commas.",
    ),
    "retry": (
        "commands",
        "retry",
        "Create a failed export again, and wait for its end; --out downloads its package.",
    ),
    "delete": ("exports", "delete", "Delete an export and its packages."),
    "doctor": (
        "doctor",
        "doctor",
        "Check the server, the token, versions, clocks, limits and the disk. Exit code 1 if there is a problem.",
    ),
    "requeue": (
        "operator.export_actions",
        "requeue",
        "Send waiting exports to the workers again; take running ones from their workers, to wait again at their turn.",
    ),
    "fail": ("operator.export_actions", "fail", "End exports as failed, for a reason that their callers read."),
    "pause": (
        "operator.pauses",
        "pause",
        "Keep the exports of a type, an owner or a context from the workers; without one, list what is paused.",
    ),
    "resume": (
        "operator.pauses",
        "resume",
        "Let the paused exports of a type, an owner or a context take their turns.",
    ),
    "quarantine": (
        "operator.pauses",
        "quarantine",
        "List the contexts whose exports end workers; add one, so that its exports wait, or remove it.",
    ),
    "workers": (
        "operator.workers",
        "workers",
        "List the workers: type, version, last heartbeat, and what each builds.",
    ),
    "drain": (
        "operator.workers",
        "drain",
        "Let a worker finish what it has and take no more exports; --undo, or its next start, ends that.",
    ),
    "exports": (
        "operator.exports",
        "exports",
        "List the exports of all contexts, newest first, as operators see them.",
    ),
    "explain": (
        "operator.explain",
        "explain",
        "Explain an export: its attempts, what it waits for, messages, warnings, and its log lines.",
    ),
    "load": ("operator.load", "load", "Import a package or a folder into the content tables; prints one JSON object."),
    "user": ("operator.people", "user", "Add or change a user."),
    "course": ("operator.people", "course", "Add a course without content, or change one."),
    "group": ("operator.people", "group", "Add or change a group; members are added to its members."),
    "audit": (
        "operator.audit",
        "audit",
        "Print the audit log, newest first: who did what, by which token, from where.",
    ),
    "events": (
        "operator.events",
        "events",
        "Print the events of all exports, oldest first, and follow them.",
    ),
    "service": (
        "operator.services",
        "service",
        "Add an internal service or replace its rights; without a name, list all services.",
    ),
    "topology": (
        "operator.topology",
        "topology",
        "Print the definitions of the broker: exchanges, queues, and the rights of each user.",
    ),
    "asyncapi": (
        "operator.asyncapi",
        "asyncapi",
        "Print the messages of internal services in AsyncAPI 3.0: commands, replies, events, and their queues.",
    ),
    "dead": (
        "operator.dead",
        "dead",
        "List the messages that could not be handled, with the reason; show, replay or drop them.",
    ),
    "earlier-queues": (
        "operator.earlier_queues",
        "earlier_queues",
        "List queues of earlier releases that others have replaced, with what waits in them; delete what is drained.",
    ),
    "mail": (
        "operator.mail",
        "mail",
        "Send a mail by the settings of the environment (SMTP_URL, MAIL_FROM, ...), to try them.",
    ),
    "enroll": ("operator.people", "enroll", "Give a user a role in a course, conclude it, or delete it."),
    "token": ("operator.tokens", "token", "Issue an access token for a user and print it; it cannot be printed again."),
    "tokens": ("operator.tokens", "tokens", "List access tokens without the tokens themselves, newest first."),
    "revoke": ("operator.tokens", "revoke", "Revoke an access token at once."),
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
    runnable = import_module("services.cli.running").runnable
    app.command(name)(runnable(getattr(import_module(f"services.cli.{module}"), function)))
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        print(import_module("importlib.metadata").version("content-exports"))
        raise typer.Exit


@app.callback()
def content_exports(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version")
    ] = False,
) -> None:
    """Export courses as Common Cartridge, QTI or zip; load courses, issue tokens."""


def main() -> None:
    """Run one command: exit code 0, 1 with the reason on stderr, 2 for a usage error, 78 for a wrong setting."""
    app()


if __name__ == "__main__":
    main()
