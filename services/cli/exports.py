"""The commands about exports that exist: `show`, `report`, `entries`, `cancel`, `delete` and `list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from services.cli.api import Json
from services.cli.connection import Server
from services.cli.estimate import read_estimate
from services.cli.export_name import ContextOptions, ExportWord
from services.cli.operator.export_actions import DryRun, acted_on
from services.cli.operator.export_actions import report as report_actions
from services.cli.output import Output, printable
from services.cli.report_page import report_page
from services.cli.report_text import report_text


def show(export: ExportWord, context_options: ContextOptions, server: Server, output: Output) -> None:
    """Show an export: its state, its package, and why it failed."""
    name = context_options.export(export)
    with server.connect(name.server) as api:
        shown = api.get(name.path)
    output.result(fields_table(shown), shown)


def report(
    export: ExportWord,
    context_options: ContextOptions,
    server: Server,
    output: Output,
    html: Annotated[Path | None, typer.Option(help="Write a page for a browser to this file", dir_okay=False)] = None,
) -> None:
    """Report what an export packed and left out, with what to do about each warning."""
    name = context_options.export(export)
    with server.connect(name.server) as api:
        report_body = api.get(f"{name.path}/report")
    if html is not None:
        html.write_text(report_page(report_body), encoding="utf-8")
        output.summary(str(html), {**report_body, "file": str(html)})
    else:
        output.result(report_text(report_body), report_body)


def entries(export: ExportWord, context_options: ContextOptions, server: Server, output: Output) -> None:
    """List the members of a package, and the object that each is for."""
    name = context_options.export(export)
    with server.connect(name.server) as api:
        members = list(api.pages(f"{name.path}/entries"))
    table = Table("path", "bytes", "compressed", "kind", "id", "title", box=None)
    for each in members:
        cells = (each[key] for key in ("path", "size", "compressed_size", "kind", "item_id", "title"))
        table.add_row(*map(_cell, cells))
    output.result(table, members)


def cancel(
    export: ExportWord,
    context_options: ContextOptions,
    server: Server,
    output: Output,
    message: Annotated[str, typer.Option(help="The reason, which the export keeps")] = "",
    dry_run: DryRun = False,
) -> None:
    """Cancel an export that has not ended; site admins name it by its id alone, or several with commas."""
    if (ids := context_options.ids_alone(export)) is not None:
        with server.connect() as api:
            report_actions(acted_on(api, "cancel", ids, dry_run=dry_run, message=message), output, dry_run=dry_run)
        return
    if dry_run:
        raise typer.BadParameter("is for exports that are named by their ids alone", param_hint="--dry-run")
    name = context_options.export(export)
    with server.connect(name.server) as api:
        progress = f"/api/v1/progress/{api.get(name.path)['progress_url'].rsplit('/', 1)[-1]}"
        api.send("POST", f"{progress}/cancel", {"message": message} if message else {})
        shown = api.get(name.path)
    output.summary(f"export {name.id} is {shown['workflow_state']}", shown)


def delete(export: ExportWord, context_options: ContextOptions, server: Server, output: Output) -> None:
    """Delete an export and its packages."""
    name = context_options.export(export)
    with server.connect(name.server) as api:
        shown = api.send("DELETE", name.path)
    output.summary(f"export {name.id} is deleted", shown)


def list_(context_options: ContextOptions, server: Server, output: Output) -> None:
    """List the exports of a course, a group or a user, newest first."""
    context = context_options.context()
    with server.connect() as api:
        exports = list(api.pages(f"{context.path}/content_exports"))
    table = Table("id", "type", "state", "created", "package", "bytes", "expected", box=None)
    for item in exports:
        package = item.get("attachment", {})
        cells = [item[key] for key in ("id", "export_type", "workflow_state", "created_at")]
        expected = read_estimate(item.get("estimate"))
        table.add_row(*map(_cell, (*cells, package.get("display_name"), package.get("size"), expected)))
    output.result(table, exports)


_INNER_FIELDS = (
    *("display_name", "size", "sha256", "url", "code", "message", "request_id"),
    *("place", "starts_at", "starts_earliest", "starts_latest", "ends_at", "ends_earliest", "ends_latest"),
)


def fields_table(shown: Json) -> Table:
    """A table with a row for each field of an export; packages and errors have a row for each of their own."""
    table = Table("field", "value", box=None)
    for name, value in shown.items():
        if isinstance(value, dict):
            for inner in (each for each in _INNER_FIELDS if value.get(each) is not None):
                table.add_row(f"{name}.{inner}", _cell(value[inner]))
        elif not isinstance(value, list):
            table.add_row(name, _cell(value))
    return table


def _cell(value: object) -> Text:
    return Text("" if value is None else printable(str(value)))
