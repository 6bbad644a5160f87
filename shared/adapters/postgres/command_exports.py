"""Exports that commands request: each command, by its sender, source and id, is one export for as long as that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import asyncpg
import msgspec
from msgspec.structs import replace

from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.content_exports import BRIEF, find_many, insert, lane_of
from shared.adapters.postgres.pool import Connection, Pool, acquired, translated
from shared.contracts.estimate_body import EstimateBody
from shared.contracts.estimates import times_of
from shared.domain.errors import CommandReused
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, ExportRequest
from shared.domain.export_settings import CommandOrigin
from shared.domain.fairness.fair_turns import QUEUE_LIMITS, QueueLimits

_BY_COMMAND = """
SELECT w.place, e.id, e.expected -> 'estimate' AS estimate
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS w (service, source, id, place)
  JOIN content_exports e
    ON e.settings ? 'command' AND e.settings -> 'command' ->> 'service' = w.service
   AND e.settings -> 'command' ->> 'source' = w.source AND e.settings -> 'command' ->> 'id' = w.id
"""
_INDEX = "content_exports_by_command"
_LARGEST = 128  # commands that one statement creates
_TRIES = 3

Key = tuple[str, str, str]  # service, source, id


class CommandExports:
    """The exports of a database, as commands create them. Concurrent calls of `create` share round trips."""

    def __init__(self, pool: Pool, limits: QueueLimits = QUEUE_LIMITS) -> None:
        self._pool = pool
        connect = partial(acquired, pool)
        self._create: Coalesced[ExportRequest, ContentExport] = Coalesced(
            partial(_once, limits), connect, largest=_LARGEST, lane=lane_of
        )
        self._find: Coalesced[int, ContentExport | None] = Coalesced(find_many, connect)

    async def create(self, request: ExportRequest) -> ContentExport:
        """The export of a command, created where it has none yet; committed when this is answered.

        `request.settings` has the `command`. Raises CommandReused where it has been sent with another body.
        """
        return _unchanged(request, await self._create(request))

    async def of_command(self, request: ExportRequest) -> ContentExport | None:
        """The export of a command that was sent before; None for a new one. Raises CommandReused as `create` does."""
        key = _key(request.settings.command)
        with translated():
            async with acquired(self._pool) as db:
                existing = (await _existing([key], db)).get(key)
        return None if existing is None else _unchanged(request, existing)

    async def find(self, export_id: int) -> ContentExport | None:
        """The export with this id; None for an unknown one."""
        return await self._find(export_id)


def _unchanged(request: ExportRequest, export: ContentExport) -> ContentExport:
    """The export of a command. Raises CommandReused where it was sent with another body."""
    origin, resent = export.settings.command, request.settings.command
    if origin is None or resent is None or origin.digest != resent.digest:
        raise CommandReused
    return export


async def _once(limits: QueueLimits, requests: Sequence[ExportRequest], db: Connection) -> list[ContentExport]:
    """The exports of commands, in order: those that are missing are created by one statement."""
    keys = [_key(request.settings.command) for request in requests]
    tries_left = _TRIES
    while True:
        try:
            with translated():
                return await _existing_or_created(keys, requests, db, limits)
        except asyncpg.UniqueViolationError as error:  # another inbox has created one of them meanwhile
            tries_left -= 1
            if error.constraint_name != _INDEX or not tries_left:
                raise


async def _existing_or_created(
    keys: Sequence[Key], requests: Sequence[ExportRequest], db: Connection, limits: QueueLimits
) -> list[ContentExport]:
    existing = await _existing(keys, db)
    missing = {key: new for key, new in zip(keys, requests, strict=True) if key not in existing}
    created = await insert(db, list(missing.values()), limits, patience=BRIEF) if missing else []
    existing |= zip(missing, created, strict=True)
    return [existing[key] for key in keys]


async def _existing(keys: Sequence[Key], db: Connection) -> dict[Key, ContentExport]:
    rows = await db.fetch(_BY_COMMAND, *map(list, zip(*keys, strict=True)))
    if not rows:
        return {}
    exports = await find_many([row["id"] for row in rows], db)
    return {
        keys[row["place"] - 1]: replace(export, expected=_expected(row["estimate"]))
        for row, export in zip(rows, exports, strict=True)
        if export is not None
    }


def _expected(estimate: Any) -> ExpectedTimes | None:
    return None if estimate is None else times_of(msgspec.convert(estimate, EstimateBody))


def _key(origin: CommandOrigin | None) -> Key:
    assert origin is not None  # requests of commands alone come here
    return origin.service, origin.source, origin.id
