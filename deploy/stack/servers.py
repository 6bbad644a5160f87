"""Which PostgreSQL and RabbitMQ to use: those named in the environment, else containers, else private native ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy.stack import compose
from deploy.stack.compose import Compose
from deploy.stack.home import Home
from deploy.stack.install import ensure_installed
from deploy.stack.native import Native
from deploy.stack.place import ServerFailed


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are, and who runs them: `environment`, `compose` or `native`."""

    database_url: str
    amqp_url: str
    origin: str
    native: Native | None = None


@contextmanager
def open_servers(home: Home, say: Callable[[str], None] = print, *, keep_data: bool = True) -> Iterator[Servers]:
    """Find or start both servers; what was started is stopped at the end. ServerFailed if neither way works.

    The data of containers are deleted then, unless `keep_data`; those of native servers lie in the home.

    An address in DATABASE_URL or AMQP_URL is used as it is; the other server is started if only one is given.
    """
    database, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("AMQP_URL", "")
    if database and broker:
        yield Servers(database, broker, "environment")
        return
    with ExitStack() as stack:
        found = _containers(home, stack, say, keep_data=keep_data) or _native(
            home, stack, needs_database=not database, needs_broker=not broker
        )
        yield Servers(database or found.database_url, broker or found.amqp_url, found.origin, found.native)


def _containers(home: Home, stack: ExitStack, say: Callable[[str], None], *, keep_data: bool) -> Servers | None:
    if not compose.available():
        return None
    containers = Compose(home)
    try:
        database, broker = containers.start()
    except ServerFailed as error:
        say(f"{error}\nThe engine answers but the containers do not start: using native servers instead.")
        return None
    stack.callback(containers.stop if keep_data else containers.remove)
    return Servers(database, broker, "compose")


def _native(home: Home, stack: ExitStack, *, needs_database: bool, needs_broker: bool) -> Servers:
    ensure_installed()
    native = Native(home)
    if needs_database:
        stack.callback(native.postgres.stop)
        native.postgres.start()
    if needs_broker:
        stack.callback(native.rabbitmq.stop)
        native.rabbitmq.start()
    return Servers(native.postgres.url, native.rabbitmq.url, "native", native)
