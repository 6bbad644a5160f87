"""A database URL that can never open a connection is a line that names the setting."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from shared.adapters.postgres.pool import open_connection, open_pool
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.runtime.environment import Mistakes

REFUSED = 'password authentication failed for user "exports"'
MISSING = 'database "frog" does not exist'


async def opened_both_ways(url: str, expected: type[Exception]) -> set[str]:
    """The messages of a pool and of a connection to this URL."""
    with pytest.raises(expected) as of_pool:
        async with open_pool(url):
            raise AssertionError
    with pytest.raises(expected) as of_connection:
        async with open_connection(url):
            raise AssertionError
    return {in_full(of_pool.value), in_full(of_connection.value)}


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (asyncpg.InvalidPasswordError(REFUSED), f"DATABASE_URL: {REFUSED}"),
        (asyncpg.InvalidCatalogNameError(MISSING), f"DATABASE_URL: {MISSING}"),
    ],
)
async def test_a_wrong_password_and_a_wrong_database_are_mistakes(
    monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(asyncpg, "create_pool", refuse)
    monkeypatch.setattr(asyncpg, "connect", refuse)
    assert await opened_both_ways("postgresql://exports:secret@127.0.0.1/frog", Mistakes) == {line}


@pytest.mark.parametrize(
    "url", ["127.0.0.1:5432/exports", "mysql://u:secret@h/d", "postgresql://u:sec/ret@h:5432/d", "secret"]
)
async def test_an_address_of_another_form_is_a_mistake_and_nothing_of_it_is_shown(url: str) -> None:
    (line,) = await opened_both_ways(url, Mistakes)
    assert line == "DATABASE_URL: not an address of the form postgresql://user@host:port/database"


async def test_a_server_that_shuts_down_is_unavailable_and_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    monkeypatch.setattr(asyncpg, "create_pool", refuse)
    monkeypatch.setattr(asyncpg, "connect", refuse)
    (message,) = await opened_both_ways("postgresql://127.0.0.1/exports", DatabaseUnavailable)
    assert "starting up" in message
