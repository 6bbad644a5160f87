"""People, tokens and what ties a caller to a context."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import Alias
from shared.domain.rights import Caller, ContextFacts, Rights, rights

# What ties a user to a context: of `w`, which has the id of the one and the other, and their place in the question.
_FACTS = {
    ContextType.COURSE: """
        SELECT c.id AS context_id, c.is_public, c.is_public_to_auth_users, c.unpublished, c.concluded,
               ARRAY (SELECT e.role FROM enrollments e
                       WHERE e.course_id = c.id AND e.user_id = w.user_id AND e.workflow_state = 'active') AS active_roles,
               ARRAY (SELECT e.role FROM enrollments e
                       WHERE e.course_id = c.id AND e.user_id = w.user_id AND e.workflow_state = 'completed') AS concluded_roles
          FROM courses c WHERE c.id = w.id AND c.workflow_state <> 'deleted'
    """,
    ContextType.GROUP: """
        SELECT g.id AS context_id,
               ARRAY (SELECT e.role FROM enrollments e WHERE e.course_id = g.course_id AND e.user_id = w.user_id
                         AND e.workflow_state = 'active') AS active_roles,
               ARRAY (SELECT e.role FROM enrollments e WHERE e.course_id = g.course_id AND e.user_id = w.user_id
                         AND e.workflow_state = 'completed') AS concluded_roles,
               EXISTS (SELECT FROM group_memberships m
                        WHERE m.group_id = g.id AND m.user_id = w.user_id AND m.workflow_state = 'accepted') AS member
          FROM groups g WHERE g.id = w.id AND g.workflow_state <> 'deleted'
    """,
    ContextType.USER: "SELECT u.id AS context_id FROM users u WHERE u.id = w.id AND u.workflow_state <> 'deleted'",
}
_FACT_COLUMNS = {
    ContextType.COURSE: (
        "f.context_id, f.is_public, f.is_public_to_auth_users, f.unpublished, f.concluded, f.active_roles, f.concluded_roles"
    ),
    ContextType.GROUP: "f.context_id, f.active_roles, f.concluded_roles, f.member",
    ContextType.USER: "f.context_id",
}
_FACTS_OF = {
    kind: f"""
    SELECT w.place, {_FACT_COLUMNS[kind]}
      FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w (id, user_id, place)
     CROSS JOIN LATERAL ({facts}) f
    """  # noqa: S608  (no value is put in)
    for kind, facts in _FACTS.items()
}
# The same for the user of a token, with the token.
_TOKENS = {
    kind: f"""
    SELECT w.place, w.token_id, w.user_id, w.scopes, w.expires_at, w.expired, w.revoked, w.site_admin, {_FACT_COLUMNS[kind]}
      FROM (SELECT a.place, a.id, t.id AS token_id, t.user_id, t.scopes, t.expires_at, t.expires_at <= now() AS expired,
                   t.revoked_at IS NOT NULL OR u.workflow_state = 'deleted' AS revoked, u.site_admin
              FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS a (digest, id, place)
              JOIN access_tokens t ON t.digest = a.digest
              JOIN users u ON u.id = t.user_id) w
      LEFT JOIN LATERAL ({facts}) f ON true
    """  # noqa: S608  (no value is put in)
    for kind, facts in _FACTS.items()
}

# The same for one user, with the user.
_RIGHTS = {
    kind: f"""
    SELECT u.site_admin, {_FACT_COLUMNS[kind]}
      FROM (SELECT $1::bigint AS id, $2::bigint AS user_id) w
     CROSS JOIN LATERAL ({facts}) f
      LEFT JOIN users u ON u.id = w.user_id AND u.workflow_state <> 'deleted'
    """  # noqa: S608  (no value is put in)
    for kind, facts in _FACTS.items()
}

_CALLERS = "SELECT id, site_admin FROM users WHERE id = ANY($1::bigint[]) AND workflow_state <> 'deleted'"


class Token(Struct, frozen=True):
    """A token that is known here, whether or not it still opens anything."""

    caller: Caller
    expires_at: datetime | None = None
    expired: bool = False
    revoked: bool = False


def digest(token: str) -> bytes:
    """What is stored of a token: tokens are long and random, so a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


TokenQuestion = tuple[str, Context | None]  # a token, and the context that its request names
FactsQuestion = tuple[Context, int | None]  # a context, and the user


class Access:
    """Tokens, people and roles of a database. Concurrent calls of `token`, `facts` and `caller` share round trips."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._contexts = Contexts(pool)
        connect = partial(acquired, pool)
        self._token: Coalesced[TokenQuestion, Token | None] = Coalesced(_tokens, connect, distinct=True)
        self._facts: Coalesced[FactsQuestion, ContextFacts | None] = Coalesced(_facts, connect, distinct=True)
        self._caller: Coalesced[int, Caller | None] = Coalesced(_callers, connect, distinct=True)

    def token(self, text: str, context: Context | None) -> Awaitable[Token | None]:
        """What is known of a token; None for one that was never issued.

        Where a context is named and exists, what ties the token's user to it comes with it.
        """
        return self._token((text, context))

    def facts(self, context: Context, user_id: int | None) -> Awaitable[ContextFacts | None]:
        """What ties a user to a context; None where there is no such context."""
        return self._facts((context, user_id))

    async def find(self, kind: ContextType, alias: Alias) -> int | None:
        """The id of the course, group or user that goes by this name; None where nothing does."""
        return await self._contexts.find(kind, alias)

    async def caller(self, user_id: int) -> Caller | None:
        """A user as a caller; None if the user does not exist any more."""
        return await self._caller(user_id)

    async def rights_of(self, user_id: int | None, context: Context) -> Rights | None:
        """What a user may do in a context; None where there is no such context."""
        with translated():
            row = await self._pool.fetchrow(_RIGHTS[context.type], context.id, user_id)
        if row is None:
            return None
        caller = Caller(user_id, site_admin=bool(row["site_admin"]))
        return rights(caller, _facts_from(context, row))


async def _tokens(questions: Sequence[TokenQuestion], db: Connection) -> list[Token | None]:
    """The answers in order: one statement for each type of context among the questions."""
    tokens: list[Token | None] = [None] * len(questions)
    # Contexts of a kind have a table and columns of their own, so a batch costs at most three statements.
    for kind in {_kind_of(context) for _, context in questions}:
        places = [place for place, (_, context) in enumerate(questions) if _kind_of(context) is kind]
        contexts = [questions[place][1] for place in places]
        digests = [digest(questions[place][0]) for place in places]
        with translated():
            rows = await db.fetch(_TOKENS[kind], digests, [each and each.id for each in contexts])
        for row in rows:
            tokens[places[row["place"] - 1]] = _token_from(row, contexts[row["place"] - 1])
    return tokens


async def _facts(questions: Sequence[FactsQuestion], db: Connection) -> list[ContextFacts | None]:
    """The answers in order: one statement for each type of context among the questions."""
    facts: list[ContextFacts | None] = [None] * len(questions)
    for kind in {context.type for context, _ in questions}:
        places = [place for place, (context, _) in enumerate(questions) if context.type is kind]
        ids = [questions[place][0].id for place in places]
        users = [questions[place][1] for place in places]
        with translated():
            rows = await db.fetch(_FACTS_OF[kind], ids, users)
        for row in rows:
            place = places[row["place"] - 1]
            facts[place] = _facts_from(questions[place][0], row)
    return facts


async def _callers(user_ids: Sequence[int], db: Connection) -> list[Caller | None]:
    with translated():
        rows = await db.fetch(_CALLERS, user_ids)
    admins = {row["id"]: row["site_admin"] for row in rows}
    return [Caller(user_id, site_admin=admins[user_id]) if user_id in admins else None for user_id in user_ids]


def _kind_of(context: Context | None) -> ContextType:
    """The type of a context; that of a user, which costs least, if there is no context."""
    return ContextType.USER if context is None else context.type


def _token_from(row: Record, context: Context | None) -> Token:
    scopes = frozenset(row["scopes"]) if row["scopes"] is not None else None
    return Token(
        Caller(
            row["user_id"],
            site_admin=row["site_admin"],
            scopes=scopes,
            token=f"token:{row['token_id']}",
            facts=None if context is None or row["context_id"] is None else _facts_from(context, row),
        ),
        expires_at=row["expires_at"],
        expired=bool(row["expired"]),
        revoked=row["revoked"],
    )


def _facts_from(context: Context, row: Record) -> ContextFacts:
    if context.type is ContextType.USER:
        return ContextFacts(context)
    active, concluded = frozenset(row["active_roles"]), frozenset(row["concluded_roles"])
    if context.type is ContextType.GROUP:
        return ContextFacts(context, active, concluded, member=row["member"])
    return ContextFacts(
        context,
        active,
        concluded,
        is_public=row["is_public"],
        is_public_to_auth_users=row["is_public_to_auth_users"],
        unpublished=row["unpublished"],
        concluded=row["concluded"],
    )
