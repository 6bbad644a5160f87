"""Connections whose statements are spans: those that are opened while spans are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from shared.runtime.database_spans import copy_span, statement_span
from shared.runtime.span_kinds import Value
from shared.runtime.traces import recording


class TracedConnection(asyncpg.Connection):
    """A connection with a span for each statement. A pool hands the calls of its connections on to these methods."""

    place: dict[str, Value]

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:  # noqa: D102  (as asyncpg has it, as those below)
        with statement_span(query, self.place):
            return await super().execute(query, *args, **options)

    async def executemany(self, command: str, args: Iterable[Sequence[Any]], **options: Any) -> Any:  # noqa: D102
        rows = list(args)
        with statement_span(command, self.place, len(rows)):
            return await super().executemany(command, rows, **options)

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:  # noqa: D102
        with statement_span(query, self.place):
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:  # noqa: D102
        with statement_span(query, self.place):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:  # noqa: D102
        with statement_span(query, self.place):
            return await super().fetchval(query, *args, **options)

    async def copy_records_to_table(self, table_name: str, **options: Any) -> Any:  # noqa: D102
        with copy_span(table_name, self.place):
            return await super().copy_records_to_table(table_name, **options)


def connection_options() -> dict[str, Any]:
    """What `asyncpg.connect` needs for spans; nothing while none are recorded, so that statements cost what they did."""
    return {"connection_class": TracedConnection} if recording() else {}


def described(connection: asyncpg.Connection, url: str) -> asyncpg.Connection:
    """The connection, which knows the place that its spans name: the host and the database of its URL."""
    if type(connection) is TracedConnection:  # asyncpg's isinstance() takes every connection for one of every class
        connection.place = place_of(url)
    return connection


def place_of(url: str) -> dict[str, Value]:
    """Server and database of a URL, as attributes of spans; it has no user and no password. A socket has no address."""
    parts = urlsplit(url)
    attributes: dict[str, Value] = {}
    if database := parts.path.lstrip("/"):
        attributes["db.namespace"] = database
    if parts.hostname:
        attributes |= {"server.address": parts.hostname, "server.port": parts.port or 5432}
    return attributes
