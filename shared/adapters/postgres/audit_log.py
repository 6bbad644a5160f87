"""The audit log: rows are written in the transaction of the change that they record, read, and pruned by age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.adapters.postgres.pool import Connection, Pool, Record, affected, translated
from shared.domain.audit import Action, Actor, AuditEntry, AuditFilter

_COLUMNS = ("at", "action", "content_export_id", "user_id", "real_user_id", "token", "address", "request_id", "subject")
_RECORD = """
INSERT INTO audit_log (action, content_export_id, user_id, real_user_id, token, address, request_id, subject)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CONDITIONS = {
    "export_id": "content_export_id = {}",
    "user_id": "id IN (SELECT id FROM audit_log WHERE user_id = {0} UNION SELECT id FROM audit_log WHERE real_user_id = {0})",
    "since": "at >= {}",
    "before_id": "id < {}",
}
_PAGE = "SELECT id, at, action, content_export_id, user_id, real_user_id, token, address, request_id, subject FROM audit_log {where} ORDER BY id DESC LIMIT $1"
_PRUNE = """
DELETE FROM audit_log WHERE id = ANY(ARRAY(
    SELECT id FROM audit_log WHERE at < now() - make_interval(secs => $1) ORDER BY at LIMIT $2))
"""


class AuditLog:
    """Reads and shortens the log of a database, and adds what has no transaction of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, filters: AuditFilter, limit: int) -> list[tuple[int, AuditEntry]]:
        """(id, row) of up to `limit` rows, the newest first."""
        values: list[Any] = [limit]
        conditions = []
        for name, condition in _CONDITIONS.items():
            if (value := getattr(filters, name)) is not None:
                values.append(value)
                conditions.append(condition.format(f"${len(values)}"))
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        with translated():
            rows = await self._pool.fetch(_PAGE.format(where=where), *values)
        return [(row["id"], _entry_from(row)) for row in rows]

    async def add(self, action: Action, actor: Actor, subject: str) -> None:
        """A row about what no transaction of the database does; it is committed when this returns."""
        with translated():
            await self._pool.execute(_RECORD, action.value, None, *actor_columns(actor), subject)

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` rows that are older than this, the oldest first. Returns how many."""
        with translated():
            tag = await self._pool.execute(_PRUNE, older_than_s, limit)
        return affected(tag)


async def record(
    db: Connection, action: Action, actor: Actor, *, export_id: int | None = None, subject: str | None = None
) -> None:
    """Add a row, in the transaction of the change that it records."""
    await db.execute(_RECORD, action.value, export_id, *actor_columns(actor), subject)


async def copy(db: Connection, entries: Sequence[AuditEntry]) -> None:
    """Add many rows at once."""
    rows = [(each.at, str(each.action), each.export_id, *actor_columns(each.actor), each.subject) for each in entries]
    await db.copy_records_to_table("audit_log", records=rows, columns=_COLUMNS)


def actor_columns(actor: Actor) -> tuple[int | None, int | None, str | None, str | None, str | None]:
    """The values of user_id, real_user_id, token, address and request_id."""
    return actor.user_id, actor.real_user_id, actor.token, actor.address, actor.request_id


def _entry_from(row: Record) -> AuditEntry:
    actor = Actor(row["user_id"], row["real_user_id"], row["token"], row["address"], row["request_id"])
    return AuditEntry(row["at"], row["action"], actor, row["content_export_id"], row["subject"])
