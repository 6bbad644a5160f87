"""The phases of a sync: what each needs, and what it is answered when it comes twice, too early or too late."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.adapters.postgres.content_tables.content_syncs import (
    SyncResult,
    SyncRow,
    abort_sync,
    begin_sync,
    end_sync,
    find_sync,
    open_sync,
    use_sync,
)
from shared.adapters.postgres.pool import Connection
from shared.contracts.content_commands import ContentAccepted, ContentSyncData, SyncPhase
from shared.domain.export import Context
from shared.http.answers import ApiError, conflict, missing

_NOTHING = SyncResult(0, 0, 0, 0)


async def sync_phase(
    db: Connection, context: Context, data: ContentSyncData, service: str, sent_at: datetime
) -> ContentAccepted:
    """Carry out a phase. A phase that comes twice is answered as the first time, and does nothing."""
    row = await find_sync(db, context, data.sync)
    if row is not None and row.service != service:
        raise _of_another(data.sync)
    if data.phase is SyncPhase.BEGIN:
        result = await _begin(db, context, data.sync, service, row)
    elif data.phase is SyncPhase.ABORT:
        result = await _abort(db, context, data.sync, row)
    else:
        result = await _end(db, context, data.sync, sent_at, row)
    return ContentAccepted(sync=data.sync, **msgspec.structs.asdict(result))


async def require_open(db: Connection, context: Context, sync: str, service: str) -> None:
    """Note that a sync of this service goes on. Raises 409 for one that has not begun, or has ended."""
    owner = await use_sync(db, context, sync)
    if owner is None:
        raise conflict(
            f"The sync {sync} has not begun, or has ended: its objects are not taken.", "sync_unknown", parameter="sync"
        )
    if owner != service:
        raise _of_another(sync)


async def _begin(db: Connection, context: Context, sync: str, service: str, row: SyncRow | None) -> SyncResult:
    if row is None:
        if (other := await open_sync(db, context)) is not None:
            raise conflict(
                f"The sync {other} of this context has begun and not ended: end or abort it first.",
                "sync_open",
                parameter="sync",
            )
        await begin_sync(db, context, sync, service)
    elif row.ended_at is not None:
        raise conflict(f"The sync {sync} has ended: each sync has a name of its own.", "sync_ended", parameter="sync")
    return _NOTHING


async def _end(db: Connection, context: Context, sync: str, sent_at: datetime, row: SyncRow | None) -> SyncResult:
    if row is None:
        raise missing(f"The sync {sync} has not begun.", "sync_unknown", parameter="sync")
    if row.ended_at is not None:  # sent twice, or delivered again after the commit
        return msgspec.convert(row.result, SyncResult)
    return await end_sync(db, context, sync, sent_at)


async def _abort(db: Connection, context: Context, sync: str, row: SyncRow | None) -> SyncResult:
    if row is not None and row.ended_at is not None:
        raise conflict(f"The sync {sync} has ended: its objects are written.", "sync_ended", parameter="sync")
    await abort_sync(db, context, sync)
    return _NOTHING


def _of_another(sync: str) -> ApiError:
    return conflict(f"The sync {sync} is one of another service.", "sync_of_another", parameter="sync")
