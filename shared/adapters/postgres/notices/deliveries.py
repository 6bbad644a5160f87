"""The deliveries table: written once for each event, channel and target; claimed when due; ended by their outcome."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.adapters.postgres.pool import Connection, Pool, Record, affected, translated
from shared.domain.notices.deliveries import (
    ChannelName,
    DeliveryRow,
    DeliveryState,
    NewDelivery,
    NoticeDelivery,
    SendOutcome,
    Sent,
    TryAgain,
)

_COLUMNS = """
id, event_id, event_type, channel, target, body, state, attempt, tries, due_at, answer, reason, created_at, updated_at
"""
# In one order, so that two processes that write the same rows never wait for each other in a circle.
_ADD = """
INSERT INTO deliveries (event_id, event_type, channel, target, body)
SELECT n.event_id, n.event_type, n.channel, n.target, n.body
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n (event_id, event_type, channel, target, body)
 ORDER BY event_id, channel, target
ON CONFLICT (event_id, channel, target) DO NOTHING
"""

# Targets take turns: they are served in their order, from the one behind the last that was served, with a few rows of each.
# They are those of what is due, however many others wait. Only where more is due than is looked at does the search go from
# target to target, so that its cost does not depend on the backlog of one of them; it ends once it has enough.
_LOOKED_AT = 1000
_CLAIM = f"""
WITH RECURSIVE oldest AS MATERIALIZED (
    SELECT target FROM deliveries WHERE channel = $1 AND state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT {_LOOKED_AT}
), walk AS (
    (SELECT target FROM deliveries
      WHERE channel = $1 AND state = 'waiting' AND target > $2 AND (SELECT count(*) FROM oldest) = {_LOOKED_AT}
      ORDER BY target LIMIT 1)
     UNION ALL
    SELECT following.target
      FROM walk w
     CROSS JOIN LATERAL (SELECT target FROM deliveries
                          WHERE channel = $1 AND state = 'waiting' AND target > w.target ORDER BY target LIMIT 1) following
), targets AS (
    (SELECT DISTINCT target FROM oldest
      WHERE target > $2 AND (SELECT count(*) FROM oldest) < {_LOOKED_AT} ORDER BY target)
     UNION ALL
    SELECT target FROM walk
), due AS (
    SELECT d.id
      FROM targets t
     CROSS JOIN LATERAL (SELECT id FROM deliveries
                          WHERE channel = $1 AND state = 'waiting' AND target = t.target AND due_at <= now()
                          ORDER BY due_at, id LIMIT $5 FOR UPDATE SKIP LOCKED) d
     WHERE t.target <> ALL($3::text[])
     LIMIT $4
)
UPDATE deliveries
   SET attempt = attempt + 1, tries = coalesce(tries, attempt), due_at = now() + make_interval(secs => $6), updated_at = now()
 WHERE id IN (SELECT id FROM due)
RETURNING {_COLUMNS}
"""  # noqa: S608  (no value of a caller is put in)
_RECORD = """
UPDATE deliveries
   SET state = $3, due_at = now() + make_interval(secs => $4), answer = $5, reason = $6, updated_at = now(),
       tries = coalesce(tries, attempt - 1) + $7
 WHERE id = $1 AND attempt = $2 AND state = 'waiting'
RETURNING id
"""
_OLDEST_DUE = """
SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 FROM deliveries
 WHERE channel = $1 AND state = 'waiting' AND due_at <= now()
"""
_PRUNE = """
DELETE FROM deliveries WHERE id = ANY(ARRAY(
    SELECT id FROM deliveries
     WHERE state <> 'waiting' AND updated_at < now() - make_interval(secs => $1) ORDER BY updated_at LIMIT $2))
"""

_PAGE = f"""
SELECT {_COLUMNS} FROM deliveries WHERE channel = $1 AND target = $2 AND ($3::bigint IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
"""  # noqa: S608  (no value is put in)
# Its tries are counted anew once it has ended; one that waits is tried at once, under the number that is its turn.
_AGAIN = f"""
UPDATE deliveries
   SET state = 'waiting', due_at = now(), updated_at = now(), attempt = CASE WHEN state = 'waiting' THEN attempt ELSE 0 END,
       tries = CASE WHEN state = 'waiting' THEN tries ELSE 0 END
 WHERE channel = $1 AND target = $2 AND id = $3
RETURNING {_COLUMNS}
"""  # noqa: S608  (no value is put in)
_OF_EVENT = f"SELECT {_COLUMNS} FROM deliveries WHERE event_id = $1 AND channel = $2 AND target = $3"  # noqa: S608  (no value is put in)

_WAITING_OF_TYPE = f"""
SELECT {_COLUMNS} FROM deliveries WHERE channel = $1 AND target = $2 AND state = 'waiting' AND event_type = $3 ORDER BY id LIMIT 1
"""  # noqa: S608  (no value is put in)


class Deliveries:
    """The deliveries of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(
        self, channel: ChannelName, *, after: str, busy: Collection[str], limit: int, of_each: int, lease_s: float
    ) -> list[NoticeDelivery]:
        """Begin the next try of up to `limit` due deliveries, at most `of_each` of a target and none of `busy` ones.

        They are of targets behind `after`, in the order of targets. A try that is not recorded within the lease is
        lost, and the delivery is due again.
        """
        with translated():
            rows = await self._pool.fetch(_CLAIM, channel.value, after, list(busy), limit, of_each, lease_s)
        return sorted(map(_delivery_from, rows), key=lambda each: (each.target, each.id))

    async def record(self, delivery: NoticeDelivery, outcome: SendOutcome) -> bool:
        """Write the outcome of a try. False if the delivery has been claimed again or ended meanwhile."""
        state, wait_s, reason = _ending(outcome)
        values = (state.value, wait_s, outcome.answer, reason, int(_counts(outcome)))
        with translated():
            return await self._pool.fetchval(_RECORD, delivery.id, delivery.attempt, *values) is not None

    async def page(self, channel: ChannelName, target: str, before_id: int | None, limit: int) -> list[DeliveryRow]:
        """Up to `limit` deliveries to a target, the newest first; those with a smaller id than `before_id`."""
        with translated():
            return [_row_from(row) for row in await self._pool.fetch(_PAGE, channel.value, target, before_id, limit)]

    async def oldest_due_s(self, channel: ChannelName) -> float:
        """For how many seconds the oldest delivery has been due; 0 if none is."""
        with translated():
            age: float = await self._pool.fetchval(_OLDEST_DUE, channel.value)
        return age

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` ended rows that have not changed for this long. Returns how many."""
        with translated():
            tag = await self._pool.execute(_PRUNE, older_than_s, limit)
        return affected(tag)


async def add(db: Connection, new: Sequence[NewDelivery]) -> None:
    """Write deliveries, due at once, in the transaction of the connection; those that are there stay as they are."""
    columns = [(each.event_id, each.event_type, each.channel.value, each.target, each.body) for each in new]
    if columns:
        await db.execute(_ADD, *map(list, zip(*columns, strict=True)))


async def again(db: Connection, channel: ChannelName, target: str, delivery_id: int) -> DeliveryRow | None:
    """Have a delivery of a target sent again, under the same id; None for an unknown one."""
    row = await db.fetchrow(_AGAIN, channel.value, target, delivery_id)
    return None if row is None else _row_from(row)


async def of_event(db: Connection, event_id: str, channel: ChannelName, target: str) -> DeliveryRow:
    """The delivery of an event to a target, which has been written."""
    (row,) = await db.fetch(_OF_EVENT, event_id, channel.value, target)
    return _row_from(row)


async def waiting_of_type(db: Connection, like: NewDelivery) -> DeliveryRow | None:
    """A delivery of the same type to the same target that waits."""
    row = await db.fetchrow(_WAITING_OF_TYPE, like.channel.value, like.target, like.event_type)
    return None if row is None else _row_from(row)


def _ending(outcome: SendOutcome) -> tuple[DeliveryState, float, str | None]:
    """(state, seconds until it is due, reason) after an outcome."""
    if isinstance(outcome, Sent):
        return DeliveryState.DELIVERED, 0.0, None
    if isinstance(outcome, TryAgain):
        return DeliveryState.WAITING, outcome.wait_s, outcome.reason
    return outcome.state, 0.0, outcome.reason


def _counts(outcome: SendOutcome) -> bool:
    """Whether the try is one of those that a delivery has."""
    if isinstance(outcome, TryAgain):
        return outcome.counts
    return isinstance(outcome, Sent) or outcome.state is not DeliveryState.DROPPED


def _row_from(row: Record) -> DeliveryRow:
    return DeliveryRow(
        id=row["id"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        state=DeliveryState(row["state"]),
        tries=row["attempt"] if row["tries"] is None else row["tries"],
        due_at=row["due_at"],
        answer=row["answer"],
        reason=row["reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _delivery_from(row: Record) -> NoticeDelivery:
    return NoticeDelivery(
        id=row["id"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        channel=ChannelName(row["channel"]),
        target=row["target"],
        body=row["body"],
        attempt=row["attempt"],
        created_at=row["created_at"],
        tries=row["tries"],
    )
