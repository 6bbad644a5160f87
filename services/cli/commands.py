"""The commands that produce a package: `export`, `dry-run`, `download`, `retry` and `watch`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.api import Api, Json
from services.cli.connection import Server
from services.cli.destination import Destination, destination
from services.cli.download import download as receive
from services.cli.errors import CommandError, ExportFailed, Interrupted
from services.cli.export_name import ContextOptions, ExportName, ExportWord
from services.cli.follow import Update, follow
from services.cli.operator.bulk_retry import FailedOptions, retry_failed
from services.cli.output import Output
from services.cli.plan import plan_text
from services.cli.selection import read_selection
from services.cli.view import View
from shared.domain.export import ExportType
from shared.domain.fairness.priority import Priority
from shared.domain.packages.package_options import Target

Out = Annotated[str, typer.Option("--out", help="File, device or pipe to write to; - is stdout", show_default=False)]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the end: print the id")]
RetriedWord = Annotated[
    str, typer.Argument(metavar="[EXPORT]", help="The URL of a failed export, or its id with its context")
]
_EXPIRED = "its package has expired or was deleted: content-exports export builds a new one"


@dataclass(frozen=True, slots=True)
class Order:
    """The options that say what to export."""

    type_: Annotated[ExportType, typer.Option("--type", help="Format of the package")]
    select: Annotated[list[str] | None, typer.Option(help="pages=1,2 or all_quizzes; repeat for several")] = None
    cc_version: Annotated[str | None, typer.Option(help="Common Cartridge version: 1.1, 1.2 or 1.3")] = None
    qti_version: Annotated[str | None, typer.Option(help="QTI version: 1.2, 2.1 or 3.0")] = None
    target: Annotated[Target | None, typer.Option(help="The system that will read the package")] = None
    thin: Annotated[bool, typer.Option("--thin", help="A cartridge of links to the course (version 1.2, 1.3)")] = False
    include_banks: Annotated[bool, typer.Option("--include-banks", help="Pack question banks with quizzes")] = False
    include_report: Annotated[bool, typer.Option("--include-report", help="Put the report into the package")] = False
    include_index: Annotated[bool, typer.Option("--include-index", help="Put a page to read into the package")] = False
    priority: Annotated[Priority | None, typer.Option(help="Its share of the workers beside other exports")] = None
    coalesce: Annotated[
        bool, typer.Option("--coalesce", help="An identical export of yours that has not ended will do")
    ] = False

    def parameters(self) -> dict[str, Any]:
        """The parameters of the request. Raises a usage error for a selection that cannot be parsed."""
        parameters = {
            "export_type": self.type_.value,
            "select": read_selection(self.select) if self.select else None,
            "version": self.cc_version or self.qti_version,
            "target": self.target and self.target.value,
            "include_banks": self.include_banks or None,
            "thin": self.thin or None,
            "include_report": self.include_report or None,
            "include_index": self.include_index or None,
            "priority": self.priority and self.priority.value,
            "coalesce": self.coalesce or None,
        }
        return {name: value for name, value in parameters.items() if value is not None}


def export(
    order: Order,
    context_options: ContextOptions,
    server: Server,
    output: Output,
    out: Out = "",
    no_wait: NoWait = False,
    idempotency_key: Annotated[str, typer.Option(help="A repeat with the same key is the same export")] = "",
) -> None:
    """Export a course, a group or a user's files; wait, download, verify.

    Exit code 0 once the package is there, 1 with the reason if it failed, 2 for a usage error, 130 for Ctrl-C. The
    export goes on after Ctrl-C and after an error of the download; the command that downloads it is printed.
    """
    if bool(out) == no_wait:
        raise typer.BadParameter("name a file, or give --no-wait", param_hint="--out")
    context, parameters = context_options.context(), order.parameters()
    target = destination(out) if out else None
    with server.connect() as api:
        created = api.create(context.path, parameters, idempotency_key)
        name = ExportName(context, int(created["id"]))
        if target is None:
            output.result(str(name.id), created)
        else:
            with resumable(name, out):
                fetch(api, name, created, target, output)


def dry_run(order: Order, context_options: ContextOptions, server: Server, output: Output) -> None:
    """Report what an export would hold, bring along and leave out, without creating it."""
    context, parameters = context_options.context(), order.parameters()
    with server.connect() as api:
        plan = api.create(context.path, {**parameters, "dry_run": True})
    output.result(plan_text(plan), plan)
    if plan.get("error"):
        raise typer.Exit(1)


def download(
    export: ExportWord, context_options: ContextOptions, server: Server, output: Output, out: Out = ""
) -> None:
    """Download the package of an export and verify it; waits for the end of the export first.

    Without --out the file has the package's name and is in the current folder.
    """
    name = context_options.export(export)
    target = destination(out) if out else None
    with server.connect(name.server) as api, resumable(name, out):
        fetch(api, name, api.get(name.path), target, output)


def retry(
    context_options: ContextOptions,
    server: Server,
    output: Output,
    failed: FailedOptions,
    export: RetriedWord = "",
    out: Out = "",
    no_wait: NoWait = False,
) -> None:
    """Create a failed export again, and wait for its end; --out downloads its package.

    Site admins create all exports again that failed with --code since --since, and wait for none.
    """
    if not export:
        with server.connect() as api:
            retry_failed(failed, api, output)
        return
    if failed != FailedOptions():
        raise typer.BadParameter("is for all that failed: name no export", param_hint="--code")
    name = context_options.export(export)
    target = destination(out) if out else None
    with server.connect(name.server) as api:
        created = api.send("POST", f"{name.path}/retry")
        again = ExportName(name.context, int(created["id"]))
        if no_wait:
            output.result(str(again.id), created)
            return
        with resumable(again, out):
            if target is not None:
                fetch(api, again, created, target, output)
            else:
                output.result(str(again.id), ended(api, again, created, View(f"export {again.id}", quiet=output.quiet)))


def watch(progress_id: int, server: Server, output: Output) -> None:
    """Follow an export until it ends. Exit code 0 if it is exported, 1 with the reason if it failed."""
    with server.connect() as api, View(f"progress {progress_id}", quiet=output.quiet) as view:
        last = watch_to_end(api, progress_id, view)
    if last.state != "exported":
        raise ExportFailed(failure_of(last, {}))
    output.result(last.state, {"workflow_state": last.state, "completion": last.completion})


@contextmanager
def resumable(name: ExportName, out: str) -> Iterator[None]:
    """Turn Ctrl-C and errors of a download into errors that have the export's id and the command that goes on."""
    words = f"content-exports download {name.words}" + (f" --out {out}" if out else "")
    try:
        yield
    except ExportFailed:
        raise
    except KeyboardInterrupt as error:
        message = f"interrupted; export {name.id} goes on, get its package with: {words}"
        raise Interrupted(message, id=name.id) from error
    except CommandError as error:
        error.args = (f"{error}\nexport {name.id} is kept, get its package with: {words}",)
        error.details["id"] = name.id
        raise


def fetch(api: Api, name: ExportName, shown: Json, target: Destination | None, output: Output) -> None:
    """Wait for the end of an export, download its package, and print a summary. Raises ExportFailed."""
    with View(shown["export_type"], quiet=output.quiet) as view:
        finished = ended(api, name, shown, view)
        package = finished["attachment"]
        target = target or destination(Path(package["filename"]).name)
        digest = receive(api, package, target, lambda size: view.downloaded(size, package["size"]))
    several = len(finished.get("attachments") or ()) - 1
    warnings = f", {finished['warnings_count']} warnings" if finished.get("warnings_count") else ""
    rest = f", {several} more packages: content-exports show {name.words}" if several > 0 else ""
    text = f"{target.name}: {package['size']} bytes, sha256 {digest}{warnings}{rest}"
    output.summary(text, {**finished, "file": target.name, "sha256": digest}, stdout_taken=target.path is None)


def ended(api: Api, name: ExportName, shown: Json, view: View) -> Json:
    """The export at its end, with its package. Raises ExportFailed if it has none."""
    if shown.get("workflow_state") not in {"exported", "failed"}:
        last = watch_to_end(api, int(shown["progress_url"].rsplit("/", 1)[-1]), view)
        shown = api.get(name.path)
    else:
        last = Update(shown["workflow_state"], 100.0)
    if last.state == "exported" and shown.get("attachment"):
        return shown
    raise ExportFailed(_EXPIRED if last.state == "exported" else failure_of(last, shown), **shown)


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
