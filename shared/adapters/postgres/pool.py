"""The connection pool: JSON columns as Python data, no reset round trip, asyncpg's errors as our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from shared.adapters.postgres.hosts import connect
from shared.adapters.postgres.pool_metrics import measure_pool
from shared.adapters.translate import translated_by
from shared.domain.errors import DatabaseUnavailable, LockUnavailable
from shared.runtime.environment import Mistakes

Pool = asyncpg.Pool
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy  # a pooled connection has the methods of a plain one
Record = asyncpg.Record

_COMMAND_TIMEOUT_S = 60.0  # longer than any statement takes on a healthy server


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """How long the server lets transactions of a pool wait and be silent, in seconds; None: for ever.

    A process that is frozen, or a machine that is gone, leaves its locks to the server: without limits all others wait.
    """

    statement_s: float | None = None
    lock_s: float | None = None  # a statement that waits longer for a lock raises LockUnavailable
    idle_s: float | None = 300.0  # the server ends a session that is silent within a transaction for longer

    def settings(self) -> dict[str, str]:
        """As parameters of a session; a client that does not answer is noticed within 25 s."""
        limits = {
            "statement_timeout": self.statement_s,
            "lock_timeout": self.lock_s,
            "idle_in_transaction_session_timeout": self.idle_s,
        }
        alive = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
        return alive | {name: f"{round(limit * 1000)}ms" for name, limit in limits.items() if limit is not None}


PATIENT = TransactionLimits()  # loads whole contexts, or waits for the broker within a transaction
# Takes locks that others wait for: of the event log of a context, and of an export.
SHORT = TransactionLimits(statement_s=_COMMAND_TIMEOUT_S, lock_s=5.0, idle_s=5.0)
YIELDING = TransactionLimits(
    statement_s=_COMMAND_TIMEOUT_S, lock_s=1.0, idle_s=5.0
)  # leaves what is locked to a later pass

_UNLIMITED = TransactionLimits(idle_s=None).settings() | {"statement_timeout": "0", "lock_timeout": "0"}


async def _set_up(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),  # 1 is the version of the binary form
        decoder=lambda data: msgspec.json.decode(data[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def _no_reset(connection: Any) -> None:
    """Leave the session as it is: no query here sets session state, and the round trip would double each read."""


@asynccontextmanager
async def open_pool(
    database_url: str,
    *,
    size: int = 10,
    planned_once: bool = False,
    limits: TransactionLimits = PATIENT,
    durable: bool = True,
) -> AsyncIterator[Pool]:
    """A pool of at most `size` connections, closed at the end. Raises DatabaseUnavailable if none can be opened.

    Raises Mistakes if none ever can: the URL has the wrong form, password or database.

    `planned_once` is for many small statements: the server plans each once per connection instead of for each set of
    values. To plan a look-up of a few rows by their keys costs several times what the look-up itself does.

    Where writes need not be `durable`, the server may lose the last ones when it crashes, and no commit waits for its disk.
    """
    parameters = {**limits.settings(), "jit": "off"}  # to compile costs more than any statement here gains by it
    if planned_once:
        parameters["plan_cache_mode"] = "force_generic_plan"
    if not durable:
        parameters["synchronous_commit"] = "off"
    with translated(), _url_checked():
        pool = await asyncpg.create_pool(
            database_url,
            connect=connect,
            # asyncpg opens `min_size` at once: one, to report a wrong URL at the start; the others when they are needed.
            min_size=1,
            max_size=size,
            init=_set_up,
            reset=_no_reset,
            command_timeout=_COMMAND_TIMEOUT_S,
            server_settings=parameters,
        )
    measuring = asyncio.create_task(measure_pool(pool))
    try:
        yield pool
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)  # it holds no connection any more
        await pool.close()


async def check(pool: Pool) -> None:
    """Return when the database answers, for readiness. Raises DatabaseUnavailable."""
    with translated():
        await pool.fetchval("SELECT 1")


@asynccontextmanager
async def open_connection(database_url: str, *, unlimited: bool = False) -> AsyncIterator[Connection]:
    """One connection outside of any pool, for LISTEN. Raises DatabaseUnavailable, and Mistakes as open_pool does.

    `unlimited` is for migrations: a statement may run, and wait, for any time.
    """
    with translated(), _url_checked():
        connection = await connect(
            database_url,
            command_timeout=None if unlimited else _COMMAND_TIMEOUT_S,
            server_settings=_UNLIMITED if unlimited else {},
        )
    try:
        await _set_up(connection)
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def acquired(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool. Only errors of acquiring are translated: what the block raises stays unchanged."""
    with translated():
        connection = await pool.acquire()
    try:
        yield connection
    finally:
        await pool.release(connection)


def affected(tag: str) -> int:
    """How many rows a statement has written, from its tag: "DELETE 250", "UPDATE 3"."""
    return int(tag.rpartition(" ")[2])


def is_lost(connection: Connection) -> bool:
    """Whether the connection has ended. The pool takes back a lost one at once, and its proxy raises for every call then."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


@contextmanager
def _url_checked() -> Iterator[None]:
    """Raise Mistakes for an address that can never open a connection. The line has no part of the address."""
    try:
        yield
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:  # 28, 3D
        raise Mistakes([f"DATABASE_URL: {error}"]) from error
    except ValueError as error:  # asyncpg's text could quote a password
        raise Mistakes(["DATABASE_URL: not an address of the form postgresql://user@host:port/database"]) from error


# Errors that a later try of the same statement may not meet, with the server's classes of errors.
_TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,  # 08
    asyncpg.IdleInTransactionSessionTimeoutError,  # 25P03: this process was frozen
    asyncpg.ReadOnlySQLTransactionError,  # 25006: a standby, after a failover
    asyncpg.TransactionRollbackError,  # 40: a deadlock, of which this was the victim
    asyncpg.InsufficientResourcesError,  # 53: a full disk, no memory, too many connections
    asyncpg.OperatorInterventionError,  # 57: shutting down, starting up, cancelled
    asyncpg.PostgresSystemError,  # 58: the server's own disk fails it
    asyncpg.InvalidCachedStatementError,  # a column has another type: asyncpg plans anew, outside of transactions at once
)


def _ours(error: BaseException) -> DatabaseUnavailable | None:
    if isinstance(error, asyncpg.LockNotAvailableError):  # 55P03
        return LockUnavailable(detail=str(error))
    if isinstance(error, _TRANSIENT):
        return DatabaseUnavailable(detail=str(error) or type(error).__name__)
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):  # the latter while it is being closed
        return DatabaseUnavailable(detail=f"the connection is gone: {error}")
    return None


def ran_too_long(error: DatabaseUnavailable) -> bool:
    """Whether a statement was ended since it took too long: the database may be well, and end it every time."""
    return isinstance(error.__cause__, (TimeoutError, asyncpg.QueryCanceledError))


def translated() -> AbstractContextManager[None]:
    """Raise DatabaseUnavailable for a database that cannot be reached, disconnects, or cannot run the statement now."""
    return translated_by(_ours)
