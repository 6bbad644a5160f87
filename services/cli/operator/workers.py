"""Operators' commands for workers: who they are, and which of them take no more exports."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from services.cli.connection import Server
from services.cli.operator.export_actions import NOTHING_CHANGED, DryRun
from services.cli.output import Output

_WORKERS = "/api/v1/admin/workers"


def workers(server: Server, output: Output) -> None:
    """List the workers: type, version, last heartbeat, and what each builds."""
    with server.connect() as api:
        rows = api.array(_WORKERS)
    table = Table("worker", "type", "slots", "version", "last heartbeat", "state", "builds", box=None)
    for row in rows:
        alive = "draining" if row["draining_since"] else "works"
        state = alive if row["is_alive"] else "lost"
        cells = (row["name"], row["export_type"], row["slots"], row["version"] or "-", row["seen_at"] or "-", state)
        table.add_row(*map(str, cells), " ".join(map(str, row["running"])))
    output.result(table, rows)


def drain(
    worker: Annotated[str, typer.Argument(help="Its name, as `workers` lists it")],
    server: Server,
    output: Output,
    undo: Annotated[bool, typer.Option("--undo", help="Let it take exports again")] = False,
    dry_run: DryRun = False,
) -> None:
    """Let a worker finish what it has and take no more exports; --undo, or its next start, ends that.

    It notices within seconds: `workers` lists what it still builds, and its readiness says that it takes no work.
    """
    with server.connect() as api:
        change = api.send("POST", f"{_WORKERS}/drain", {"worker": worker, "undo": undo, "dry_run": dry_run})
    running = change["worker"]["running"]
    builds = f"; it still builds {', '.join(map(str, running))}" if running and not undo else ""
    was = "" if change["changed"] else " already"
    would = NOTHING_CHANGED if dry_run else ""
    state = "takes exports" if undo else "takes no more exports"
    output.summary(f"{worker} {state}{was}{builds}{would}", change)
