"""The operators' command that lists the exports of all contexts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.table import Table
from rich.text import Text

from services.cli.api import Json
from services.cli.connection import Server
from services.cli.durations import since_of
from services.cli.output import Output, printable
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState

LIST = "/api/v1/admin/exports"


@dataclass(frozen=True, slots=True)
class WhichExports:
    """The options that say which exports are listed."""

    state: Annotated[WorkflowState | None, typer.Option(help="In this state; any but deleted without it")] = None
    type_: Annotated[ExportType | None, typer.Option("--type", help="Of this type")] = None
    context: Annotated[str, typer.Option(help="Of courses/42, groups/3 or users/9", show_default=False)] = ""
    owner: Annotated[int | None, typer.Option(min=1, help="Of this user")] = None
    worker: Annotated[
        str, typer.Option(help="That this worker builds, or has built in any attempt", show_default=False)
    ] = ""
    code: Annotated[ErrorCode | None, typer.Option(help="Failed with this code, the latest failure first")] = None
    since: Annotated[str, typer.Option(help="Created since: 2h, 30m, or 2027-01-31T08:00", show_default=False)] = ""
    before: Annotated[str, typer.Option(help="Created longer ago, or earlier", show_default=False)] = ""
    stuck: Annotated[bool, typer.Option("--stuck", help="Only those whose worker or message is lost")] = False
    limit: Annotated[int, typer.Option(min=1, help="At most so many")] = 100

    def query(self, now: datetime) -> dict[str, str]:
        """The parameters of the list. Raises a usage error for a time of another form."""
        parameters = {
            "workflow_state": self.state and self.state.value,
            "export_type": self.type_ and self.type_.value,
            "context": self.context,
            "user_id": self.owner and str(self.owner),
            "worker": self.worker,
            "error_code": self.code and self.code.value,
            "created_after": self.since and since_of(self.since, now).isoformat(),
            "created_before": self.before and since_of(self.before, now, "--before").isoformat(),
            "stuck": "true" if self.stuck else "",
        }
        return {name: value for name, value in parameters.items() if value}


def exports(which: WhichExports, server: Server, output: Output) -> None:
    """List the exports of all contexts, newest first, as operators see them.

    This needs the token of a site admin.
    """
    query = urlencode(which.query(datetime.now(UTC)))
    with server.connect() as api:
        rows = list(islice(api.pages(f"{LIST}?{query}" if query else LIST), which.limit))
    table = Table("id", "context", "owner", "type", "state", "created", "tries", "worker", "error", box=None)
    for row in rows:
        cells = (*(row[name] for name in ("id", "context", "user_id", "export_type")), _state(row), row["created_at"])
        table.add_row(*map(_cell, (*cells, row["tries"], row["worker"], row["error_code"])))
    output.result(table, rows)


def _state(row: Json) -> str:
    """The state, and how far it is."""
    if row["workflow_state"] != "exporting":
        return str(row["workflow_state"])
    return f"exporting {row['completion']:.0f} %{', worker lost' if row['lapsed'] else ''}"


def _cell(value: object) -> Text:
    return Text("-" if value is None else printable(str(value)))
