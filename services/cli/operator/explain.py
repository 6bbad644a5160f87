"""The operators' command that explains one export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.cli.api import Json
from services.cli.connection import Server
from services.cli.operator.exports import LIST
from services.cli.operator.log_lines import LineFilter, line_text, lines_about
from services.cli.output import Output, printable

_FACTS = ("context", "user_id", "export_type", "priority", "created_at", "finished_at", "request_id")


def explain(
    export_id: Annotated[int, typer.Argument(metavar="ID", min=1)],
    server: Server,
    output: Output,
    logs: Annotated[
        str, typer.Option(help="A file of log lines, or - for stdin: prints those about the export", show_default=False)
    ] = "",
) -> None:
    """Explain an export: its attempts, what it waits for, messages, warnings, and its log lines.

    This needs the token of a site admin. `docker compose logs --no-log-prefix | content-exports explain 3 --logs -`
    """
    with server.connect() as api:
        explained = api.get(f"{LIST}/{export_id}")
    lines = []
    if logs:
        line_filter = LineFilter(export_id, explained["export"]["request_id"], explained["trace_id"])
        lines = lines_about(logs, line_filter)
    text = printable("\n".join(_text(explained)))
    text = "\n".join([text, *(["", "log"] if logs else []), *map(line_text, lines)])
    output.result(text, {**explained, "log": lines} if logs else explained)


def _text(explained: Json) -> Iterator[str]:
    export = explained["export"]
    error = f": {export['error_message']} ({export['error_code']})" if export["error_code"] else ""
    yield f"export {export['id']} is {export['workflow_state']}{error}"
    yield from (f"  {name}: {export[name]}" for name in _FACTS if export[name] is not None)
    yield from (f"  {name}: {explained[name]}" for name in ("trace_id", "trace_url") if explained[name])
    yield from _part("next", explained["next"])
    yield from _part("attempts", [line for each in explained["attempts"] for line in _attempt(each)])
    warnings = [f"{count} {code}" for code, count in explained["warnings"].items()]
    yield from _part("warnings", warnings)
    yield from _part("events", map(_event, explained["events"]))
    messages = [
        f"since {each['created_at']} to {each['exchange']}, {each['routing_key']}" for each in explained["messages"]
    ]
    yield from _part("messages that wait for the relay", messages)
    if explained["requeued_at"]:
        yield f"  its message was sent again at {explained['requeued_at']}"
    yield from _part(
        "notices", [f"{each['updated_at']} {each['channel']} {each['state']}" for each in explained["notices"]]
    )


def _part(title: str, lines: Any) -> Iterator[str]:
    """The lines below their title; nothing without lines."""
    listed = list(lines)
    if listed:
        yield title
        yield from (f"  {line}" for line in listed)


def _attempt(attempt: Json) -> Iterator[str]:
    """An attempt, the seconds of its phases, and its slowest objects."""
    times = f"{attempt['claimed_at'] or '?'} to {attempt['ended_at'] or 'now'}"
    outcome = attempt["outcome"] or "runs"
    reason = " ".join(word for word in (attempt["error_code"], attempt["error_message"]) if word)
    free = "" if attempt["counts"] else ", does not count"
    yield f"{attempt['number']}. {attempt['worker']}, {times}: {outcome}{free}{f' ({reason})' if reason else ''}"
    if attempt["phases"]:
        yield "   " + ", ".join(f"{name} {seconds:g} s" for name, seconds in attempt["phases"].items())
    for slow in attempt["slowest"]:
        item = f" ({slow['kind']} {slow['item_id']}: {slow['title']})" if slow["kind"] else ""
        yield f"   {slow['seconds']:g} s {slow['path']}{item}"


def _event(event: Json) -> str:
    sent = "" if event["published"] or event["name"].endswith("progress") else ", not sent to the broker yet"
    return f"{event['at']} {event['workflow_state']} {event['completion']:.0f} %{sent}"
