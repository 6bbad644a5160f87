"""The packages that a scrub reads, and what it has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.postgres.pool import Pool, translated
from shared.domain.packages.package_state import PackageState

# Read from the index attachments_to_scrub: the one that was read longest ago comes first.
DUE = """
SELECT a.id, a.content_export_id, a.key, a.size, a.sha256
  FROM attachments a JOIN content_exports e ON e.id = a.content_export_id
 WHERE a.purged_at IS NULL AND coalesce(a.checked_at, a.created_at) < $1 AND e.workflow_state = 'exported'
   AND (a.expires_at IS NULL OR a.expires_at > now())
 ORDER BY coalesce(a.checked_at, a.created_at), a.id LIMIT $2
"""

# Of a package that was given up meanwhile, nothing is recorded: that its object is gone is no damage.
_RECORD = """
WITH before AS (SELECT id, package_state FROM attachments WHERE id = $1 AND purged_at IS NULL FOR UPDATE)
UPDATE attachments a SET package_state = $2, checked_at = now() FROM before WHERE a.id = before.id
RETURNING before.package_state IS DISTINCT FROM $2 AS is_news
"""
_DAMAGED = """
SELECT count(*) FROM attachments WHERE package_state IN ('changed', 'missing') AND purged_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class ScrubbedPackage:
    """A package as it must be."""

    attachment_id: int
    export_id: int
    key: str  # in the object store
    size: int  # bytes
    sha256: str


class PackageScrubs:
    """The packages of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def due(self, before: datetime, limit: int) -> Sequence[ScrubbedPackage]:
        """Up to `limit` packages that were last read before this time, the one of longest ago first."""
        with translated():
            rows = await self._pool.fetch(DUE, before, limit)
        return [
            ScrubbedPackage(row["id"], row["content_export_id"], row["key"], row["size"], row["sha256"]) for row in rows
        ]

    async def record(self, attachment_id: int, state: PackageState) -> bool | None:
        """Write down what was found now: whether that is news; None of a package that was given up meanwhile."""
        with translated():
            is_news: bool | None = await self._pool.fetchval(_RECORD, attachment_id, state.value)
        return is_news

    async def damaged(self) -> int:
        """How many packages are damaged."""
        with translated():
            count: int = await self._pool.fetchval(_DAMAGED)
        return count
