"""The shards of relays: which of them a relay has, and up to which event each is published.

A shard is leased to one relay at a time, so that relays share the work and each context keeps its order. A relay that is
frozen or killed holds up its own shards alone, for a few seconds; it holds no lock meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from shared.adapters.postgres.pool import Pool, translated

SHARDS = 8

_LEASE_S = 5.0
_RENEW_S = 1.5  # two renewals may fail

_SEEN = """
INSERT INTO relays (name, seen_until) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (name) DO UPDATE SET seen_until = EXCLUDED.seen_until
"""
# Its share of the shards is what it keeps, and what it takes of those that no relay has.
_HOLD = f"""
WITH share AS MATERIALIZED (
    SELECT ceil({SHARDS}.0 / greatest(count(*), 1))::integer AS most FROM relays WHERE seen_until > now()
), kept AS MATERIALIZED (
    SELECT shard FROM relay_shards
     WHERE relay = $1 AND leased_until >= now() ORDER BY shard LIMIT (SELECT most FROM share) FOR UPDATE
), released AS (
    UPDATE relay_shards SET leased_until = '-infinity'
     WHERE relay = $1 AND leased_until >= now() AND shard NOT IN (SELECT shard FROM kept)
), free AS MATERIALIZED (
    SELECT shard FROM relay_shards WHERE leased_until < now()
     ORDER BY shard LIMIT greatest((SELECT most FROM share) - (SELECT count(*) FROM kept), 0) FOR UPDATE SKIP LOCKED
)
UPDATE relay_shards SET relay = $1, leased_until = now() + make_interval(secs => $2)
 WHERE shard IN (SELECT shard FROM kept UNION ALL SELECT shard FROM free)
RETURNING shard, published_id
"""  # noqa: S608  (no value is put in)
_ADVANCE = """
UPDATE relay_shards r SET published_id = p.id
  FROM unnest($2::integer[], $3::bigint[]) AS p (shard, id)
 WHERE r.shard = p.shard AND r.relay = $1 AND r.published_id < p.id
"""
_RELEASE = """
WITH gone AS (DELETE FROM relays WHERE name = $1 OR seen_until < now() - interval '1 day')
UPDATE relay_shards SET leased_until = '-infinity' WHERE relay = $1
"""


class RelayShards:
    """The shards that one relay has, under a name that no other has."""

    def __init__(self, pool: Pool, name: str) -> None:
        self._pool = pool
        self._name = name
        self._published: dict[int, int] = {}
        self._renew_at = 0.0

    async def held(self) -> Mapping[int, int]:
        """The shards of this relay, each with the id up to which its events are published; leased for some seconds."""
        if (now := time.monotonic()) >= self._renew_at:
            with translated():
                await self._pool.execute(_SEEN, self._name, _LEASE_S)
                rows = await self._pool.fetch(_HOLD, self._name, _LEASE_S)
            self._published = {row["shard"]: row["published_id"] for row in rows}
            self._renew_at = now + _RENEW_S
        return self._published

    async def advance(self, published: Mapping[int, int]) -> None:
        """The events of these shards up to these ids have been confirmed."""
        further = {shard: event_id for shard, event_id in published.items() if event_id > self._published[shard]}
        if further:
            self._published |= further
            with translated():
                await self._pool.execute(_ADVANCE, self._name, list(further), list(further.values()))

    def renew(self) -> None:
        """Ask the database at the next look, before the lease is a third over."""
        self._renew_at = 0.0

    async def release(self) -> None:
        """Let other relays have them at once."""
        self._published, self._renew_at = {}, 0.0
        with translated():
            await self._pool.execute(_RELEASE, self._name)
