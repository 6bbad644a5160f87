"""A table of exports as it is after years: many that have ended, and a backlog, written by the database itself."""

from __future__ import annotations

from shared.adapters.postgres.pool import Connection

COURSE = 1  # in which every sixth export is
OWNERS = 5000
_TABLES = (
    *("content_exports", "progress", "attachments", "package_entries", "export_reports", "export_events"),
    *("audit_log", "idempotency_keys", "export_flows", "export_attempts", "removals", "deliveries", "worker_processes"),
)

# Of a hundred that have ended, in half a year, 95 are exported, three failed, two deleted. The others wait, for up to an hour.
_EXPORTS = """
INSERT INTO content_exports (context_type, context_id, user_id, export_type, workflow_state, settings, attempt, worker,
                             warnings_count, request_id, created_at, updated_at, started_at, finished_at, cost, large, turn, held)
SELECT 'Course', CASE WHEN n % 6 = 0 THEN 1 ELSE 2 + n % 20000 END, 1 + n % 5000,
       (ARRAY['common_cartridge', 'qti', 'zip'])[1 + n % 3],
       CASE WHEN n > $1 THEN 'created' WHEN n % 100 < 95 THEN 'exported' WHEN n % 100 < 98 THEN 'failed' ELSE 'deleted' END,
       '{"skip_notifications": false}', (n <= $1::integer)::integer, CASE WHEN n <= $1 THEN 'a-worker' END, 0, 'request-' || n,
       t.at, t.at, CASE WHEN n <= $1 THEN t.at END, CASE WHEN n <= $1 THEN t.at END, 1, n % 50 = 0, n, n > $1 AND n % 4 = 0
  FROM generate_series(1, $1::integer + $2::integer) AS n
 CROSS JOIN LATERAL (SELECT now() - make_interval(secs => CASE WHEN n > $1 THEN ($1::integer + $2::integer - n) * 3600.0 / $2::integer
                                           ELSE 3600 + ($1 - n) * 15552000.0 / $1 END) AS at) t
"""
_REST = (
    """
    INSERT INTO progress (id, content_export_id, user_id, completion, workflow_state, created_at, updated_at)
    SELECT progress_id, id, user_id, CASE workflow_state WHEN 'created' THEN 0 ELSE 100 END,
           CASE workflow_state WHEN 'created' THEN 'queued' WHEN 'failed' THEN 'failed' ELSE 'completed' END,
           created_at, created_at
      FROM content_exports
    """,
    """
    INSERT INTO attachments (content_export_id, key, filename, content_type, size, sha256, entries, created_at, expires_at,
                             purged_at, reminded_at)
    SELECT id, 'packages/' || id || '/1/a.imscc', 'a.imscc', 'application/zip', 1000000, repeat('a', 64), 2, created_at,
           created_at + interval '30 days', CASE WHEN created_at < now() - interval '30 days' THEN created_at + interval '30 days' END,
           CASE WHEN created_at < now() - interval '27 days' THEN created_at + interval '27 days' END
      FROM content_exports WHERE workflow_state IN ('exported', 'deleted')
    """,
    """
    INSERT INTO package_entries (content_export_id, place, path, size, compressed_size, crc32, header_offset)
    SELECT a.content_export_id, place, 'imsmanifest-' || place || '.xml', 1, 1, 1, 1
      FROM attachments a CROSS JOIN generate_series(0, 1) AS place WHERE a.purged_at IS NULL
    """,
    """
    INSERT INTO export_reports (content_export_id, receipt)
    SELECT id, '{"complete": true, "warnings": []}' FROM content_exports WHERE workflow_state IN ('exported', 'deleted')
    """,
    """
    INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, sequence, created_at, data)
    SELECT e.id, e.progress_id, e.context_type, e.context_id, 'content_export.state', s.number, e.created_at,
           jsonb_build_object('type', 'content_export.' || s.word || '.v1', 'content_export_id', e.id, 'progress_id', e.progress_id,
                              'context_type', 'Course', 'context_id', e.context_id, 'workflow_state', e.workflow_state,
                              'export_type', e.export_type, 'attempt', e.attempt, 'completion', 100, 'at', '2026-01-01T00:00:00Z')
      FROM content_exports e JOIN (VALUES (1, 'requested'), (2, 'exported')) AS s (number, word)
        ON s.number = 1 OR e.workflow_state <> 'created'
     ORDER BY e.id, s.number
    """,
    """
    INSERT INTO export_attempts (content_export_id, attempt, worker, claimed_at, ended_at, outcome)
    SELECT id, 1, worker, created_at, created_at, CASE workflow_state WHEN 'failed' THEN 'failed' ELSE 'finished' END
      FROM content_exports WHERE attempt > 0
    """,
    """
    INSERT INTO audit_log (at, action, content_export_id, user_id, request_id)
    SELECT created_at, 'create', id, user_id, request_id FROM content_exports
    """,
    """
    INSERT INTO idempotency_keys (owner, route, key, request_digest, content_export_id, created_at)
    SELECT 'token:' || user_id, 'POST /exports', id::text, '\\x00', id, created_at
      FROM content_exports WHERE created_at > now() - interval '3 days'
    """,
    """
    INSERT INTO removals (removed_at, reason, actor, content_export_id, key, size)
    SELECT purged_at, 'expired', 'janitor', content_export_id, key, size FROM attachments WHERE purged_at IS NOT NULL
    """,
    """
    INSERT INTO deliveries (event_id, event_type, channel, target, body, state, due_at, created_at, updated_at)
    SELECT 'event-' || id, 'content_export.exported.v1', 'mail', user_id::text, '{}', 'delivered', created_at, created_at, created_at
      FROM content_exports WHERE workflow_state = 'exported'
    """,
    """
    INSERT INTO export_flows (export_type, user_id, priority, turn, added, open, opened)
    SELECT export_type, user_id, priority, max(turn) + 1, 1, count(*) FILTER (WHERE workflow_state = 'created' AND NOT held), 0
      FROM content_exports GROUP BY export_type, user_id, priority
    """,
)


async def generate(db: Connection, finished: int, waiting: int) -> None:
    """Fill an empty, migrated database. Its triggers do not run; the statistics and the visibility map are fresh."""
    async with db.transaction():
        for table in ("content_exports", "attachments"):
            await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await db.execute(_EXPORTS, finished, waiting, timeout=600)
        for statement in _REST:
            await db.execute(statement, timeout=600)
        for table in ("content_exports", "attachments"):
            await db.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in _TABLES:
        await db.execute(f"VACUUM ANALYZE {table}", timeout=600)
