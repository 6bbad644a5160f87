"""Operators' commands for exports that are to wait: of a type, an owner or a context, and contexts in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

from services.cli.api import Json
from services.cli.connection import Server
from services.cli.errors import CommandError
from services.cli.operator.export_actions import NOTHING_CHANGED, DryRun
from services.cli.output import Output, printable
from shared.domain.export import ExportType

_PAUSES, _QUARANTINE = "/api/v1/admin/pauses", "/api/v1/admin/quarantine"

Reason = Annotated[str, typer.Option(help="Why: callers read it", show_default=False)]
Action = Annotated[Literal["list", "add", "remove"], typer.Argument(help="What to do")]
ContextWord = Annotated[
    str, typer.Argument(metavar="[CONTEXT]", help="courses/42, groups/3 or users/9", show_default=False)
]


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options that say whose exports; one of them."""

    type_: Annotated[ExportType | None, typer.Option("--type", help="All exports of a type")] = None
    owner: Annotated[int | None, typer.Option(min=1, help="All exports of this user")] = None
    context: Annotated[str, typer.Option(help="All exports of courses/42", show_default=False)] = ""

    def body(self) -> dict[str, Any]:
        """As parameters. Raises a usage error unless exactly one is given."""
        options = {
            "export_type": self.type_ and self.type_.value,
            "user_id": self.owner,
            "context": self.context or None,
        }
        selected = {name: value for name, value in options.items() if value is not None}
        if len(selected) != 1:
            raise typer.BadParameter("name one of --type, --owner and --context", param_hint="--type")
        return selected


def pause(server: Server, output: Output, target: TargetOptions, reason: Reason = "", dry_run: DryRun = False) -> None:
    """Keep the exports of a type, an owner or a context from the workers; without one, list what is paused.

    They are created and wait; those that run go on. A pause stays until `resume`, also over restarts.
    """
    if target == TargetOptions():
        _list(server, output, quarantine=False)
        return
    if not reason:
        raise typer.BadParameter("say why: callers read it", param_hint="--reason")
    body = {**target.body(), "reason": reason, "dry_run": dry_run}
    _report(_sent(server, _PAUSES, body), output, "paused", "was paused before", dry_run=dry_run)


def resume(server: Server, output: Output, target: TargetOptions, dry_run: DryRun = False) -> None:
    """Let the paused exports of a type, an owner or a context take their turns."""
    change = _sent(server, f"{_PAUSES}/resume", {**target.body(), "dry_run": dry_run})
    _report(change, output, "resumed", "This is not paused.", dry_run=dry_run)


def quarantine(
    server: Server,
    output: Output,
    action: Action = "list",
    context: ContextWord = "",
    reason: Reason = "",
    dry_run: DryRun = False,
) -> None:
    """List the contexts whose exports end workers; add one, so that its exports wait, or remove it."""
    if action == "list":
        _list(server, output, quarantine=True)
        return
    if not context:
        raise typer.BadParameter("name a context, such as courses/42", param_hint="CONTEXT")
    if action == "remove":
        change = _sent(server, f"{_QUARANTINE}/remove", {"context": context, "dry_run": dry_run})
        _report(change, output, "out of quarantine", f"{context} is not in quarantine.", dry_run=dry_run)
        return
    if not reason:
        raise typer.BadParameter("say why: callers read it", param_hint="--reason")
    change = _sent(server, _QUARANTINE, {"context": context, "reason": reason, "dry_run": dry_run})
    _report(change, output, "in quarantine", "was in quarantine before", dry_run=dry_run)


def _sent(server: Server, path: str, body: dict[str, Any]) -> Json:
    with server.connect() as api:
        return api.send("POST", path, body)


def _list(server: Server, output: Output, *, quarantine: bool) -> None:
    with server.connect() as api:
        rows = [each for each in api.array(_PAUSES) if each["quarantine"] is quarantine]
    output.result("\n".join(map(_line, rows)), rows)


def _report(change: Json, output: Output, done: str, unchanged: str, *, dry_run: bool) -> None:
    """Print what is changed. What was as it should be is no error; what was not there to end is one."""
    stands = change["pause"]
    if stands is None:
        raise CommandError(unchanged)
    what = done if change["changed"] else unchanged
    output.summary(f"{_name(stands)} {what}{NOTHING_CHANGED if dry_run else ''}", change)


def _line(row: Json) -> str:
    by = f"user {row['paused_by']}" if row["paused_by"] else "the system"
    return printable(f"{_name(row)} since {row['paused_at']} by {by}: {row['reason']}").replace("\n", " ")


def _name(row: Json) -> str:
    names: Sequence[tuple[str, Any]] = (("type", row["export_type"]), ("owner", row["user_id"]))
    return next((f"{word} {value}" for word, value in names if value is not None), str(row["context"]))
