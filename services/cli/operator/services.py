"""Operator commands for internal services: which commands each may send, and for which users."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.operator.database import run_on
from services.cli.output import Output
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.domain.audit import OPERATOR
from shared.domain.errors import InvalidContent
from shared.domain.services import SERVICE_NAME, Right, Service

Database = Annotated[str, typer.Option("--database-url", envvar="DATABASE_URL", help="PostgreSQL", show_default=False)]
Name = Annotated[str | None, typer.Argument(help="The name, which is that of its user on the broker")]


def service(
    database: Database,
    output: Output,
    name: Name = None,
    may: Annotated[list[Right] | None, typer.Option(help="What it may do; repeat for several")] = None,
    as_user: Annotated[
        list[int] | None, typer.Option(min=1, help="A user that its commands may name; without it, all users")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove it: its commands are refused at once")] = False,
) -> None:
    """Add an internal service or replace its rights; without a name, list all services."""
    if name is None:
        if may or as_user or remove:
            raise typer.BadParameter("the name of a service is missing", param_hint="NAME")
        _list(database, output)
    elif remove:
        _remove(database, output, name)
    elif not may:
        raise typer.BadParameter("a service without a right can do nothing", param_hint="--may")
    else:
        _put(database, output, _service(name, may, as_user))


def _service(name: str, may: list[Right], as_user: list[int] | None) -> Service:
    if not SERVICE_NAME.fullmatch(name) or name == "amq":
        raise typer.BadParameter("lower-case letters, digits and '-', at most 63, a letter first", param_hint="NAME")
    return Service(name=name, may=frozenset(may), as_users=frozenset(as_user) if as_user else None)


def _list(database: str, output: Output) -> None:
    async def run(pool: Pool) -> list[Service]:
        return await Services(pool).all()

    services = run_on(database, run)
    output.result("\n".join(map(_line, services)), [_document(each) for each in services])


def _put(database: str, output: Output, service: Service) -> None:
    async def run(pool: Pool) -> None:
        await Services(pool).put(service, OPERATOR)

    run_on(database, run)
    output.done(_document(service))


def _remove(database: str, output: Output, name: str) -> None:
    async def run(pool: Pool) -> None:
        if not await Services(pool).remove(name, OPERATOR):
            raise InvalidContent(f"There is no service {name}.")

    run_on(database, run)
    output.done({"name": name, "removed": True})


def _line(each: Service) -> str:
    users = "all users" if each.as_users is None else ", ".join(map(str, sorted(each.as_users)))
    return f"{each.name}: {', '.join(sorted(each.may))}; as {users}"


def _document(each: Service) -> dict[str, object]:
    users = None if each.as_users is None else sorted(each.as_users)
    return {"name": each.name, "may": sorted(each.may), "as_users": users}
