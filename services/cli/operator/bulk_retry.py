"""The operators' form of `retry`: all exports that failed of one cause are created again, in bounded batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from services.cli.api import Api, Json
from services.cli.durations import since_of
from services.cli.output import Output
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType

_RETRY = "/api/v1/admin/exports/retry"
_AT_ONCE = 100  # exports that one request creates
_MOST = 1000  # of a dry run, which is one request


@dataclass(frozen=True, slots=True)
class FailedOptions:
    """The options that say which failed exports an operator means, instead of one by its id."""

    code: Annotated[ErrorCode | None, typer.Option(help="All that failed with this error; needs --since")] = None
    since: Annotated[str, typer.Option(help="And since then: 2h, 30m, or 2027-01-31T08:00", show_default=False)] = ""
    type_: Annotated[ExportType | None, typer.Option("--type", help="Of these, only one type")] = None
    context: Annotated[str, typer.Option(help="Only those of courses/42", show_default=False)] = ""
    owner: Annotated[int | None, typer.Option(min=1, help="Only those of this user")] = None
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest first")] = 1000
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which ones, and create nothing")] = False

    def body(self) -> dict[str, Any]:
        """The request without its size. Raises a usage error where --code or --since is missing or wrong."""
        if self.code is None or not self.since:
            raise typer.BadParameter("name an export, or --code and --since", param_hint="EXPORT")
        parameters = {
            "error_code": self.code.value,
            "since": since_of(self.since, datetime.now(UTC)).isoformat(),
            "export_type": self.type_ and self.type_.value,
            "context": self.context or None,
            "user_id": self.owner,
            "dry_run": self.dry_run or None,
        }
        return {name: value for name, value in parameters.items() if value is not None}


def retry_failed(options: FailedOptions, api: Api, output: Output) -> None:
    """Create the exports again, and print how many and which. Batches that are created stay where a later one fails."""
    body = options.body()
    retried = [pair for batch in _batches(api, body, options) for pair in batch]
    lines = [f"{each['failed_id']} -> {each['id']}" if each["id"] else f"{each['failed_id']}" for each in retried]
    what = "would be created again" if options.dry_run else "are created again"
    count = f"{len(retried)} export{'' if len(retried) == 1 else 's'} {what}"
    output.result("\n".join([*lines, count]), {"retried": retried, "dry_run": options.dry_run})


def _batches(api: Api, body: dict[str, Any], options: FailedOptions) -> Iterator[list[Json]]:
    remaining, at_once = options.limit, _MOST if options.dry_run else _AT_ONCE
    while remaining > 0:
        answer = api.send_once("POST", _RETRY, {**body, "limit": min(remaining, at_once)})
        yield answer["retried"]
        remaining -= len(answer["retried"])
        if options.dry_run or not answer["more"]:
            return
        body = {**body, "before": answer["before"]}  # what fails again meanwhile is not taken twice
