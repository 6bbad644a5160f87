"""/api/v1/admin/dead_letters: the messages that could not be handled, for site admins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import msgspec
from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.parameters import body_of
from shared.contracts.operator.bodies import DeadLetterBody, SettledLettersBody
from shared.contracts.operator.requests import MOST_RETRIED, DeadLettersRequest
from shared.domain.audit import Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.operator.dead_letter import ALL, DeadLetter
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, missing
from shared.http.query_values import number_in, wrong_value

_LISTED = 100


class DeadLetterQueue(Protocol):
    """Dead letters. Every method may raise BrokerUnavailable."""

    async def oldest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit` letters, the oldest first."""

    async def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with this id."""

    async def settle(self, ids: Collection[str], *, limit: int, replay: bool, dry_run: bool) -> tuple[list[str], bool]:
        """Replay or drop up to `limit` of these letters, or of all: (their ids, whether others remain)."""


class AuditedActions(Protocol):
    """Where what no transaction of the database does is recorded."""

    async def add(self, action: Action, actor: Actor, subject: str) -> None:
        """Add a row, committed when this returns."""


@dataclass(frozen=True, slots=True)
class DeadLettersApi:
    """The handlers. A change is in the audit log before it is done on the broker."""

    letters: DeadLetterQueue
    audit: AuditedActions

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/dead_letters", self.index)
        routes.add("POST", "/dead_letters/replay", self.replay)
        routes.add("POST", "/dead_letters/drop", self.drop)

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """The oldest letters, or the one that `id` names."""
        if (letter_id := request.query.get("id")) is not None:
            letter = await self.letters.find(letter_id)
            if letter is None:
                raise missing(f"There is no dead letter {letter_id}.", ErrorCode.INVALID_CONTENT)
            return json_answer([_body(letter)])
        limit = number_in(request.query, "limit")
        if limit is not None and not 1 <= limit <= MOST_RETRIED:
            raise wrong_value("limit", f"1 to {MOST_RETRIED}")
        return json_answer([_body(each) for each in await self.letters.oldest(limit or _LISTED)])

    async def replay(self, request: web.Request, caller: Caller) -> web.Response:
        """Send letters where they were sent first."""
        return await self._settle(Action.REPLAY_DEAD, request, caller)

    async def drop(self, request: web.Request, caller: Caller) -> web.Response:
        """Remove letters."""
        return await self._settle(Action.DROP_DEAD, request, caller)

    async def _settle(self, action: Action, request: web.Request, caller: Caller) -> web.Response:
        body = await body_of(request, DeadLettersRequest)
        if not body.dry_run:
            await self.audit.add(action, actor_of(request, caller), f"dead_letters:{','.join(body.ids)}")
        replay = action is Action.REPLAY_DEAD
        ids, limit, dry_run = frozenset(body.ids), body.limit, body.dry_run
        settled, more = await self.letters.settle(ids, limit=limit, replay=replay, dry_run=dry_run)
        absent = [each for each in dict.fromkeys(body.ids) if each != ALL and each not in settled and not more]
        return json_answer(SettledLettersBody(settled=settled, missing=absent, more=more))


def _body(letter: DeadLetter) -> DeadLetterBody:
    return DeadLetterBody(**msgspec.structs.asdict(letter))
