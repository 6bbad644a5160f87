"""Names that another course, group or user has: a unique index refuses them, and the error says which one has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.pool import Pool
from shared.domain.errors import InvalidContent
from shared.domain.export import ContextType
from shared.domain.path_ids import Alias


@asynccontextmanager
async def unique_names(pool: Pool, kind: ContextType, body: Mapping[str, Any]) -> AsyncIterator[None]:
    """A block, around a transaction, that writes `body`. Raises InvalidContent if another of the kind has a name of it."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        field = (error.constraint_name or "").partition("_by_")[2]  # the indexes are called users_by_login_id
        if field not in body:
            raise
        name = str(body[field])
        owner = await Contexts(pool).find(kind, Alias(field, name.lower() if field == "login_id" else name))
        raise InvalidContent(f'{field} "{name}" is the name of {kind.lower()} {owner}.', item=field) from error
