"""A migrated database and a store for the load command, and what lies in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli.__main__ import app
from shared.adapters.postgres.migrate import migrate
from tests.support.servers import SessionServers

_TABLES = ("courses", "content_objects", "content_identifiers")


@dataclass(frozen=True)
class Place:
    """Where `content-exports load` writes."""

    database_url: str
    store: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "STORE_URL": str(self.store)}

    def load(self, path: Path, *options: str, **settings: str) -> Result:
        """The command, in this process."""
        return CliRunner().invoke(app, ["load", str(path), *options], env={**self.environment, **settings})

    def loaded(self, path: Path, *options: str) -> dict[str, Any]:
        """What the command prints when it goes well."""
        result = self.load(path, *options)
        assert result.exit_code == 0, result.stderr
        return dict(json.loads(result.stdout))

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.with_database(lambda db: db.fetch(sql, *values))]

    def with_database(self, use: Callable[[Any], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            db = await asyncpg.connect(self.database_url)
            try:
                return await use(db)
            finally:
                await db.close()

        return asyncio.run(run())

    def content(self) -> tuple[dict[str, int], set[str]]:
        """Rows by table, and every file of the store."""
        rows = {table: self.query(f"SELECT count(*) FROM {table}")[0][0] for table in _TABLES}
        return rows, {str(file.relative_to(self.store)) for file in self.store.rglob("*") if file.is_file()}

    def objects(self, course: int) -> dict[tuple[str, int], dict[str, Any]]:
        """(kind, id) -> body of everything in a course."""
        sql = "SELECT kind, id, body FROM content_objects WHERE context_type = 'Course' AND context_id = $1"
        return {(kind, number): json.loads(body) for kind, number, body in self.query(sql, course)}


@pytest.fixture(scope="package")
def database(servers: SessionServers) -> Iterator[str]:
    with servers.database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def place(database: str, tmp_path: Path) -> Place:
    return Place(database, tmp_path / "store")
