"""Operators' commands for access tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from services.cli.durations import seconds_of
from services.cli.operator.access import OperatorAccess
from services.cli.operator.people import Create, Name, requested
from services.cli.output import Output
from shared.contracts.admin.administration import NewToken
from shared.contracts.scopes import scope_fault


def token(
    user: Annotated[int, typer.Option(min=1, help="The user of the token")],
    access: OperatorAccess,
    output: Output,
    scope: Annotated[list[str] | None, typer.Option(help="url:GET|/api/v1/... ; repeat for several")] = None,
    expires: Annotated[str | None, typer.Option(help="30d, 12h, 90m; without it the token does not expire")] = None,
    name: Name = None,
    site_admin: Annotated[bool, typer.Option("--site-admin", help="Make the user a site admin")] = False,
    create: Create = False,
) -> None:
    """Issue an access token for a user and print it; it cannot be printed again."""
    for each in scope or ():
        if (fault := scope_fault(each)) is not None:
            raise typer.BadParameter(fault, param_hint="--scope")
    new = requested(
        NewToken,
        user_id=user,
        scopes=scope,
        expires_in_s=_seconds(expires),
        name=name,
        site_admin=site_admin or None,
        create=create,
    )
    with access.open() as administration:
        issued = administration.issue(new)
    output.result(issued.token, {"token": issued.token, "id": issued.id})


def tokens(
    access: OperatorAccess,
    output: Output,
    user: Annotated[int | None, typer.Option(min=1, help="Only tokens of this user")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many tokens")] = 100,
) -> None:
    """List access tokens without the tokens themselves, newest first."""
    with access.open() as administration:
        rows = administration.tokens(user, limit)
    table = Table("id", "user", "created", "expires", "revoked", "scopes", box=None)
    for row in rows:
        times = map(_time, (row.created_at, row.expires_at, row.revoked_at))
        table.add_row(str(row.id), str(row.user_id), *times, "\n".join(row.scopes or ("all",)))
    output.result(table, msgspec.to_builtins(rows))


def revoke(
    access: OperatorAccess,
    output: Output,
    revoked: Annotated[str, typer.Argument(metavar="[TOKEN]", help="The token itself", show_default=False)] = "",
    id_: Annotated[int | None, typer.Option("--id", min=1, help="Its id, as `tokens` lists it")] = None,
) -> None:
    """Revoke an access token at once."""
    if bool(revoked) is (id_ is not None):
        raise typer.BadParameter("name either the token or its --id", param_hint="TOKEN")
    with access.open() as administration:
        administration.revoke(revoked if id_ is None else id_)
    output.done({"revoked": True})


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"


def _seconds(text: str | None) -> int | None:
    """`30d` as seconds. Raises a usage error for anything else."""
    if text is None:
        return None
    if (seconds := seconds_of(text)) is None:
        raise typer.BadParameter("a number and a unit: 30d, 12h, 90m", param_hint="--expires")
    return seconds
