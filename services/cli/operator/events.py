"""The command that prints the event log: what happens to exports, as lines of CloudEvents or for people."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx2
import typer

from services.cli.api import SILENCE_S, TIMEOUT_S, Api
from services.cli.connection import Server
from services.cli.errors import Refused, Unreachable
from services.cli.output import Output, print_json, printable

LOG = "/api/v1/content_exports/events"
BROKEN_ANSWERS = 5  # answers in a row that bring nothing before the command gives up
PAUSE_S = 1.0

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WhichEvents:
    """The options that say which events are printed."""

    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with events as they happen")] = False
    type: Annotated[
        list[str] | None, typer.Option("--type", help="Only events of this type, such as exported; may be repeated")
    ] = None
    context: Annotated[str, typer.Option(help="Only events of a context, such as courses/42", show_default=False)] = ""
    since: Annotated[datetime | None, typer.Option(help="Only events from this time on, in UTC")] = None
    last_event_id: Annotated[int | None, typer.Option(min=0, help="Only events after the one with this id")] = None

    def path(self, last_id: str) -> str:
        """The path of a request for the events after this id; from the oldest on where it is empty."""
        query: list[tuple[str, str]] = [("type[]", each) for each in self.type or ()]
        since = self.since.replace(tzinfo=UTC).isoformat() if self.since else ""
        parameters = {"context": self.context, "since": since, "last_event_id": last_id}
        query += [(name, value) for name, value in parameters.items() if value]
        return f"{LOG}?{urlencode([*query, ('follow', 'true' if self.follow else 'false')])}"


def events(server: Server, output: Output, which: WhichEvents) -> None:
    """Print the events of all exports, oldest first, and follow them.

    On a terminal they are lines for people; else, and with --json, CloudEvents, one on each line. The token is a site admin's.
    """
    with server.connect() as api:
        for event in read_events(api, which):
            if output.as_json or not sys.stdout.isatty():
                print_json(event)
            else:
                print(line_of(event))
            sys.stdout.flush()


def read_events(api: Api, which: WhichEvents, sleep: Callable[[float], None] = time.sleep) -> Iterator[Event]:
    """Yield the events in order; with `follow` for ever. Raises Refused, and Unreachable for a server that stays silent.

    An answer that breaks off is continued after the id of the last event, so that none is missed or repeated.
    """
    last_id, broken = "" if which.last_event_id is None else str(which.last_event_id), 0
    while True:
        try:
            for line in _answered(api, which.path(last_id)):
                broken = 0
                last_id = line[0]["id"] if line else last_id
                yield from line
        except (httpx2.TransportError, Refused) as error:
            broken += 1
            _raise_at_the_end(error, broken, api)
            sleep(PAUSE_S)
        else:
            return


def _raise_at_the_end(error: httpx2.TransportError | Refused, broken: int, api: Api) -> None:
    """Raise where the same request would be refused again, or as many answers as may have broken off."""
    is_last = broken == BROKEN_ANSWERS
    if isinstance(error, Refused):
        if is_last or error.status < httpx2.codes.INTERNAL_SERVER_ERROR:
            raise error
    elif is_last:
        raise Unreachable(f"{api.url} does not respond: {error}") from error


def _answered(api: Api, path: str) -> Iterator[list[Event]]:
    """The lines of one answer, each as its event, or as no event where it only keeps the connection open."""
    headers = {"Accept": "application/x-ndjson", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
    with api.stream(path, headers, httpx2.Timeout(TIMEOUT_S, read=SILENCE_S)) as response:
        for line in response.iter_lines():
            yield [json.loads(line)] if line else []


def line_of(event: Event) -> str:
    """One event for people; what does not apply is left out."""
    data = event["data"]
    what, percent = event["type"].split(".")[1], data.get("completion", 0.0)
    error = data.get("error", {})
    words = {
        "type": data.get("export_type"),
        "user": data.get("user_id"),
        "attempt": data.get("attempt") or None,
        "completion": f"{percent:g}%" if what == "progress" else None,
        "bytes": sum(each["size"] for each in data["attachments"]) if "attachments" in data else None,
        "warnings": data.get("warnings_count") or None,
        "code": error.get("code"),
        "request": data.get("request_id"),
        "message": error.get("message"),
    }
    fields = [f"{name}={value}" for name, value in words.items() if value is not None]
    line = " ".join([data["at"], event["id"], f"{what:<9}", event["subject"], *fields])
    return printable(line).replace("\n", "\\n")
