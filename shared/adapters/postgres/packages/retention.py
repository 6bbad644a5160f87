"""The end of packages: which may be removed, and the record of removals.

A package is marked as purged in the database before its object is deleted, so that no download is sent to an object
that is gone. A process that ends in between leaves an object that nothing refers to; the next search for such objects
finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.adapters.object_store import package_of
from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.pool import Pool, Record, translated
from shared.domain.audit import Action, Actor
from shared.domain.fairness.quotas import KeptPackage, under_pressure

JANITOR = "janitor"  # the actor that is recorded
_OWNERS = 20  # the largest, whose packages are looked at in a pass

_ENDED = """
SELECT content_export_id, key, size FROM attachments
 WHERE purged_at IS NULL AND expires_at <= now() ORDER BY expires_at LIMIT $1
"""

# What is kept is read a part at a time, the oldest first: of each part what each owner has, and then, of the largest owners,
# the packages that may go. Both read the index attachments_kept.
_PART = 2000
_STORED = """
SELECT e.user_id, sum(a.size)::bigint AS bytes, max(a.id) AS last
  FROM (SELECT id, content_export_id, size FROM attachments
         WHERE purged_at IS NULL AND id > $1 ORDER BY id LIMIT $2) a
  JOIN content_exports e ON e.id = a.content_export_id
 GROUP BY e.user_id
"""
_OLDEST = """
SELECT a.content_export_id, a.key, a.size, e.user_id
  FROM attachments a JOIN content_exports e ON e.id = a.content_export_id
 WHERE a.purged_at IS NULL AND a.id > $1 AND a.id <= $2 AND e.user_id = ANY($3::bigint[]) AND e.workflow_state = 'exported'
   AND a.created_at < now() - make_interval(secs => $4)
 ORDER BY a.id
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
            bytes_of, parts = await self._stored()
            too_many = sum(bytes_of.values()) - max_bytes
            if too_many <= 0:
                return []
            largest = sorted((each for each in bytes_of if each is not None), key=bytes_of.__getitem__)[-_OWNERS:]
            rows = [
                row for part in pairwise(parts) for row in await self._pool.fetch(_OLDEST, *part, largest, min_keep_s)
            ]
        candidates = [KeptPackage(row["content_export_id"], row["key"], row["size"], row["user_id"]) for row in rows]
        going = under_pressure(candidates, bytes_of, too_many)
        return [Removable("expired", each.key, each.export_id, each.size) for each in going]

    async def _stored(self) -> tuple[dict[int | None, int], list[int]]:
        """(bytes of packages by owner, the ids of attachments between which they were read)."""
        bytes_of: dict[int | None, int] = defaultdict(int)
        parts = [0]
        while rows := await self._pool.fetch(_STORED, parts[-1], _PART):
            for row in rows:
                bytes_of[row["user_id"]] += row["bytes"]
            parts.append(max(row["last"] for row in rows))
        return bytes_of, parts

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
        packages = {key: package for key in keys if (package := package_of(key))}
        exports, attempts = [export for export, _ in packages.values()], [attempt for _, attempt in packages.values()]
        with translated():
            rows = await self._pool.fetch(_UNWANTED, list(packages), exports, attempts)
        unwanted = {row["key"] for row in rows}
        return [key in unwanted for key in keys]

    async def note(self, removed: Iterable[Removable]) -> None:
        """Record removals."""
        rows = [(each.reason, JANITOR, each.export_id, each.key, each.size) for each in removed]
        with translated():
            await self._pool.executemany(_NOTE, rows)


def _removable(reason: str, row: Record) -> Removable:
    return Removable(reason, row["key"], row["content_export_id"], row["size"])
