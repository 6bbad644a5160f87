"""A role of the database that reads and writes rows and nothing else, as the services have it in production."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import yaml

from deploy.stack.checkout import ROOT

_MANIFEST = ROOT / "deploy" / "cluster" / "overlays" / "production" / "postgres.yaml"
_PASSWORD = "a-password-of-the-tests"


@dataclass(frozen=True, slots=True)
class ServiceRole:
    """A role of the server of the tests."""

    name: str

    def granted(self, database_url: str) -> str:
        """Give the role its rights on tables to come, by the statements of the manifest; the URL by which it connects."""
        asyncio.run(_execute(database_url, [_own(statement, self.name) for statement in _statements()]))
        parts = urlsplit(database_url)
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self.name}:{_PASSWORD}@{place}"))


@contextmanager
def service_role(server_url: str) -> Iterator[ServiceRole]:
    """A role during the block, which must not outlive the databases that it has rights in."""
    name = f"services_{secrets.token_hex(6)}"
    asyncio.run(_execute(server_url, [f"CREATE ROLE {name} LOGIN PASSWORD '{_PASSWORD}'"]))
    try:
        yield ServiceRole(name)
    finally:
        asyncio.run(_execute(server_url, [f"DROP ROLE {name}"]))


def _statements() -> list[str]:
    (cluster,) = [each for each in yaml.safe_load_all(_MANIFEST.read_text()) if each["kind"] == "Cluster"]
    statements = cluster["spec"]["bootstrap"]["initdb"]["postInitApplicationSQL"]
    return [each for each in statements if not each.startswith("CREATE ROLE")]


def _own(statement: str, name: str) -> str:
    return statement.replace("content_exports_owner", "CURRENT_USER").replace("content_exports_app", name)


async def _execute(database_url: str, statements: list[str]) -> None:
    db = await asyncpg.connect(database_url)
    try:
        for statement in statements:
            await db.execute(statement)
    finally:
        await db.close()
