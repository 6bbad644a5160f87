"""The exports table, read and added to. What only a worker does to an export is in leases.py."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any

import msgspec

from shared.adapters.postgres.audit_log import actor_columns
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.operator.paused import IS_PAUSED_BY
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.contracts.estimates import StoredEstimate, estimate_json
from shared.contracts.messages import ExportRequested
from shared.contracts.topology import REQUESTS
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.export import (
    Attachment,
    ContentExport,
    Context,
    ContextType,
    ExportId,
    ExportRequest,
    ExportTurn,
    ExportType,
    Progress,
    WorkflowState,
)
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QUEUE_LIMITS, QueueLimits
from shared.domain.operator.paused_wait import PausedWait
from shared.domain.packages.package_state import PackageState
from shared.domain.report import Receipt

# How long a batch of creates waits for the lock of a context; those of other contexts are in it, too.
BRIEF = "500ms"

# By the words of the table: calling an enumeration costs several times this, for each row of a batch.
_CONTEXT_TYPES = {each.value: each for each in ContextType}
_EXPORT_TYPES = {each.value: each for each in ExportType}
_STATES = {each.value: each for each in WorkflowState}

# One statement: the exports with their turns, their progress, their messages and their audit commit together. Flows are locked in one
# order, and then contexts in one order, since the event log locks each while it numbers an event. A flow's row has what the
# statement needs of it, and is changed and read under its lock: of two gateways, each continues where the other ended.
_INSERT = """
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', $17, true)
), requested AS MATERIALIZED (
    SELECT nextval('content_exports_id_seq') AS id, w.context_type, w.context_id, w.user_id, w.export_type, w.settings,
           w.request_id, w.message, w.real_user_id, w.token, w.address, w.priority, w.cost, w.charge,
           w.expected, w.place
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::jsonb[], $6::text[], $7::jsonb[], $8::bigint[],
                  $9::text[], $10::text[], $11::text[], $12::double precision[], $13::double precision[], $18::jsonb[])
           WITH ORDINALITY AS w (context_type, context_id, user_id, export_type, settings, request_id, message, real_user_id,
                                 token, address, priority, cost, charge, expected, place)
     CROSS JOIN patience
     ORDER BY context_type, context_id
), flow AS (
    INSERT INTO export_flows AS f (export_type, user_id, priority, turn, added, open, opened)
    SELECT r.export_type, r.user_id, r.priority, c.turn + sum(r.charge), sum(r.charge),
           least(count(*), $15::integer), least(count(*), $15::integer)
      FROM requested r JOIN export_clocks c USING (export_type)
     GROUP BY r.export_type, r.user_id, r.priority, c.turn ORDER BY 1, 2, 3
    ON CONFLICT (export_type, user_id, priority) DO UPDATE
       SET turn = greatest(f.turn, EXCLUDED.turn - EXCLUDED.added) + EXCLUDED.added, added = EXCLUDED.added,
           open = f.open + least(EXCLUDED.opened, greatest($15::integer - f.open, 0)),
           opened = least(EXCLUDED.opened, greatest($15::integer - f.open, 0))
    RETURNING export_type, user_id, priority, turn - added AS begins, opened
), placed AS (
    SELECT r.id, r.context_type, r.context_id, r.user_id, r.real_user_id, r.export_type, r.settings, r.request_id, r.message,
           r.priority, r.cost, r.expected, f.begins + sum(r.charge) OVER earlier - r.charge AS turn,
           row_number() OVER earlier > f.opened AS held
      FROM requested r JOIN flow f USING (export_type, user_id, priority)
    WINDOW earlier AS (PARTITION BY r.export_type, r.user_id, r.priority ORDER BY r.place)
), export AS (
    INSERT INTO content_exports (id, context_type, context_id, user_id, real_user_id, export_type, settings, request_id,
                                 traceparent, priority, cost, large, turn, held, expected)
    SELECT id, context_type, context_id, user_id, real_user_id, export_type, settings, request_id,
           message ->> 'traceparent', priority, cost, cost >= $16::double precision, turn, held, expected
      FROM placed
    RETURNING id, progress_id, user_id, created_at, turn, large, held
), started AS (
    INSERT INTO progress (id, content_export_id, user_id) SELECT progress_id, id, user_id FROM export
), queued AS (
    INSERT INTO outbox (exchange, routing_key, body, request_id)
    SELECT $14, export_type, message || jsonb_build_object('export_id', id), request_id FROM requested
), audited AS (
    INSERT INTO audit_log (action, content_export_id, user_id, real_user_id, token, address, request_id, subject)
    SELECT CASE WHEN settings ? 'retry_of' THEN 'retry' ELSE 'create' END, id, user_id, real_user_id, token, address,
           request_id, 'retry_of:' || (settings ->> 'retry_of')
      FROM requested
)
SELECT id, progress_id, created_at, export.turn, export.large, export.held FROM export JOIN requested USING (id) ORDER BY place
"""

_EXPORT_COLUMNS = (
    "id",
    "context_type",
    "context_id",
    "user_id",
    "export_type",
    "workflow_state",
    "progress_id",
    "attempt",
    "created_at",
    "updated_at",
    "settings",
    "warnings_count",
    "error_code",
    "error_message",
    "request_id",
    "traceparent",
    "stopped_attempts",
    "turn",
    "cost",
    "large",
    "held",
    "claimed_at",
)


def export_columns(alias: str) -> str:
    """What `export_from` reads of content_exports, which stands in a statement under this alias."""
    return ", ".join(f"{alias}.{name}" for name in _EXPORT_COLUMNS)


# The latest export that retries `e`. It is queried only of those that can have been retried.
LATEST_RETRY = """
(SELECT max(r.id) FROM content_exports r WHERE (r.settings ->> 'retry_of')::bigint = e.id AND r.settings ? 'retry_of')
"""
_RETRIED_BY = f"""
CASE WHEN e.workflow_state IN ('failed', 'deleted') OR a.package_state IN ('changed', 'missing') THEN {LATEST_RETRY}
END AS retried_by
"""
# Why `e` waits, whatever its turn is: read for those alone that wait. A quarantine counts before a pause.
_PAUSE = f"""
CASE WHEN e.workflow_state = 'created' OR (e.workflow_state = 'exporting' AND e.lease_expires_at < now()) THEN
    (SELECT jsonb_build_object('quarantine', p.quarantine, 'reason', p.reason, 'since', p.paused_at) FROM export_pauses p
      WHERE {IS_PAUSED_BY}
      ORDER BY p.quarantine DESC, p.id LIMIT 1)
END AS pause
"""  # noqa: S608  (no value is put in)
_COMPLETION = """
CASE WHEN e.workflow_state = 'exporting' THEN (SELECT p.completion FROM progress p WHERE p.id = e.progress_id) END AS completion
"""
_COLUMNS = f"""
SELECT {export_columns("e")}, {_RETRIED_BY}, {_PAUSE}, {_COMPLETION},
       a.id AS attachment_id, a.key, a.filename, a.content_type, a.size, a.sha256, a.entries, a.uuid, a.created_at AS attached_at, a.part, a.parts, a.expires_at, a.purged_at IS NOT NULL AS purged,
       a.package_state, a.checked_at
"""
FIRST = f"{_COLUMNS} FROM content_exports e LEFT JOIN attachments a ON a.content_export_id = e.id AND a.part = 1"

BY_ID = f"{FIRST} WHERE e.id = ANY($1::bigint[])"
_BY_ATTACHMENT = f"{_COLUMNS} FROM content_exports e JOIN attachments a ON a.content_export_id = e.id WHERE a.id = $1"
_BY_PROGRESS = f"{FIRST} WHERE e.progress_id = $1"
_MORE = """
SELECT content_export_id, id AS attachment_id, key, filename, content_type, size, sha256, entries, uuid,
       created_at AS attached_at, part, parts, expires_at, purged_at IS NOT NULL AS purged,
       package_state, checked_at
  FROM attachments WHERE content_export_id = ANY($1::bigint[]) AND part > 1 ORDER BY content_export_id, part
"""

_PROGRESS = """
SELECT id, content_export_id, user_id, completion, workflow_state, message, created_at, updated_at FROM progress WHERE id = $1
"""
_RECEIPT = "SELECT receipt FROM export_reports WHERE content_export_id = $1"

_CANCEL = """
WITH ended AS (
    UPDATE content_exports
       SET workflow_state = 'failed', error_code = $3, error_message = $2, finished_at = now(), updated_at = now(),
           lease_expires_at = NULL
     WHERE id = $1 AND workflow_state IN ('created', 'exporting')
    RETURNING id
), audited AS (
    INSERT INTO audit_log (action, content_export_id, user_id, real_user_id, token, address, request_id)
    SELECT $4, id, $5, $6, $7, $8, $9 FROM ended
)
SELECT id FROM ended
"""


class ContentExports:
    """The exports of a database. Concurrent calls of `create`, and those of `find`, share round trips."""

    def __init__(self, pool: Pool, limits: QueueLimits = QUEUE_LIMITS) -> None:
        self._pool = pool
        connect = partial(acquired, pool)
        self._create: Coalesced[ExportRequest, ContentExport] = Coalesced(
            partial(_create, limits), connect, lane=lane_of
        )
        self._find: Coalesced[int, ContentExport | None] = Coalesced(find_many, connect)

    def create(self, request: ExportRequest) -> Awaitable[ContentExport]:
        """Add an export with its progress and the message that will have it built; committed when this is answered."""
        return self._create(request)

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """The export with this id; None for an unknown one. The query is under way before the answer is awaited."""
        return self._find(export_id)

    async def of_attachment(self, attachment_id: int) -> ContentExport | None:
        """The export that this package belongs to, with this package as its attachment, whichever part it is."""
        return await self._one(_BY_ATTACHMENT, attachment_id)

    async def of_progress(self, progress_id: int) -> ContentExport | None:
        """The export that this progress belongs to."""
        return await self._one(_BY_PROGRESS, progress_id)

    async def _one(self, query: str, key: int) -> ContentExport | None:
        with translated():
            row = await self._pool.fetchrow(query, key)
        return export_from(row) if row else None

    async def progress(self, progress_id: int) -> Progress | None:
        """How far an export is."""
        with translated():
            row = await self._pool.fetchrow(_PROGRESS, progress_id)
        return _progress_from(row) if row else None

    async def receipt(self, export_id: int) -> Receipt | None:
        """The report of a finished export."""
        with translated():
            receipt = await self._pool.fetchval(_RECEIPT, export_id)
        return None if receipt is None else msgspec.convert(receipt, Receipt)

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        """End an unfinished export as failed; False where it had finished. Its worker finds itself fenced."""
        action = (Action.FAIL if code is ErrorCode.FAILED_BY_ADMIN else Action.CANCEL).value
        with translated():
            ended = await self._pool.fetchval(_CANCEL, export_id, message, code, action, *actor_columns(actor))
        return ended is not None


async def insert(
    db: Connection, requests: Sequence[ExportRequest], limits: QueueLimits, *, patience: str = "5s"
) -> list[ContentExport]:
    """The statement behind `create`, for a transaction that does more: all of them, in their order, or none.

    Raises asyncpg's LockNotAvailableError where another transaction holds a lock for longer than `patience`, which holds
    for the rest of the transaction, too.
    """
    columns = list(zip(*(_row(request) for request in requests), strict=True))
    expected = [_expected(request) for request in requests]
    rows = await db.fetch(_INSERT, *columns, REQUESTS, limits.most_open, limits.large_s, patience, expected)
    return [_created(request, row) for request, row in zip(requests, rows, strict=True)]


async def _create(limits: QueueLimits, requests: Sequence[ExportRequest], db: Connection) -> list[ContentExport]:
    with translated():
        return await insert(db, requests, limits, patience=BRIEF)


def lane_of(request: ExportRequest) -> Context:
    """Creates of one context wait for each other: its events are numbered under a lock."""
    return request.context


async def find_many(ids: Sequence[int], db: Connection) -> list[ContentExport | None]:
    """The exports with these ids, in their order; None for each unknown one."""
    with translated():
        exports = await exports_from(db, await db.fetch(BY_ID, ids))
    # The rows come in any order, and unknown ids have none.
    by_id = {export.id: export for export in exports}
    return [by_id.get(ExportId(export_id)) for export_id in ids]


async def exports_from(db: Connection | Pool, rows: Sequence[Record]) -> list[ContentExport]:
    """The exports of rows, with all of their packages. Few have several, so these take a query of their own."""
    several = [row["id"] for row in rows if (row["parts"] or 1) > 1]
    more: dict[int, list[Attachment]] = {}
    for row in await db.fetch(_MORE, several) if several else ():
        more.setdefault(row["content_export_id"], []).append(_attachment_from(row))
    return [export_from(row, tuple(more.get(row["id"], ()))) for row in rows]


def _expected(request: ExportRequest) -> StoredEstimate | None:
    times = request.expected
    return None if times is None else StoredEstimate(estimate_json(times), times.build_s)


def _created(new: ExportRequest, row: Record) -> ContentExport:
    return ContentExport(
        id=ExportId(row["id"]),
        context=new.context,
        user_id=new.user_id,
        export_type=new.export_type,
        workflow_state=WorkflowState.CREATED,
        progress_id=row["progress_id"],
        attempt=0,
        created_at=row["created_at"],
        updated_at=row["created_at"],
        settings=new.settings,
        request_id=new.request_id,
        traceparent=new.traceparent,
        turn=ExportTurn(row["turn"], new.cost_s, row["large"], row["held"]),
        expected=new.expected,
    )


def _row(new: ExportRequest) -> tuple[Any, ...]:
    message = ExportRequested(
        export_id=0, export_type=new.export_type.value, request_id=new.request_id, traceparent=new.traceparent
    )
    return (
        new.context.type.value,
        new.context.id,
        new.user_id,
        new.export_type.value,
        new.settings,
        new.request_id,
        message,
        new.actor.real_user_id,
        new.actor.token,
        new.actor.address,
        new.settings.priority.value,
        new.cost_s,
        new.cost_s / new.settings.priority.weight,
    )


def export_from(row: Record, more: tuple[Attachment, ...] = ()) -> ContentExport:
    """An export from a row of content_exports, with its attachment where the columns are joined and there is one."""
    return ContentExport(
        id=ExportId(row["id"]),
        context=Context(_CONTEXT_TYPES[row["context_type"]], row["context_id"]),
        user_id=row["user_id"],
        export_type=_EXPORT_TYPES[row["export_type"]],
        workflow_state=_STATES[row["workflow_state"]],
        progress_id=row["progress_id"],
        attempt=row["attempt"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        settings=msgspec.convert(row["settings"], ExportSettings),
        warnings_count=row["warnings_count"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        request_id=row["request_id"],
        traceparent=row["traceparent"],
        stopped_attempts=row["stopped_attempts"],
        retried_by=row.get("retried_by"),
        turn=ExportTurn(
            *(row["turn"], row["cost"], row["large"], bool(row["held"]), row["claimed_at"]),
            row.get("completion") or 0.0,
        ),
        pause=None if row.get("pause") is None else msgspec.convert(row["pause"], PausedWait),
        attachment=_attachment_from(row) if row.get("attachment_id") is not None else None,
        more=more,
    )


def _attachment_from(row: Record) -> Attachment:
    return Attachment(
        id=row["attachment_id"],
        key=row["key"],
        filename=row["filename"],
        content_type=row["content_type"],
        size=row["size"],
        sha256=row["sha256"],
        entries=row["entries"],
        uuid=row["uuid"],
        created_at=row["attached_at"],
        part=row["part"],
        parts=row["parts"],
        expires_at=row["expires_at"],
        purged=row["purged"],
        state=None if row["package_state"] is None else PackageState(row["package_state"]),
        checked_at=row["checked_at"],
    )


def _progress_from(row: Record) -> Progress:
    return Progress(
        id=row["id"],
        export_id=ExportId(row["content_export_id"]),
        user_id=row["user_id"],
        completion=row["completion"],
        workflow_state=row["workflow_state"],
        message=row["message"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
