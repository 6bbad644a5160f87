"""Syncs of whole contexts: begun, staged, and then written at one moment, with what they do not name deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from shared.adapters.postgres.content_tables.content_writes import TWINS, is_newer_sql, note_replaced, replaces_sql
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.domain.export import Context
from shared.domain.kinds import Kind, family

_FIND = """
SELECT service, ended_at, result FROM content_syncs WHERE context_type = $1 AND context_id = $2 AND sync = $3 FOR UPDATE
"""
_OPEN = """
SELECT sync FROM content_syncs WHERE context_type = $1 AND context_id = $2 AND ended_at IS NULL
"""
# The moment itself, since messages of one transaction are before the sync, or beside it.
_BEGIN = """
INSERT INTO content_syncs (context_type, context_id, sync, service, began_at) VALUES ($1, $2, $3, $4, clock_timestamp())
"""
_USE = """
UPDATE content_syncs SET used_at = now() WHERE context_type = $1 AND context_id = $2 AND sync = $3 AND ended_at IS NULL RETURNING service
"""
_ABORT = """
DELETE FROM content_syncs WHERE context_type = $1 AND context_id = $2 AND sync = $3
"""
_END = """
UPDATE content_syncs SET ended_at = now(), used_at = now(), result = $4 WHERE context_type = $1 AND context_id = $2 AND sync = $3
"""
_UNSTAGE = """
DELETE FROM content_staged WHERE context_type = $1 AND context_id = $2 AND sync = $3
"""
_FORGET = (
    "DELETE FROM content_syncs WHERE used_at < now() - make_interval(secs => $1) RETURNING ended_at IS NULL AS open"
)

_TWIN = " ".join(f"WHEN '{kind}' THEN '{twin}'" for kind, twin in TWINS.items())
_COLUMNS = "context_type, context_id, kind, id, parent_id, position, body, revision, changed_at, sent_at"
_STAGED = "FROM content_staged s WHERE s.context_type = $1 AND s.context_id = $2 AND s.sync = $3"
_SENT = "$4::timestamptz"  # when the end was sent
_SAME = "o.context_type = $1 AND o.context_id = $2 AND o.id = s.id"

# A topic that the sync has as an announcement is no topic any more, and the other way round.
_DROP_TWINS = f"""
DELETE FROM content_objects o USING content_staged s
 WHERE s.context_type = $1 AND s.context_id = $2 AND s.sync = $3 AND {_SAME}
   AND o.kind = CASE s.kind {_TWIN} END AND {replaces_sql("s", "o", _SENT)}
"""  # noqa: S608  (no value is put in)
_APPLY = f"""
WITH put AS (
    INSERT INTO content_objects AS o ({_COLUMNS})
    SELECT {_COLUMNS} {_STAGED}
       AND NOT EXISTS (SELECT FROM content_objects o WHERE {_SAME} AND o.kind = CASE s.kind {_TWIN} END)
    ON CONFLICT (context_type, context_id, kind, id) DO UPDATE
       SET parent_id = EXCLUDED.parent_id, position = EXCLUDED.position, body = EXCLUDED.body,
           revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at, sent_at = EXCLUDED.sent_at,
           swept_at = NULL, updated_at = clock_timestamp()
     WHERE {replaces_sql("EXCLUDED", "o", _SENT)}
    RETURNING kind, id
)
SELECT count(*) FILTER (WHERE put.id IS NOT NULL) AS taken,
       count(*) FILTER (WHERE put.id IS NULL AND o.id IS NOT NULL AND NOT {is_newer_sql("o", "s")}) AS unchanged,
       count(*) AS staged
  FROM content_staged s
  LEFT JOIN put ON put.kind = s.kind AND put.id = s.id
  LEFT JOIN content_objects o ON {_SAME} AND o.kind = s.kind
 WHERE s.context_type = $1 AND s.context_id = $2 AND s.sync = $3
"""  # noqa: S608  (no value is put in)
# What was written since the sync began, by a message beside it, stays.
_DELETE = f"""
WITH gone AS (
    UPDATE content_objects o
       SET body = jsonb_build_object('id', o.id, 'workflow_state', 'deleted'), parent_id = NULL, position = NULL,
           changed_at = greatest(o.changed_at, $4), sent_at = greatest(o.sent_at, $4), swept_at = $4,
           updated_at = clock_timestamp()
      FROM content_syncs y
     WHERE y.context_type = $1 AND y.context_id = $2 AND y.sync = $3
       AND o.context_type = $1 AND o.context_id = $2 AND NOT o.deleted AND o.updated_at < y.began_at
       AND NOT EXISTS (SELECT {_STAGED} AND s.kind = o.kind AND s.id = o.id)
    RETURNING 1
)
SELECT count(*) FROM gone
"""  # noqa: S608  (no value is put in)

# The identifiers of the objects that the sync has written, or that are as it has them.
_NAME = f"""
INSERT INTO content_identifiers (context_type, context_id, kind, id, prefix, migration_id)
SELECT $1, $2, CASE s.kind WHEN '{Kind.ANNOUNCEMENTS}' THEN '{family(Kind.ANNOUNCEMENTS)}' ELSE s.kind END, s.id, '',
       s.body ->> 'migration_id'
  FROM content_staged s JOIN content_objects o ON {_SAME} AND o.kind = s.kind AND o.body = s.body
 WHERE s.context_type = $1 AND s.context_id = $2 AND s.sync = $3 AND s.body ->> 'migration_id' <> ''
ON CONFLICT (context_type, context_id, kind, id, prefix) DO UPDATE SET migration_id = EXCLUDED.migration_id
"""  # noqa: S608  (no value is put in)
_END_S = 600.0  # for a statement at the end of a sync, which writes a whole context


class SyncRow(NamedTuple):
    """A sync that has begun, and perhaps ended."""

    service: str
    ended_at: datetime | None
    result: Any


class SyncResult(Struct, frozen=True):
    """The outcomes of the objects that a sync named, and how many it did not name."""

    taken: int
    unchanged: int
    older: int
    deleted: int


async def find_sync(db: Connection, context: Context, sync: str) -> SyncRow | None:
    """The sync, locked until the end of the transaction; None if it has not begun, was aborted, or is long ended."""
    with translated():
        row = await db.fetchrow(_FIND, context.type.value, context.id, sync)
    return None if row is None else SyncRow(*row)


async def open_sync(db: Connection, context: Context) -> str | None:
    """The sync of a context that has begun and not ended; None if there is none."""
    with translated():
        sync: str | None = await db.fetchval(_OPEN, context.type.value, context.id)
    return sync


async def begin_sync(db: Connection, context: Context, sync: str, service: str) -> None:
    """Begin a sync in a context that has no open one."""
    with translated():
        await db.execute(_BEGIN, context.type.value, context.id, sync, service)


async def use_sync(db: Connection, context: Context, sync: str) -> str | None:
    """Note that an open sync goes on. Returns the service that began it; None if there is no such open sync."""
    with translated():
        service: str | None = await db.fetchval(_USE, context.type.value, context.id, sync)
    return service


async def abort_sync(db: Connection, context: Context, sync: str) -> None:
    """Forget a sync and what it has staged."""
    with translated():
        await db.execute(_ABORT, context.type.value, context.id, sync)


async def end_sync(db: Connection, context: Context, sync: str, at: datetime) -> SyncResult:
    """Write what the sync has staged, delete what it does not name as of `at`, and keep the result with it."""
    key = (context.type.value, context.id, sync)
    with translated():
        await db.execute(_DROP_TWINS, *key, at, timeout=_END_S)
        [(taken, unchanged, staged)] = await db.fetch(_APPLY, *key, at, timeout=_END_S)
        deleted = await db.fetchval(_DELETE, *key, at, timeout=_END_S)
        result = SyncResult(taken, unchanged, staged - taken - unchanged, deleted)
        await db.execute(_NAME, *key, timeout=_END_S)
        await db.execute(_UNSTAGE, *key, timeout=_END_S)
        await db.execute(_END, *key, {name: getattr(result, name) for name in SyncResult.__struct_fields__})
        await note_replaced(db, context)
    return result


async def forget_syncs(pool: Pool, unused_s: float) -> int:
    """Remove syncs that nobody has used for so long, with what they have staged. Returns how many had not ended."""
    with translated():
        rows = await pool.fetch(_FORGET, unused_s)
    return sum(row["open"] for row in rows)
