"""What mails need of the database: who gets them, what exports are called, and which packages expire soon."""

from __future__ import annotations

import msgspec

from shared.adapters.postgres.notices.deliveries import add
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.domain.audit import Action
from shared.domain.export import Context, ContextType
from shared.domain.notices.deliveries import ChannelName, NewDelivery
from shared.domain.notices.mail import EXPIRING, ExportMail, Reader

_READER = """
SELECT body ->> 'email' AS address, body ->> 'name' AS name, body ->> 'locale' AS locale, body ->> 'time_zone' AS time_zone
  FROM users WHERE id = $1 AND workflow_state <> 'deleted' AND coalesce(body ->> 'email', '') <> ''
"""
_NAMES = {
    ContextType.COURSE: "SELECT body ->> 'name' FROM courses WHERE id = $1",
    ContextType.GROUP: "SELECT body ->> 'name' FROM groups WHERE id = $1",
    ContextType.USER: "SELECT body ->> 'name' FROM users WHERE id = $1",
}
_DOWNLOADED = "SELECT EXISTS (SELECT FROM audit_log WHERE content_export_id = $1 AND action = $2)"

# `reminded_at` keeps a package from being looked at again, whether or not a mail is due for it.
_LOOK_AT = """
UPDATE attachments SET reminded_at = now()
 WHERE id IN (SELECT id FROM attachments
               WHERE reminded_at IS NULL AND purged_at IS NULL AND expires_at < now() + make_interval(secs => $1)
               ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING content_export_id
"""
_EXPIRING = """
SELECT e.id, e.user_id
  FROM content_exports e
  JOIN users u ON u.id = e.user_id AND u.workflow_state <> 'deleted' AND coalesce(u.body ->> 'email', '') <> ''
 WHERE e.id = ANY($1::bigint[]) AND e.workflow_state = 'exported'
   AND NOT coalesce((e.settings ->> 'skip_notifications')::boolean, false)
   AND EXISTS (SELECT FROM attachments a
                WHERE a.content_export_id = e.id AND a.purged_at IS NULL AND a.expires_at > now())
   AND NOT EXISTS (SELECT FROM audit_log l WHERE l.content_export_id = e.id AND l.action = $2)
"""


class MailRows:
    """Reads users, names and packages for mails, and writes reminders."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def reader(self, user_id: int) -> Reader | None:
        """The user; None for a deleted or unknown one, and for one without an address."""
        with translated():
            return await reader(self._pool, user_id)

    async def name_of(self, context: Context) -> str | None:
        """What a course, group or user is called."""
        with translated():
            name: str | None = await self._pool.fetchval(_NAMES[context.type], context.id)
        return name

    async def downloaded(self, export_id: int) -> bool:
        """Whether a package of the export, or a part of one, was ever downloaded."""
        with translated():
            answer: bool = await self._pool.fetchval(_DOWNLOADED, export_id, Action.DOWNLOAD.value)
        return answer

    async def remind(self, within_s: float, limit: int) -> tuple[int, int]:
        """Write reminders for packages that expire within this time and were never downloaded, each package once.

        Returns how many packages were looked at, `limit` at most, and how many reminders are due.
        """
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                looked_at = await db.fetch(_LOOK_AT, within_s, limit)
                exports = {row["content_export_id"] for row in looked_at}
                due = await db.fetch(_EXPIRING, list(exports), Action.DOWNLOAD.value)
                await add(db, [_reminder(row["id"], row["user_id"]) for row in due])
        return len(looked_at), len(due)


async def reader(db: Connection | Pool, user_id: int) -> Reader | None:
    """The user; None for a deleted or unknown one, and for one without an address."""
    row = await db.fetchrow(_READER, user_id)
    return None if row is None else Reader(**dict(row))


def _reminder(export_id: int, user_id: int) -> NewDelivery:
    body = msgspec.json.encode(ExportMail(export_id)).decode()
    return NewDelivery(f"expiring-{export_id}", EXPIRING, ChannelName.MAIL, str(user_id), body)
