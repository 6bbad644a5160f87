"""A cluster on this machine: three nodes of RabbitMQ, and PostgreSQL with a synchronous standby, on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from deploy.stack.account import unprivileged_account
from deploy.stack.install import ensure_installed
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.postgres import Postgres
from deploy.stack.rabbitmq import Membership, RabbitMQ, launch_epmd
from deploy.stack.server_folder import ServerFolder
from deploy.stack.stack_folder import StackFolder, abandoned
from tests.support.servers import SESSIONS, SessionServers
from tests.support.standby import Standby

NODES = ("one", "two", "three")


@dataclass(frozen=True)
class Cluster:
    """The servers, and their addresses as the services get them."""

    stack_folder: StackFolder
    nodes: dict[str, RabbitMQ]
    primary: Postgres
    standby: Standby

    @property
    def amqp_url(self) -> str:
        """The addresses of all nodes."""
        return ",".join(node.url for node in self.nodes.values())

    @property
    def database_url(self) -> str:
        """Both hosts; the one that can be written to is used."""
        parts = urlsplit(self.primary.url)
        hosts = f"{parts.netloc},{LOOPBACK}:{self.standby.port}"
        return urlunsplit(parts._replace(netloc=hosts, query=f"{parts.query}&target_session_attrs=read-write"))

    def all_online(self, *, seen_by: str) -> None:
        """Return once a node sees all three. Raises ServerFailed if that takes over a minute."""
        self.nodes[seen_by].control("await_online_nodes", str(len(NODES)), "--timeout", "60")

    def as_servers(self) -> SessionServers:
        """As the stack of the tests gets its servers; a cluster is not stopped as a whole."""
        return SessionServers(self.stack_folder, self.database_url, self.amqp_url, *[_never] * 5)


def _never(*_: object) -> None:
    raise NotImplementedError("stop a node, not the cluster")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """All servers during the block. What killed runs left is removed first. Raises ServerFailed."""
    for stale in abandoned(SESSIONS):
        stale.remove()
    ensure_installed()
    stack_folder = StackFolder(SESSIONS / f"cluster-{os.getpid()}")
    stack_folder.acquire()
    with ExitStack() as stack:
        stack.callback(stack_folder.remove)
        yield _started(stack_folder, stack)


def _started(stack_folder: StackFolder, stack: ExitStack) -> Cluster:
    folder, account, password = stack_folder.servers_folder(), unprivileged_account(), stack_folder.secret("servers")

    def own(name: str) -> ServerFolder:
        opened = ServerFolder(folder / name, account, stack_folder.remember)
        stack.callback(opened.kill)  # nothing is kept
        return opened

    epmd_port, epmd = free_port(), own("epmd")
    launch_epmd(epmd, epmd_port)
    nodes = {
        name: RabbitMQ(own(name), password, Membership(name, NODES, stack_folder.secret("cookie"), epmd_port))
        for name in NODES
    }
    for node in nodes.values():  # the second joins the first, and the third both
        node.start()
    primary = Postgres(own("postgres"), password)
    primary.start()
    standby = Standby(own("standby"), primary)
    standby.start()
    standby.follow_synchronously()
    cluster = Cluster(stack_folder, nodes, primary, standby)
    cluster.all_online(seen_by=NODES[0])
    return cluster
