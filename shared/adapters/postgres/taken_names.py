"""Names that another course, group or user has: a unique index refuses them, and the error says which one has it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.adapters.postgres.contexts import find_existing
from shared.adapters.postgres.pool import Connection, Pool
from shared.domain.errors import InvalidContent
from shared.domain.export import ContextType
from shared.domain.path_ids import Alias

_KEY = re.compile(r"\)=\((.*)\) already exists", re.DOTALL)  # the value in the detail of the server's error


@asynccontextmanager
async def unique_names(db: Pool | Connection, kind: ContextType, body: Mapping[str, Any]) -> AsyncIterator[None]:
    """A block, around a transaction, that writes `body`. Raises InvalidContent if another of the kind has a name of it.

    The name may also be one that the row has had, where it is written without it. `db` looks for the other one: the
    connection of a transaction around the block, which sees what that one has written, or else the pool.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        field = (error.constraint_name or "").partition("_by_")[2]  # the indexes are called users_by_login_id
        stored = _KEY.search(error.detail or "")
        if not field or (field not in body and stored is None):
            raise
        name = str(body[field]) if field in body else stored[1] if stored else ""
        owner = await find_existing(db, kind, Alias(field, name.lower() if field == "login_id" else name))
        other = f"another {kind.lower()}" if owner is None else f"{kind.lower()} {owner}"
        raise InvalidContent(f'{field} "{name}" is the name of {other}.', item=field) from error
