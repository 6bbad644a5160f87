"""The services table: internal services and their rights."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial

from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.domain.audit import Action, Actor
from shared.domain.services import Service

_FIND = "SELECT name, may, as_users FROM services WHERE name = ANY($1::text[])"
_LIST = "SELECT name, may, as_users FROM services ORDER BY name"
_PUT = """
INSERT INTO services (name, may, as_users) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET may = EXCLUDED.may, as_users = EXCLUDED.as_users, updated_at = now()
"""
_REMOVE = "DELETE FROM services WHERE name = $1 RETURNING true"


class Services:
    """The services of a database. Concurrent calls of `find` share round trips."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._find: Coalesced[str, Service | None] = Coalesced(_by_names, partial(acquired, pool), distinct=True)

    def find(self, name: str) -> Awaitable[Service | None]:
        """The service of this name, as it is now; None for an unknown one."""
        return self._find(name)

    async def all(self) -> list[Service]:
        """All services, by name."""
        with translated():
            return [_service_from(row) for row in await self._pool.fetch(_LIST)]

    async def put(self, service: Service, actor: Actor) -> None:
        """Add a service, or replace the rights of the one that has its name."""
        as_users = None if service.as_users is None else sorted(service.as_users)
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                await db.execute(_PUT, service.name, sorted(service.may), as_users)
                await record(db, Action.PUT_SERVICE, actor, subject=_subject(service))

    async def remove(self, name: str, actor: Actor) -> bool:
        """Remove a service: its commands are refused from now on. False for an unknown one."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                if await db.fetchval(_REMOVE, name) is None:
                    return False
                await record(db, Action.DELETE_SERVICE, actor, subject=f"service:{name}")
                return True


async def _by_names(names: Sequence[str], db: Connection) -> list[Service | None]:
    with translated():
        rows = await db.fetch(_FIND, names)
    services = {row["name"]: _service_from(row) for row in rows}
    return [services.get(name) for name in names]


def _subject(service: Service) -> str:
    users = "all" if service.as_users is None else ",".join(map(str, sorted(service.as_users)))
    return f"service:{service.name} may:{','.join(sorted(service.may))} as:{users}"


def _service_from(row: Record) -> Service:
    as_users = row["as_users"]
    return Service(
        name=row["name"],
        may=frozenset(row["may"]),
        as_users=None if as_users is None else frozenset(as_users),
    )
