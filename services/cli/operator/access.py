"""Whether a command of operators goes over HTTP or over the database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from services.cli.connection import TOKEN, URL, connection, open_api
from services.cli.operator.administration import Administration
from services.cli.profiles import PROFILE, read_profile

DATABASE = "DATABASE_URL"


def _option(name: str, variable: str, help_: str) -> typer.models.OptionInfo:
    """An option whose environment variable is read here: where both ways are set, an option wins over a variable."""
    option: typer.models.OptionInfo = typer.Option(name, help=f"{help_} [env var: {variable}]", show_default=False)
    return option


@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """The options that name a server with the token of a site admin, or a database."""

    url: Annotated[str, _option("--url", URL, "The server")] = ""
    token: Annotated[str, _option("--token", TOKEN, "Access token of a site admin")] = ""
    profile: Annotated[str, _option("--profile", PROFILE, "A server of your profiles")] = ""
    database_url: Annotated[str, _option("--database-url", DATABASE, "PostgreSQL, instead of a server")] = ""

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

        url, token = self.url or environ.get(URL, ""), self.token or environ.get(TOKEN, "")
        profile = read_profile(self.profile or environ.get(PROFILE, ""))
        with open_api(connection(url, token, profile)) as api:
            yield HttpAdministration(api)

    def is_over_http(self, environ: Mapping[str, str]) -> bool:
        """Whether a server is named rather than a database; options count before the environment.

        Of an environment that names both, the database counts: that is a machine of the system itself.
        """
        server = bool(self.url or self.token or self.profile)
        if server and self.database_url:
            raise typer.BadParameter("a server is named too; name one of them", param_hint="--database-url")
        if server or self.database_url or environ.get(DATABASE):
            return server
        if environ.get(URL) or environ.get(PROFILE):
            return True
        raise typer.BadParameter(
            f"name a server, with --token of a site admin, or a --profile; or a database with {DATABASE}",
            param_hint="--url",
        )
