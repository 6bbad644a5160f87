"""The version of the schema: what a process needs, what a database has, and which earlier code the database still serves.

The version is the number of the newest migration. Migrations expand, so that processes of earlier releases run on. One that
takes away what earlier code uses has a line `-- serves from 0031`: the lowest version of code that it leaves working.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from shared.adapters.postgres.pool import Connection, open_connection, translated
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.environment import Mistakes

HOW = "apply the migrations with `make migrate` or `python -m shared.adapters.postgres.migrate`"

_SERVES_FROM = re.compile(r"^-- serves from (\d{4})$", re.MULTILINE)
_READ = """
SELECT coalesce(max(left(m.name, 4)::integer), 0) AS version,
       coalesce(max((to_jsonb(m) ->> 'serves_from')::integer), 0) AS serves_from  -- a column that earlier releases lack
  FROM schema_migrations m
"""


def migrations() -> list[tuple[str, str]]:
    """(file name, SQL) of every migration, in order."""
    folder = files("shared.adapters.postgres") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in names]


def version_of(name: str) -> int:
    """The version that a schema has once the migration of this file name is applied."""
    return int(name[:4])


def serves_from(sql: str) -> int | None:
    """The lowest version of code that a migration leaves working; None for one that takes nothing away."""
    match = _SERVES_FROM.search(sql)
    return int(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema of a database, for code that needs the version `needed`."""

    version: int  # 0: no migration is applied
    serves_from: int
    needed: int

    @property
    def is_older(self) -> bool:
        """Whether migrations are missing."""
        return self.version < self.needed

    @property
    def missing(self) -> str:
        """The sentence about a schema that is older than the code."""
        return f"The schema of the database has version {self.version}, and {self.needed} is needed: {HOW}."

    def refuse_if_newer(self) -> None:
        """Raise Mistakes if the schema no longer serves this code."""
        if self.serves_from > self.needed:
            served = f"the schema has version {self.version}, which serves code from version {self.serves_from} on"
            raise Mistakes([f"DATABASE_URL: {served}; this code has version {self.needed}: start a later release"])


async def read_schema(db: Connection) -> SchemaState:
    """The state of a database. Raises DatabaseUnavailable."""
    needed = version_of(migrations()[-1][0])
    try:
        with translated():
            row = await db.fetchrow(_READ)
    except asyncpg.UndefinedTableError:
        return SchemaState(0, 0, needed)
    assert row is not None
    return SchemaState(row["version"], row["serves_from"], needed)


async def look_at_schema(database_url: str) -> SchemaState:
    """As `read_schema`, on a connection of its own. Raises Mistakes for a database that no longer serves this code."""
    async with open_connection(database_url) as db:
        state = await read_schema(db)
    state.refuse_if_newer()
    return state


async def require_schema(database_url: str) -> None:
    """Return if the database serves this code. Raises Mistakes if not, and DatabaseUnavailable."""
    state = await look_at_schema(database_url)
    if state.is_older:
        raise Mistakes([f"DATABASE_URL: {state.missing}"])


async def check_schema(database_url: str) -> None:
    """Return once the migrations are applied, for readiness. Raises DatabaseUnavailable, with a sentence, before that."""
    state = await look_at_schema(database_url)
    if state.is_older:
        raise DatabaseUnavailable(state.missing)
