"""The content_export_webhooks table: registered by users over HTTP, read and disabled by the notifier."""

from __future__ import annotations

from urllib.parse import urlsplit

from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.notices.deliveries import add, again, of_event, waiting_of_type
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.adapters.sealing import Seal
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.export import Context, ContextType
from shared.domain.notices.deliveries import ChannelName, DeliveryRow, NewDelivery
from shared.domain.webhooks.signing import new_secret
from shared.domain.webhooks.webhook import MOST_OF_A_USER, PREVIOUS_SECRET_S, NewWebhook, Webhook, WebhookScope

_COLUMNS = """
id, user_id, url, scope, context_type, context_id, types, created_at, disabled_at, disabled_reason,
CASE WHEN previous_secret_until > now() THEN ARRAY[secret, previous_secret] ELSE ARRAY[secret] END AS secrets
"""
_CREATE = f"""
INSERT INTO content_export_webhooks (user_id, url, scope, context_type, context_id, types, secret)
SELECT $1, $2, $3, $4, $5, $6, $7
 WHERE (SELECT count(*) FROM content_export_webhooks WHERE user_id = $1) < $8
RETURNING {_COLUMNS}
"""  # noqa: S608  (no value is put in)
# Held to the end of the transaction, so that requests that are made at once are counted one after the other.
_LOCK_USER = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE"
_LOCK = "SELECT FROM content_export_webhooks WHERE id = $1 FOR NO KEY UPDATE"
_PAGE = f"""
SELECT {_COLUMNS} FROM content_export_webhooks
 WHERE user_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""  # noqa: S608  (no value is put in)
_OF_ALL = f"""
SELECT {_COLUMNS} FROM content_export_webhooks WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2
"""  # noqa: S608  (no value is put in)
_OF_USER = f"SELECT {_COLUMNS} FROM content_export_webhooks WHERE user_id = $1 AND id = $2"  # noqa: S608
_FIND = f"SELECT {_COLUMNS} FROM content_export_webhooks WHERE id = $1"  # noqa: S608
_DELETE = f"DELETE FROM content_export_webhooks WHERE user_id = $1 AND id = $2 RETURNING {_COLUMNS}"  # noqa: S608
_ROTATE = f"""
UPDATE content_export_webhooks
   SET secret = $3, previous_secret = secret, previous_secret_until = now() + make_interval(secs => $4)
 WHERE user_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608
_ENABLE = f"""
UPDATE content_export_webhooks SET disabled_at = NULL, disabled_reason = NULL WHERE user_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608
_DISABLE = f"""
UPDATE content_export_webhooks SET disabled_at = now(), disabled_reason = $2 WHERE id = $1 AND disabled_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608
_CONCERNED = f"""
SELECT {_COLUMNS} FROM content_export_webhooks
 WHERE disabled_at IS NULL AND $4 = ANY(types)
   AND ((scope = 'own' AND user_id = $1)
        OR (scope = 'context' AND context_type = $2 AND context_id = $3)
        OR scope = 'account')
 ORDER BY id
"""  # noqa: S608


class Webhooks:
    """The webhooks of a database. Each change of a user's is in the audit log with itself."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    async def create(self, new: NewWebhook, actor: Actor) -> tuple[Webhook, str] | None:
        """(the webhook, its secret), which no later call gives; None for a user who has MOST_OF_A_USER already."""
        secret, context = new_secret(), new.context
        place = (None, None) if context is None else (context.type.value, context.id)
        values = (new.user_id, new.url, new.scope.value, *place, list(new.types), self._seal.seal(secret))
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                await db.execute(_LOCK_USER, new.user_id)
                webhook = _maybe(await db.fetchrow(_CREATE, *values, MOST_OF_A_USER))
                if webhook is None:
                    return None
                await record(db, Action.CREATE_WEBHOOK, actor, subject=_subject(webhook))
                return webhook, secret

    async def page(self, user_id: int, before_id: int | None, limit: int) -> list[Webhook]:
        """Up to `limit` webhooks of a user, the newest first; those with a smaller id than `before_id`."""
        with translated():
            return [_webhook_from(row) for row in await self._pool.fetch(_PAGE, user_id, before_id, limit)]

    async def of_all(self, before_id: int | None, limit: int) -> list[Webhook]:
        """Up to `limit` webhooks of all users, the newest first; those with a smaller id than `before_id`."""
        with translated():
            return [_webhook_from(row) for row in await self._pool.fetch(_OF_ALL, before_id, limit)]

    async def of_user(self, user_id: int, webhook_id: int) -> Webhook | None:
        """The user's webhook with this id; None for any other."""
        with translated():
            return _maybe(await self._pool.fetchrow(_OF_USER, user_id, webhook_id))

    async def delete(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Remove the user's webhook, as it was; what waits for it is dropped when it is due."""
        return await self._change(Action.DELETE_WEBHOOK, actor, _DELETE, user_id, webhook_id)

    async def rotate(self, user_id: int, webhook_id: int, actor: Actor) -> tuple[Webhook, str] | None:
        """(the user's webhook, its new secret). The secret before signs too for PREVIOUS_SECRET_S."""
        secret = new_secret()
        values = (user_id, webhook_id, self._seal.seal(secret), PREVIOUS_SECRET_S)
        webhook = await self._change(Action.ROTATE_WEBHOOK, actor, _ROTATE, *values)
        return None if webhook is None else (webhook, secret)

    async def enable(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Call the user's webhook again, if it was disabled."""
        return await self._change(Action.ENABLE_WEBHOOK, actor, _ENABLE, user_id, webhook_id)

    async def test(self, webhook: Webhook, news: NewDelivery, actor: Actor) -> DeliveryRow:
        """Send a message that is about no export. One that waits already is the only one, and is returned."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                await db.execute(_LOCK, webhook.id)
                if (row := await waiting_of_type(db, news)) is not None:
                    return row
                await add(db, [news])
                await record(db, Action.TEST_WEBHOOK, actor, subject=_subject(webhook))
                return await of_event(db, news.event_id, news.channel, news.target)

    async def redeliver(self, webhook: Webhook, delivery_id: int, actor: Actor) -> DeliveryRow | None:
        """Send one of its deliveries again, under the same id; None for an unknown one."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                row = await again(db, ChannelName.WEBHOOK, str(webhook.id), delivery_id)
                if row is not None:
                    await record(db, Action.REDELIVER, actor, subject=f"{_subject(webhook)} delivery:{row.id}")
                return row

    async def find(self, webhook_id: int) -> Webhook | None:
        """The webhook with this id, as it is now."""
        with translated():
            return _maybe(await self._pool.fetchrow(_FIND, webhook_id))

    async def disable(self, webhook_id: int, reason: str, news: NewDelivery | None) -> bool:
        """Call a webhook no more, and send the news of it; False where it was disabled or deleted before."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                webhook = _maybe(await db.fetchrow(_DISABLE, webhook_id, reason))
                if webhook is None:
                    return False
                await add(db, [news] if news else [])
                await record(db, Action.DISABLE_WEBHOOK, SYSTEM, subject=_subject(webhook))
                return True

    def secrets_of(self, webhook: Webhook) -> list[str]:
        """Those that sign now, the newest first. Raises Unsealable."""
        return [self._seal.open(sealed) for sealed in webhook.sealed_secrets]

    async def _change(self, action: Action, actor: Actor, statement: str, *values: object) -> Webhook | None:
        """The webhook that a statement has changed, with a row of the audit log; None where it has changed none."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                webhook = _maybe(await db.fetchrow(statement, *values))
                if webhook is not None:
                    await record(db, action, actor, subject=_subject(webhook))
                return webhook


async def concerned(db: Connection, context: Context, user_id: int | None, event_type: str) -> list[Webhook]:
    """The webhooks for events of this type of exports of this context and user, whatever their owners may see."""
    rows = await db.fetch(_CONCERNED, user_id, context.type.value, context.id, event_type)
    return [_webhook_from(row) for row in rows]


def _subject(webhook: Webhook) -> str:
    """Its number and host: the rest of a URL may be a secret."""
    return f"webhook:{webhook.id} {urlsplit(webhook.url).hostname}"


def _maybe(row: Record | None) -> Webhook | None:
    return None if row is None else _webhook_from(row)


def _webhook_from(row: Record) -> Webhook:
    scope = WebhookScope(row["scope"])
    in_context = scope is WebhookScope.CONTEXT
    return Webhook(
        id=row["id"],
        user_id=row["user_id"],
        url=row["url"],
        scope=scope,
        context=Context(ContextType(row["context_type"]), row["context_id"]) if in_context else None,
        types=tuple(row["types"]),
        sealed_secrets=tuple(row["secrets"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
    )
