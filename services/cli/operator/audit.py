"""The command that reads the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from services.cli.operator.access import OperatorAccess
from services.cli.output import Output, printable
from shared.domain.audit import AuditEntry, AuditFilter


@dataclass(frozen=True, slots=True)
class AuditedRows:
    """The options that say which rows are printed."""

    export: Annotated[int | None, typer.Option(help="Only rows about this export")] = None
    user: Annotated[int | None, typer.Option(help="Only what this user did, or what was done as this user")] = None
    since: Annotated[datetime | None, typer.Option(help="Only rows from this time on, in UTC")] = None
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows")] = 100

    @property
    def filters(self) -> AuditFilter:
        """The same as a filter."""
        return AuditFilter(self.export, self.user, self.since and self.since.replace(tzinfo=UTC))


def audit(access: OperatorAccess, output: Output, rows: AuditedRows) -> None:
    """Print the audit log, newest first: who did what, by which token, from where."""
    with access.open() as administration:
        entries = administration.audit(rows.filters, rows.limit)
    output.result("\n".join(map(_line, entries)), msgspec.to_builtins(entries))


def _line(entry: AuditEntry) -> str:
    """One row for people; what is unknown is left out."""
    actor = entry.actor
    words = {
        "export": entry.export_id,
        "subject": entry.subject and printable(entry.subject).replace("\n", "\\n"),
        "user": actor.user_id,
        "real_user": actor.real_user_id,
        "token": actor.token,
        "from": actor.address,
        "request": actor.request_id,
    }
    fields = [f"{name}={value}" for name, value in words.items() if value is not None]
    return " ".join([f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", f"{entry.action:<12}", *fields])
