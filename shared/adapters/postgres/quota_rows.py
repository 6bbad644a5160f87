"""What owners and contexts have in use: exports that have not ended, and bytes of packages."""

from __future__ import annotations

from shared.adapters.postgres.pool import Pool, translated
from shared.domain.export import Context
from shared.domain.fairness.quotas import Quotas, Usage

# Exports are counted up to the quota, and nothing is read where there is no quota.
_USAGE = """
SELECT (SELECT count(*) FROM (SELECT FROM content_exports
                               WHERE user_id = $1 AND workflow_state IN ('created', 'exporting') LIMIT $4) own),
       (SELECT count(*) FROM (SELECT FROM content_exports
                               WHERE context_type = $2 AND context_id = $3
                                 AND workflow_state IN ('created', 'exporting') LIMIT $5) own),
       CASE WHEN $6 THEN (SELECT coalesce(sum(a.size), 0)::bigint
                            FROM content_exports e JOIN attachments a ON a.content_export_id = e.id
                           WHERE e.user_id = $1 AND e.workflow_state = 'exported' AND a.purged_at IS NULL) ELSE 0 END,
       CASE WHEN $7 THEN (SELECT coalesce(sum(a.size), 0)::bigint
                            FROM content_exports e JOIN attachments a ON a.content_export_id = e.id
                           WHERE e.context_type = $2 AND e.context_id = $3 AND e.workflow_state = 'exported'
                             AND a.purged_at IS NULL) ELSE 0 END
"""


class QuotaRows:
    """Counts for quotas."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def usage(self, owner: int, context: Context, quotas: Quotas) -> Usage:
        """What an owner and a context have in use, as far as there is a quota. Raises DatabaseUnavailable."""
        counted = (quotas.waiting_per_owner, quotas.waiting_per_context)
        summed = (quotas.bytes_per_owner > 0, quotas.bytes_per_context > 0)
        with translated():
            row = await self._pool.fetchrow(_USAGE, owner, context.type.value, context.id, *counted, *summed)
        return Usage(*row) if row else Usage()
