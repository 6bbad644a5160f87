"""Opens PostgreSQL and RabbitMQ: those named in the environment, else containers, else private native servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy.stack import compose
from deploy.stack.compose import Compose
from deploy.stack.install import ensure_installed
from deploy.stack.native_servers import NativeServers
from deploy.stack.server_folder import ServerFailed
from deploy.stack.stack_folder import StackFolder


@dataclass(frozen=True, slots=True)
class Servers:
    """The URLs of the servers, and their origin: `environment`, `compose` or `native`."""

    database_url: str
    amqp_url: str
    origin: str
    native: NativeServers | None = None


@contextmanager
def open_servers(
    stack_folder: StackFolder, report: Callable[[str], None] = print, *, keep_data: bool = True
) -> Iterator[Servers]:
    """Find or start both servers, and stop at the end those that were started here.

    An address in DATABASE_URL or AMQP_URL is used unchanged; the other server is started if only one is given.
    At the end the data of containers are deleted, unless `keep_data`; those of native servers stay in the folder.
    Raises ServerFailed if neither containers nor native servers start.
    """
    database, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("AMQP_URL", "")
    if database and broker:
        yield Servers(database, broker, "environment")
        return
    with ExitStack() as stack:
        started = _containers(stack_folder, stack, report, keep_data=keep_data) or _native(
            stack_folder, stack, needs_database=not database, needs_broker=not broker
        )
        yield Servers(database or started.database_url, broker or started.amqp_url, started.origin, started.native)


def _containers(
    stack_folder: StackFolder, stack: ExitStack, report: Callable[[str], None], *, keep_data: bool
) -> Servers | None:
    if not compose.available():
        return None
    containers = Compose(stack_folder)
    try:
        database, broker = containers.start()
    except ServerFailed as error:
        report(f"{error}\nThe engine answers but the containers do not start: using native servers instead.")
        return None
    stack.callback(containers.stop if keep_data else containers.remove)
    return Servers(database, broker, "compose")


def _native(stack_folder: StackFolder, stack: ExitStack, *, needs_database: bool, needs_broker: bool) -> Servers:
    ensure_installed()
    native = NativeServers(stack_folder)
    if needs_database:
        stack.callback(native.postgres.stop)  # before the start: one that is interrupted has to be stopped too
        native.postgres.start()
    if needs_broker:
        stack.callback(native.rabbitmq.stop)
        native.rabbitmq.start()
    return Servers(native.postgres.url, native.rabbitmq.url, "native", native)
