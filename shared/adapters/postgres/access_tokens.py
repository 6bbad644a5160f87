"""Access tokens as an operator issues, lists and revokes them. Only a digest is stored."""

from __future__ import annotations

import secrets

from shared.adapters.postgres.access import digest
from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.people import People, put_user, require_user
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.contracts.admin.administration import IssuedToken, NewToken, TokenRow, set_fields
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.export import ContextType

_ISSUE = """
INSERT INTO access_tokens (user_id, digest, scopes, expires_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
RETURNING id
"""
_PAGE = """
SELECT id, user_id, scopes, created_at, expires_at, revoked_at FROM access_tokens
 WHERE ($1::bigint IS NULL OR user_id = $1) AND ($2::bigint IS NULL OR id < $2)
 ORDER BY id DESC LIMIT $3
"""
# Safe to repeat: the time of the first revocation stays, and is what a repeated one does not record again.
_REVOKE = """
WITH known AS (SELECT id, user_id, revoked_at FROM access_tokens WHERE digest = $1 OR id = $2 FOR UPDATE),
     revoked AS (UPDATE access_tokens t SET revoked_at = now() FROM known WHERE t.id = known.id AND known.revoked_at IS NULL)
SELECT id, user_id, revoked_at IS NULL AS was_valid FROM known
"""


class AccessTokens:
    """The tokens of a database. Each change is in the audit log with itself."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def issue(self, new: NewToken, actor: Actor = SYSTEM) -> IssuedToken:
        """A new token for a user, which is returned once. Raises InvalidContent for a missing user.

        Its digits are hexadecimal: it is a word of a command line, never one that begins as an option does.
        """
        token = secrets.token_hex(32)
        changes = {name: value for name, value in set_fields(new).items() if name in ("name", "site_admin")}
        site_admin = changes.pop("site_admin", None)
        async with People(self._pool).writing(ContextType.USER, changes) as db:
            await require_user(db, new.user_id, actor, create=new.create)
            if changes or site_admin is not None:
                await put_user(db, new.user_id, changes, site_admin, actor)
            token_id: int = await db.fetchval(_ISSUE, new.user_id, digest(token), new.scopes or None, new.expires_in_s)
            await _record(db, Action.ISSUE, actor, token_id, new.user_id)
        return IssuedToken(id=token_id, token=token)

    async def page(self, user_id: int | None, before_id: int | None, limit: int) -> list[TokenRow]:
        """Up to `limit` tokens, of one user or of all, the newest first; those with a smaller id than `before_id`."""
        with translated():
            return [TokenRow(**row) for row in await self._pool.fetch(_PAGE, user_id, before_id, limit)]

    async def revoke(self, token: str | int, actor: Actor = SYSTEM) -> bool:
        """Revoke a token, which is named by itself or by its id; False if it was never issued."""
        key = (digest(token), None) if isinstance(token, str) else (None, token)
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                row = await db.fetchrow(_REVOKE, *key)
                if row is not None and row["was_valid"]:
                    await _record(db, Action.REVOKE, actor, row["id"], row["user_id"])
        return row is not None


async def _record(db: Connection, action: Action, actor: Actor, token_id: int, user_id: int) -> None:
    await record(db, action, actor, subject=f"token:{token_id} user:{user_id}")
