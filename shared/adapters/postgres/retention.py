"""What may be removed, and the record of what was.

The database gives a package up before the store does: until then it is handed out, from then on nobody is sent to it.
A process that ends in between leaves an object that nothing refers to, which the next look for such objects finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.adapters.object_store import package_of
from shared.adapters.postgres.pool import Pool, Record, translated

JANITOR = "janitor"  # as the actor of a removal

_ENDED = """
SELECT content_export_id, key, size FROM attachments
 WHERE purged_at IS NULL AND expires_at <= now() ORDER BY expires_at LIMIT $1
"""

# One statement: the attachment is given up, its members are forgotten, the removal is on record.
_GIVE_UP = """
WITH gone AS (
    UPDATE attachments SET purged_at = now() WHERE content_export_id = ANY($1::bigint[]) AND purged_at IS NULL
    RETURNING content_export_id, key, size
), members AS (
    DELETE FROM package_entries WHERE content_export_id IN (SELECT content_export_id FROM gone)
), noted AS (
    INSERT INTO removals (reason, actor, content_export_id, key, size)
    SELECT $2, $3, content_export_id, key, size FROM gone
)
SELECT content_export_id, key, size FROM gone
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
"""

# Whatever the current attempt of an unfinished export has written may still become its package, live lease or not.
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

# A stream begins with the newest event of an export, and a state that the broker was not told of is still to be told.
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
    """Bytes in the object store that nobody needs any more."""

    reason: str  # expired, deleted, orphaned, unfinished
    key: str
    export_id: int | None
    size: int | None = None  # bytes


class Retention:
    """What a database says about the end of packages."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ended(self, limit: int) -> list[Removable]:
        """Packages whose time is over, the longest over first."""
        with translated():
            rows = await self._pool.fetch(_ENDED, limit)
        return [_removable("expired", row) for row in rows]

    async def give_up(self, ended: Iterable[Removable]) -> list[Removable]:
        """Give up the packages of exports whose time is over, on record; what the store is to delete now."""
        exports = {each.export_id for each in ended}
        with translated():
            rows = await self._pool.fetch(_GIVE_UP, list(exports), "expired", JANITOR)
        return [_removable("expired", row) for row in rows]

    async def delete(self, export_id: int, user_id: int) -> list[Removable]:
        """End an export for good, whatever it is doing: it is `deleted`; what the store is to delete now."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await db.execute(_STOP, export_id)
                await db.execute(_DELETE, export_id)
                rows = await db.fetch(_GIVE_UP, [export_id], "deleted", f"user:{user_id}")
        return [_removable("deleted", row) for row in rows]

    async def unwanted(self, keys: Sequence[str]) -> list[bool]:
        """For each key of a package: whether neither an attachment nor a running attempt needs it.

        False for a key that is none of a package.
        """
        named = {key: package for key in keys if (package := package_of(key))}
        exports, attempts = [export for export, _ in named.values()], [attempt for _, attempt in named.values()]
        with translated():
            rows = await self._pool.fetch(_UNWANTED, list(named), exports, attempts)
        unwanted = {row["key"] for row in rows}
        return [key in unwanted for key in keys]

    async def note(self, removed: Iterable[Removable]) -> None:
        """Put removals on record."""
        rows = [(each.reason, JANITOR, each.export_id, each.key, each.size) for each in removed]
        with translated():
            await self._pool.executemany(_NOTE, rows)

    async def old_events(self, older_than_s: float) -> int:
        """How many lines of the log of finished exports are older than this, and not the last of their export."""
        with translated():
            count: int = await self._pool.fetchval(_COUNT_EVENTS, older_than_s)
        return count

    async def prune_events(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` of them; how many there were."""
        with translated():
            done: str = await self._pool.execute(_PRUNE_EVENTS, older_than_s, limit)
        return int(done.rpartition(" ")[2])


def _removable(reason: str, row: Record) -> Removable:
    return Removable(reason, row["key"], row["content_export_id"], row["size"])
