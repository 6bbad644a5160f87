"""Whether a command of operators goes over HTTP, or over the database or another address of the system itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from services.cli.connection import TOKEN, URL, Server
from services.cli.operator.administration import Administration
from services.cli.profiles import PROFILE

DATABASE = "DATABASE_URL"


def option(name: str, variable: str, help_: str) -> typer.models.OptionInfo:
    """An option whose environment variable is read here: where both ways are set, an option wins over a variable."""
    option: typer.models.OptionInfo = typer.Option(name, help=f"{help_} [env var: {variable}]", show_default=False)
    return option


@dataclass(frozen=True, slots=True)
class AdminServer:
    """The options that name a server with the token of a site admin."""

    url: Annotated[str, option("--url", URL, "The server")] = ""
    token: Annotated[str, option("--token", TOKEN, "Access token of a site admin")] = ""
    profile: Annotated[str, option("--profile", PROFILE, "A server of your profiles")] = ""

    def server(self, environ: Mapping[str, str]) -> Server:
        """The server that the options name, or else the environment."""
        values = ((self.url, URL), (self.token, TOKEN), (self.profile, PROFILE))
        return Server(*(value or environ.get(variable, "") for value, variable in values))

    def is_chosen(self, address: str, name: str, in_environ: str | None) -> bool | None:
        """Whether a server is named rather than an address; None where the environment has no such address either.

        Options count before the environment, of which an address counts before a server: that is a machine of the system
        itself. Raises a usage error where options name both; `name` is the option of the address.
        """
        server = bool(self.url or self.token or self.profile)
        if server and address:
            raise typer.BadParameter("a server is named too; name one of them", param_hint=name)
        return server if server or address or in_environ else None


@dataclass(frozen=True, slots=True)
class OperatorAccess(AdminServer):
    """The options that name a server with the token of a site admin, or a database."""

    database_url: Annotated[str, option("--database-url", DATABASE, "PostgreSQL, instead of a server")] = ""

    @contextmanager
    def open(self) -> Iterator[Administration]:
        """The server, or the database. Raises a usage error where neither or both are named."""
        # Each way is loaded where it is taken: most commands go over HTTP, which needs no client of the database.
        environ = os.environ
        if not self.is_over_http(environ):
            from services.cli.operator.over_database import DatabaseAdministration  # noqa: PLC0415

            yield DatabaseAdministration(self.database_url or environ[DATABASE])
            return
        from services.cli.operator.over_http import HttpAdministration  # noqa: PLC0415

        with self.server(environ).connect() as api:
            yield HttpAdministration(api)

    def is_over_http(self, environ: Mapping[str, str]) -> bool:
        """Whether a server is named rather than a database. Raises a usage error where neither or both are."""
        chosen = self.is_chosen(self.database_url, "--database-url", environ.get(DATABASE))
        if chosen is not None:
            return chosen
        if environ.get(URL) or environ.get(PROFILE):
            return True
        raise typer.BadParameter(
            f"name a server, with --token of a site admin, or a --profile; or a database with {DATABASE}",
            param_hint="--url",
        )
