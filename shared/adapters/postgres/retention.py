"""The end of packages: which may be removed, and the record of removals.

A package is marked as purged in the database before its object is deleted, so that no download is sent to an object
that is gone. A process that ends in between leaves an object that nothing refers to; the next search for such objects
finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.adapters.object_store import package_of
from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.pool import Pool, Record, affected, translated
from shared.domain.audit import Action, Actor
from shared.domain.fairness.quotas import KeptPackage, under_pressure

JANITOR = "janitor"  # the actor that is recorded
_OWNERS = 20  # the largest, whose packages are looked at in a pass

_ENDED = """
SELECT content_export_id, key, size FROM attachments
 WHERE purged_at IS NULL AND expires_at <= now() ORDER BY expires_at LIMIT $1
"""

# What is kept by each owner, and of the largest owners the oldest packages.
_KEPT = """
SELECT e.user_id, sum(a.size)::bigint AS bytes FROM attachments a JOIN content_exports e ON e.id = a.content_export_id
 WHERE a.purged_at IS NULL GROUP BY e.user_id
"""
_OLDEST = """
SELECT a.content_export_id, a.key, a.size, e.user_id
  FROM content_exports e JOIN attachments a ON a.content_export_id = e.id
 WHERE e.user_id = ANY($1::bigint[]) AND e.workflow_state = 'exported' AND a.purged_at IS NULL
   AND a.created_at < now() - make_interval(secs => $2)
 ORDER BY a.created_at, a.id
"""

# One statement, so that the mark, the end of the list of members and the record of the removal commit together.
_GIVE_UP = """
WITH purged AS (
    UPDATE attachments SET purged_at = now() WHERE content_export_id = ANY($1::bigint[]) AND purged_at IS NULL
    RETURNING content_export_id, key, size
), members AS (
    DELETE FROM package_entries WHERE content_export_id IN (SELECT content_export_id FROM purged)
), recorded AS (
    INSERT INTO removals (reason, actor, content_export_id, key, size)
    SELECT $2, $3, content_export_id, key, size FROM purged
)
SELECT content_export_id, key, size FROM purged
"""

_STOP = """
UPDATE content_exports
   SET workflow_state = 'failed', error_code = 'cancelled', error_message = 'The export was deleted before it had finished.',
       finished_at = now(), updated_at = now(), lease_expires_at = NULL
 WHERE id = $1 AND workflow_state IN ('created', 'exporting')
"""
_DELETE = """
UPDATE content_exports SET workflow_state = 'deleted', updated_at = now()
 WHERE id = $1 AND workflow_state IN ('exported', 'failed')
RETURNING id
"""

# What the current attempt of an unfinished export has written may still become its package, even if its lease lapsed.
_UNWANTED = """
SELECT w.key
  FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS w (key, export_id, attempt)
 WHERE NOT EXISTS (SELECT FROM attachments a
                    WHERE a.content_export_id = w.export_id AND a.key = w.key AND a.purged_at IS NULL)
   AND NOT EXISTS (SELECT FROM content_exports e
                    WHERE e.id = w.export_id AND e.workflow_state IN ('created', 'exporting') AND e.attempt <= w.attempt)
"""
_NOTE = """
INSERT INTO removals (reason, actor, content_export_id, key, size) VALUES ($1, $2, $3, $4, $5)
"""

# A stream begins with the newest event of an export, and an unpublished state change has yet to go to the broker.
_OLD_EVENTS = """
  FROM export_events old
 WHERE old.created_at < now() - make_interval(secs => $1)
   AND (old.published OR old.name <> 'content_export.state')
   AND EXISTS (SELECT FROM content_exports e
                WHERE e.id = old.content_export_id AND e.workflow_state IN ('exported', 'failed', 'deleted'))
   AND EXISTS (SELECT FROM export_events newer WHERE newer.progress_id = old.progress_id AND newer.id > old.id)
"""
_COUNT_EVENTS = f"SELECT count(*) {_OLD_EVENTS}"
_PRUNE_EVENTS = f"DELETE FROM export_events WHERE id IN (SELECT old.id {_OLD_EVENTS} LIMIT $2)"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Removable:
    """An object in the store that is not needed any more."""

    reason: str  # expired, deleted, orphaned, unfinished
    key: str
    export_id: int | None
    size: int | None = None  # bytes


class Retention:
    """Finds and records the end of packages."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ended(self, limit: int) -> list[Removable]:
        """Up to `limit` packages that have expired, the earliest first."""
        with translated():
            rows = await self._pool.fetch(_ENDED, limit)
        return [_removable("expired", row) for row in rows]

    async def excess(self, max_bytes: int, min_keep_s: float) -> list[Removable]:
        """The packages that go until no more than `max_bytes` are kept: the oldest of the largest owner first.

        None is younger than `min_keep_s`.
        """
        with translated():
            bytes_of = {row["user_id"]: row["bytes"] for row in await self._pool.fetch(_KEPT)}
            too_many = sum(bytes_of.values()) - max_bytes
            if too_many <= 0:
                return []
            largest = sorted((each for each in bytes_of if each is not None), key=bytes_of.__getitem__)[-_OWNERS:]
            rows = await self._pool.fetch(_OLDEST, largest, min_keep_s)
        kept = [KeptPackage(row["content_export_id"], row["key"], row["size"], row["user_id"]) for row in rows]
        going = under_pressure(kept, bytes_of, too_many)
        return [Removable("expired", each.key, each.export_id, each.size) for each in going]

    async def give_up(self, ended: Iterable[Removable]) -> list[Removable]:
        """Mark packages as purged and record their removal. Returns the objects to delete from the store now."""
        exports = {each.export_id for each in ended}
        with translated():
            rows = await self._pool.fetch(_GIVE_UP, list(exports), "expired", JANITOR)
        return [_removable("expired", row) for row in rows]

    async def delete(self, export_id: int, actor: Actor) -> list[Removable]:
        """Make an export `deleted`, in whatever state it is. Returns the objects to delete from the store now."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await db.execute(_STOP, export_id)
                if await db.fetchval(_DELETE, export_id) is not None:
                    await record(db, Action.DELETE, actor, export_id=export_id)
                rows = await db.fetch(_GIVE_UP, [export_id], "deleted", f"user:{actor.user_id}")
        return [_removable("deleted", row) for row in rows]

    async def unwanted(self, keys: Sequence[str]) -> list[bool]:
        """For each key, in order: whether it is a package that neither an attachment nor a running attempt needs.

        False for a key that is not one of a package.
        """
        named = {key: package for key in keys if (package := package_of(key))}
        exports, attempts = [export for export, _ in named.values()], [attempt for _, attempt in named.values()]
        with translated():
            rows = await self._pool.fetch(_UNWANTED, list(named), exports, attempts)
        unwanted = {row["key"] for row in rows}
        return [key in unwanted for key in keys]

    async def note(self, removed: Iterable[Removable]) -> None:
        """Record removals."""
        rows = [(each.reason, JANITOR, each.export_id, each.key, each.size) for each in removed]
        with translated():
            await self._pool.executemany(_NOTE, rows)

    async def old_events(self, older_than_s: float) -> int:
        """The number of events of ended exports that are older than this and not the last of their export."""
        with translated():
            count: int = await self._pool.fetchval(_COUNT_EVENTS, older_than_s)
        return count

    async def prune_events(self, older_than_s: float, limit: int) -> int:
        """Delete up to `limit` of the events that `old_events` counts. Returns how many were deleted."""
        with translated():
            tag = await self._pool.execute(_PRUNE_EVENTS, older_than_s, limit)
        return affected(tag)


def _removable(reason: str, row: Record) -> Removable:
    return Removable(reason, row["key"], row["content_export_id"], row["size"])
