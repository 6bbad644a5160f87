"""Operators' commands for exports by their ids: sent to the workers again, or ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from services.cli.api import Api, Json
from services.cli.connection import Server
from services.cli.output import Output
from shared.domain.operator.export_actions import ActionOutcome

Ids = Annotated[list[int], typer.Argument(metavar="ID...", min=1, help="Exports by their ids")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and change nothing")]

NOTHING_CHANGED = " (dry run: nothing is changed)"  # what a line ends with

_EXPORTS = "/api/v1/admin/exports"
_AT_ONCE = 100  # exports that one request names
_SENTENCES = {
    ActionOutcome.SENT_AGAIN: "waits; its message is sent again",
    ActionOutcome.TAKEN_BACK: "is taken from its worker, and waits again at its turn",
    ActionOutcome.ENDED: "is ended",
    ActionOutcome.FINISHED: "had finished: left as it is",
    ActionOutcome.UNKNOWN: "does not exist",
}


def requeue(ids: Ids, server: Server, output: Output, dry_run: DryRun = False) -> None:
    """Send waiting exports to the workers again; take running ones from their workers, to wait again at their turn."""
    with server.connect() as api:
        report(acted_on(api, "requeue", ids, dry_run=dry_run), output, dry_run=dry_run)


def fail(
    ids: Ids,
    server: Server,
    output: Output,
    reason: Annotated[str, typer.Option(help="Why: callers read it, as the message of the error")],
    dry_run: DryRun = False,
) -> None:
    """End exports as failed, for a reason that their callers read."""
    with server.connect() as api:
        report(acted_on(api, "fail", ids, dry_run=dry_run, reason=reason), output, dry_run=dry_run)


def acted_on(api: Api, action: str, ids: Sequence[int], *, dry_run: bool, **more: Any) -> list[Json]:
    """What became of each export: an object with `id`, `outcome` and `workflow_state`."""
    results: list[Json] = []
    for begin in range(0, len(ids), _AT_ONCE):
        body = {"ids": list(ids[begin : begin + _AT_ONCE]), "dry_run": dry_run, **more}
        results += api.send_for_rows(f"{_EXPORTS}/{action}", body)
    return results


def report(results: Sequence[Json], output: Output, *, dry_run: bool) -> None:
    """Print the outcome of each. Exit code 1 if one had finished or does not exist."""
    would = NOTHING_CHANGED if dry_run else ""
    lines = [f"export {each['id']} {_SENTENCES[ActionOutcome(each['outcome'])]}{would}" for each in results]
    output.result("\n".join(lines), list(results))
    if not all(ActionOutcome(each["outcome"]).is_done for each in results):
        raise typer.Exit(1)
