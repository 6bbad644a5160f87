"""Queues as estimates need them: what waits first of a type, what is being built, how fast the last ones were.

Each statement reads a bounded number of rows from an index, however many exports wait; none is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from shared.adapters.postgres.operator.paused import NOT_PAUSED, PAUSED
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.domain.export import ExportType
from shared.domain.fairness.priority import Priority
from shared.domain.fairness.queue_view import (
    ARRIVING_S,
    FRONT,
    STRETCH,
    STRETCHES,
    Backlog,
    BuildingExport,
    Flow,
    QueueView,
    WaitingExport,
)
from shared.domain.fairness.rates import Rates, Sample

_SAMPLES = 256  # exports that rates are measured on: the newest that have their packages
_BUILDING = 256
_BACKLOGS = 300  # flows
_ARRIVED = 200  # the newest of each state

_WITH = f"WITH paused AS MATERIALIZED ({PAUSED})"

WORKERS = f"""
{_WITH}
SELECT (SELECT turn FROM export_clocks WHERE export_type = $1) AS clock,
       CASE WHEN (SELECT everything FROM paused) THEN 0
            ELSE (SELECT coalesce(sum(slots), 0) FROM worker_processes
                  WHERE export_type = $1 AND seen_until > now() AND draining_since IS NULL) END AS slots
"""  # noqa: S608  (no value is put in)
BUILDING = """
SELECT greatest(extract(epoch FROM now() - coalesce(claimed_at, now())), 0)::double precision AS elapsed_s,
       cost, large
  FROM content_exports WHERE export_type = $1 AND workflow_state = 'exporting' AND lease_expires_at >= now()
 ORDER BY turn, id LIMIT $2
"""


def _ready(order: str, limit: str, beyond: str = "") -> str:
    """What may be built, of both lanes: the index content_exports_turns has one after the other. What is paused takes no slot."""
    lanes = (
        f"""
    (SELECT turn, id, cost, large FROM content_exports e
      WHERE large = {large} {beyond} AND export_type = $1 AND workflow_state = 'created' AND held IS NOT TRUE AND {NOT_PAUSED}
      ORDER BY {order} LIMIT {limit})"""  # noqa: S608  (no value is put in)
        for large in ("false", "true")
    )
    return f"SELECT turn, id, cost, large FROM ({' UNION ALL '.join(lanes)}) lanes ORDER BY {order} LIMIT {limit}"  # noqa: S608


FRONT_OF = f"{_WITH} {_ready('turn, id', '$2')}"
LAST_OF = f"{_WITH} {_ready('turn DESC, id DESC', '1')}"
STRETCHES_OF = f"""
{_WITH}
SELECT p.place, s.turn, s.id, s.cost, s.large
  FROM unnest($2::double precision[]) WITH ORDINALITY AS p (turn, place)
 CROSS JOIN LATERAL ({_ready("turn, id", "$3", "AND turn >= p.turn")}) s
 ORDER BY p.place, s.turn, s.id
"""  # noqa: S608  (no value is put in)

# The flows that have exports held back, one after another from the index content_exports_held, and where each ends.
BACKLOGS = """
WITH RECURSIVE flow AS (
    (SELECT user_id, priority, turn, 1 AS place FROM content_exports
      WHERE export_type = $1 AND held AND workflow_state = 'created' ORDER BY user_id, priority, turn, id LIMIT 1)
    UNION ALL
    SELECT n.user_id, n.priority, n.turn, flow.place + 1
      FROM flow CROSS JOIN LATERAL (
           SELECT user_id, priority, turn FROM content_exports
            WHERE export_type = $1 AND held AND workflow_state = 'created'
              AND (user_id, priority) > (flow.user_id, flow.priority)
            ORDER BY user_id, priority, turn, id LIMIT 1) n
     WHERE flow.place < $2
)
SELECT flow.priority, flow.turn AS first_turn, f.turn AS end_turn
  FROM flow JOIN export_flows f ON (f.export_type, f.user_id, f.priority) = ($1, flow.user_id, flow.priority)
"""

# The newest of each state, from the index content_exports_by_state.
ARRIVED = """
SELECT s.state, e.user_id, e.priority, e.cost, extract(epoch FROM now() - e.created_at)::double precision AS age_s
  FROM unnest('{created,exporting,exported}'::text[]) AS s (state)
 CROSS JOIN LATERAL (SELECT user_id, priority, cost, created_at FROM content_exports
                      WHERE workflow_state = s.state AND export_type = $1 AND created_at > now() - make_interval(secs => $2)
                      ORDER BY created_at DESC, id DESC LIMIT $3) e
"""
SAMPLES = """
SELECT cost, large, extract(epoch FROM created_at)::double precision AS created_at,
       extract(epoch FROM coalesce(claimed_at, started_at))::double precision AS started_at,
       extract(epoch FROM finished_at)::double precision AS finished_at
  FROM content_exports e WHERE workflow_state = 'exported' AND export_type = $1
 ORDER BY e.created_at DESC, e.id DESC LIMIT $2  -- by the column, which an index has, and not by what is selected
"""


class QueueViews:
    """The queues of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def queue(self, export_type: ExportType) -> QueueView:
        """The queue of a type now. Raises DatabaseUnavailable."""
        with translated():
            async with acquired(self._pool) as db:
                workers = await db.fetchrow(WORKERS, export_type.value)
                building = await db.fetch(BUILDING, export_type.value, _BUILDING)
                front = [_waiting(row) for row in await db.fetch(FRONT_OF, export_type.value, FRONT)]
                last, stretches = await _rest(db, export_type, front) if len(front) == FRONT else (None, [])
                backlogs = await db.fetch(BACKLOGS, export_type.value, _BACKLOGS)
                arrived = await db.fetch(ARRIVED, export_type.value, ARRIVING_S, _ARRIVED)
        assert workers is not None
        return QueueView(
            slots=workers["slots"],
            clock=workers["clock"] or 0.0,
            building=[BuildingExport(row["elapsed_s"], row["cost"], row["large"]) for row in building],
            front=front,
            stretches=stretches,
            last=last,
            backlogs=[
                Backlog(row["first_turn"], row["end_turn"], Priority(row["priority"]).weight) for row in backlogs
            ],
            arriving=_arriving(arrived),
        )

    async def rates(self, export_type: ExportType) -> Rates:
        """How fast exports of a type were built lately. Raises DatabaseUnavailable."""
        with translated():
            rows = await self._pool.fetch(SAMPLES, export_type.value, _SAMPLES)
        return Rates(
            [
                Sample(row["cost"], row["large"], row["created_at"], row["started_at"], row["finished_at"])
                for row in rows
                if row["started_at"] is not None and row["finished_at"] is not None
            ]
        )


async def _rest(
    db: Connection, export_type: ExportType, front: Sequence[WaitingExport]
) -> tuple[WaitingExport | None, list[list[WaitingExport]]]:
    """(the last export of the queue, samples of what waits behind the front)."""
    row = await db.fetchrow(LAST_OF, export_type.value)
    last, begin = (_waiting(row) if row else None), front[-1].turn
    if last is None or last.turn <= begin:
        return last, []
    points = [begin + (last.turn - begin) * place / STRETCHES for place in range(STRETCHES)]
    stretches: dict[int, list[WaitingExport]] = defaultdict(list)
    for row in await db.fetch(STRETCHES_OF, export_type.value, points, STRETCH):
        stretches[row["place"]].append(_waiting(row))
    return last, [stretches[place] for place in sorted(stretches)]


def _waiting(row: Record) -> WaitingExport:
    return WaitingExport(row["turn"], row["id"], row["cost"], row["large"])


def _arriving(rows: Sequence[Record]) -> dict[Flow, float]:
    """By flow, the cost a second; of a time in which no more was created than was read."""
    by_state: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_state[row["state"]].append(row["age_s"])
    full = [max(ages) for ages in by_state.values() if len(ages) == _ARRIVED]
    seconds = max(min([ARRIVING_S, *full]), 1.0)
    arriving: dict[Flow, float] = defaultdict(float)
    for row in rows:
        if row["age_s"] <= seconds:
            arriving[row["user_id"], row["priority"]] += row["cost"] / seconds
    return dict(arriving)
