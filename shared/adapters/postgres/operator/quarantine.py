"""Contexts whose exports end the workers that build them: they are put into quarantine, and others go on."""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.postgres.pool import Pool, translated
from shared.domain.audit import Action
from shared.domain.export import Context, ContextType, ExportType

_NEWEST = 200  # exports of a context and type that are looked at for one that has been built since

# An attempt whose lease has lapsed has lost its worker. Workers are counted that were lost in turn: each claimed its export
# after the end of the one before. So those that a machine takes with it count once, however many exports of a context they
# had; and so does one worker, whatever it had. What was built of a context since, or the end of an earlier quarantine, clears it.
# Leases that have lapsed by now are among what is in flight: no claim has ended their attempts yet.
_QUARANTINE = """
WITH RECURSIVE lapsed AS MATERIALIZED (
    SELECT e.context_type, e.context_id, a.worker, a.claimed_at, a.ended_at
      FROM export_attempts a JOIN content_exports e ON e.id = a.content_export_id
     WHERE a.outcome = 'lapsed' AND a.ended_at > now() - make_interval(secs => $2)
    UNION ALL
    SELECT e.context_type, e.context_id, e.worker, e.claimed_at, e.lease_expires_at
      FROM content_exports e
     WHERE e.workflow_state = 'exporting' AND e.lease_expires_at < now()
       AND (e.requeued_at IS NULL OR e.requeued_at < e.lease_expires_at) AND e.worker IS NOT NULL
       AND NOT EXISTS (SELECT FROM export_attempts a WHERE a.content_export_id = e.id AND a.attempt = e.attempt)
), suspect AS MATERIALIZED (
    SELECT l.context_type, l.context_id,
           greatest((SELECT max(newest.finished_at)
                       FROM unnest($5::text[]) AS t (export_type)
                      CROSS JOIN LATERAL (
                            SELECT e.finished_at FROM content_exports e
                             WHERE (e.context_type, e.context_id) = (l.context_type, l.context_id)
                               AND e.workflow_state = 'exported' AND e.export_type = t.export_type
                             ORDER BY e.id DESC LIMIT $3) newest),
                    (SELECT max(p.resumed_at) FROM export_pauses p
                      WHERE p.quarantine AND (p.context_type, p.context_id) = (l.context_type, l.context_id))) AS cleared_at
      FROM lapsed l GROUP BY l.context_type, l.context_id HAVING count(DISTINCT l.worker) >= $1
), counted AS MATERIALIZED (
    SELECT l.context_type, l.context_id, l.worker, l.claimed_at, l.ended_at FROM suspect s JOIN lapsed l USING (context_type, context_id)
     WHERE l.ended_at > coalesce(s.cleared_at, '-infinity')
), in_turn AS (
    (SELECT DISTINCT ON (context_type, context_id) context_type, context_id, ended_at, 1 AS workers
       FROM counted ORDER BY context_type, context_id, ended_at)
    UNION ALL
    SELECT t.context_type, t.context_id, later.ended_at, t.workers + 1
      FROM in_turn t
     CROSS JOIN LATERAL (SELECT c.ended_at FROM counted c
                          WHERE (c.context_type, c.context_id) = (t.context_type, t.context_id) AND c.claimed_at > t.ended_at
                          ORDER BY c.ended_at LIMIT 1) later
     WHERE t.workers < $1
), added AS (
    INSERT INTO export_pauses (quarantine, context_type, context_id, reason)
    SELECT true, context_type, context_id,
           format('%s workers in turn were lost, or made no progress, while they built its exports.', t.workers)
      FROM in_turn t
     WHERE t.workers >= $1
       AND (SELECT count(DISTINCT c.worker) FROM counted c
             WHERE (c.context_type, c.context_id) = (t.context_type, t.context_id)) >= $1
    ON CONFLICT DO NOTHING
    RETURNING context_type, context_id, reason
), audited AS (
    INSERT INTO audit_log (action, subject) SELECT $4, lower(context_type) || 's/' || context_id FROM added
)
SELECT context_type, context_id, reason FROM added
"""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A context that is in quarantine from now on, and why."""

    context: Context
    reason: str


async def quarantine_contexts(pool: Pool, *, workers: int, within_s: float) -> list[Quarantined]:
    """Put contexts into quarantine whose exports have lost so many workers within this time, and were not built since."""
    values = (workers, within_s, _NEWEST, Action.QUARANTINE.value, list(ExportType))
    with translated():
        rows = await pool.fetch(_QUARANTINE, *values)
    return [Quarantined(Context(ContextType(row["context_type"]), row["context_id"]), row["reason"]) for row in rows]
