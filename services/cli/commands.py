"""The commands `export`, `watch` and `list`, which use the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.cli.api import Api
from services.cli.connection import TOKEN, URL, connection
from services.cli.download import download
from services.cli.errors import ExportFailed
from services.cli.follow import Update, follow
from services.cli.selection import read_selection
from services.cli.view import View
from shared.domain.export import ExportType
from shared.domain.package_options import Target

Url = Annotated[str, typer.Option("--url", envvar=URL, help="The server: scheme, host and port", show_default=False)]
Token = Annotated[str, typer.Option("--token", envvar=TOKEN, help="Access token", show_default=False)]
Course = Annotated[int | None, typer.Option(help="A course")]
Group = Annotated[int | None, typer.Option(help="A group: zip only")]
User = Annotated[int | None, typer.Option(help="A user: zip only")]


def export(
    type_: Annotated[ExportType, typer.Option("--type", help="Format of the package")],
    out: Annotated[Path, typer.Option(help="File to write the package to", dir_okay=False)],
    course: Course = None,
    group: Group = None,
    user: User = None,
    select: Annotated[list[str] | None, typer.Option(help="pages=1,2 or all_quizzes; repeat for several")] = None,
    cc_version: Annotated[str | None, typer.Option(help="Common Cartridge version: 1.1 or 1.3")] = None,
    qti_version: Annotated[str | None, typer.Option(help="QTI version: 1.2 or 2.1")] = None,
    target: Annotated[Target | None, typer.Option(help="The system that will read the quizzes")] = None,
    include_banks: Annotated[bool, typer.Option("--include-banks", help="Pack question banks with quizzes")] = False,
    include_report: Annotated[bool, typer.Option("--include-report", help="Put the report into the package")] = False,
    url: Url = "",
    token: Token = "",
) -> None:
    """Export a course, a group or a user's files; wait, download, verify.

    Exit code 0 once the package is there, 1 with the reason if it failed, 2 for a usage error.
    """
    context = context_of(course, group, user)
    parameters: dict[str, Any] = {"export_type": type_.value}
    if select:
        parameters["select"] = read_selection(select)
    if cc_version or qti_version:
        parameters["version"] = cc_version or qti_version
    if target is not None:
        parameters["target"] = target.value
    if include_banks:
        parameters["include_banks"] = True
    if include_report:
        parameters["include_report"] = True
    with connect(url, token) as api, View(type_.value) as view:
        created = api.create(context, parameters)
        last = watch_to_end(api, int(created["progress_url"].rsplit("/", 1)[-1]), view)
        finished = api.show(context, created["id"])
        package = finished.get("attachment")
        if last.state != "exported" or package is None:
            raise ExportFailed(failure_of(last, finished))
        digest = download(api, package, out, lambda size: view.downloaded(size, package["size"]))
    warnings = f", {finished['warnings_count']} warnings" if finished.get("warnings_count") else ""
    print(f"{out}: {package['size']} bytes, sha256 {digest}{warnings}")


def watch(progress_id: int, url: Url = "", token: Token = "") -> None:
    """Follow an export until it ends. Exit code 0 if it is exported, 1 with the reason if it failed."""
    with connect(url, token) as api, View(f"progress {progress_id}") as view:
        last = watch_to_end(api, progress_id, view)
    if last.state != "exported":
        raise ExportFailed(failure_of(last, {}))
    print(last.state)


def list_(
    course: Course = None,
    group: Group = None,
    user: User = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON array of the server")] = False,
    url: Url = "",
    token: Token = "",
) -> None:
    """List the exports of a course, a group or a user, newest first."""
    context = context_of(course, group, user)
    with connect(url, token) as api:
        exports = list(api.exports(context))
    if as_json:
        print(json.dumps(exports, ensure_ascii=False))
        return
    table = Table("id", "type", "state", "created", "package", "bytes", box=None)
    for item in exports:
        package = item.get("attachment", {})
        cells = (item["id"], item["export_type"], item["workflow_state"], item["created_at"])
        table.add_row(*map(str, cells), package.get("display_name", ""), str(package.get("size", "")))
    terminal = Console()
    # Piped, rich would cut the table to 80 columns.
    (terminal if terminal.is_terminal else Console(width=200)).print(table)


def context_of(course: int | None, group: int | None, user: int | None) -> str:
    """The route of the context that the options name, such as `courses/1`; a usage error for none or several."""
    given = [f"{route}/{i}" for route, i in (("courses", course), ("groups", group), ("users", user)) if i is not None]
    if len(given) != 1:
        raise typer.BadParameter("name one of --course, --group and --user", param_hint="--course")
    return given[0]


@contextmanager
def connect(url: str, token: str) -> Iterator[Api]:
    """A client of the server, closed at the end of the block."""
    api = Api(connection(url, token))
    try:
        yield api
    finally:
        api.close()


def watch_to_end(api: Api, progress_id: int, view: View) -> Update:
    """Show the updates of an export until its end. Returns the last."""
    update = Update("created", 0.0)
    for update in follow(api, progress_id):
        view.show(update)
    return update


def failure_of(last: Update, shown: dict[str, Any]) -> str:
    """The sentence that says why an export has no package."""
    error = shown.get("error") or {}
    reason = error.get("message") or last.message or "the server gave no reason"
    code = f" ({error['code']})" if error.get("code") else ""
    return f"the export is {last.state}: {reason}{code}"
