"""The operator command that prints what the broker is to have."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from typing import Annotated

import typer

from services.cli.operator.database import run_on
from services.cli.output import Output
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.contracts.broker_passwords import importable
from shared.contracts.broker_users import APP_USER, definitions
from shared.domain.services import Service

_PASSWORD = "BROKER_PASSWORD_"  # noqa: S105  (the beginning of a variable's name)


def topology(
    output: Output,
    database_url: Annotated[
        str | None, typer.Option(envvar="DATABASE_URL", help="PostgreSQL; without it, no services", show_default=False)
    ] = None,
    app_user: Annotated[str, typer.Option(help="The user of the system's own processes")] = APP_USER,
    existing: Annotated[
        list[str] | None, typer.Option(help="A user that the broker has already: its rights, without a password")
    ] = None,
) -> None:
    """Print the definitions of the broker: exchanges, queues, and the rights of each user.

    RabbitMQ imports them. The services are those of the database. BROKER_PASSWORD_SIS in the environment is the password
    of the user sis, and likewise for the others. A user without one is left out together with its rights, so that the
    import leaves it as it is; the rights of a user of --existing are printed without its password.
    """
    services = run_on(database_url, _services) if database_url else []
    document = definitions(services, app_user)
    names = [user["name"] for user in document["users"]]
    has = _checked(existing or [], names)
    passwords = {name: password for name in names if (password := os.environ.get(_variable(name)))}
    for name in names:
        if name not in passwords and name not in has:
            output.note(f"{_variable(name)} is not set: the user {name} is left out, with its rights")
    document = importable(document, passwords, has)
    output.result(json.dumps(document, indent=1), document)


def _checked(existing: Collection[str], names: Collection[str]) -> Collection[str]:
    """Those of --existing. Raises typer.BadParameter for one that no definition names: its rights would be missing."""
    if unknown := sorted(set(existing) - set(names)):
        raise typer.BadParameter(f"{', '.join(unknown)}: no such user; there are {', '.join(names)}")
    return existing


def _variable(user: str) -> str:
    """The environment variable with the password of a user."""
    return _PASSWORD + user.upper().replace("-", "_")


async def _services(pool: Pool) -> list[Service]:
    return await Services(pool).all()
