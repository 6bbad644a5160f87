"""A private RabbitMQ from the distribution's package: a node without plugins, alone or of a cluster, loopback only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.broker_definitions import app_definitions
from deploy.stack.child_processes import Program
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.server_folder import ServerFailed, ServerFolder

PACKAGES = Path("/usr/lib/rabbitmq/lib")
USER = "app"
PLUGIN_LIBRARIES = frozenset(  # libraries of Erlang that plugins alone use
    [
        "amqp10_client",
        "amqp_client",
        "base64url",
        "cowboy",
        "cowlib",
        "eetcd",
        "gun",
        "jose",
        "prometheus",
        "quantile_estimator",
    ]
)
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"  # AMQP 0-9-1
METHOD_FRAME = b"\x01"  # the type of the first frame, connection.start
_TICK_S = 8  # a node that is silent for so long is down for the others


def release() -> Path | None:
    """The folder of the newest installed release; None if RabbitMQ is not installed."""
    releases = sorted(PACKAGES.glob("rabbitmq_server-*"))
    return releases[-1] if releases else None


@dataclass(frozen=True, slots=True)
class Membership:
    """The place of a node in a cluster: its name among those of all nodes, and what these share.

    Their epmd is not started with a node: it outlives each of them.
    """

    name: str
    names: Sequence[str]
    cookie: str
    epmd_port: int


class RabbitMQ:
    """One broker node. It can be stopped and started again under the same address, and keeps its durable queues."""

    stop_signal = signal.SIGTERM

    def __init__(self, folder: ServerFolder, password: str, member: Membership | None = None) -> None:
        self.folder, self.password, self.member = folder, password, member
        self.port, self.distribution_port = free_port(), free_port()
        self.epmd_port = member.epmd_port if member else free_port()

    @property
    def url(self) -> str:
        """The URL of the default virtual host."""
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.port}/"

    @property
    def node_name(self) -> str:
        """Its name in Erlang; of localhost, so that it starts where the machine's own name does not resolve."""
        return f"{self.member.name if self.member else 'private'}@localhost"

    def start(self) -> None:
        """Start the node and wait until it speaks AMQP. The first node of a cluster is started first."""
        self._configure()
        command = str(self._release_folder() / "sbin" / "rabbitmq-server")
        env = self._environment()
        if self.member is None:
            launch_epmd(self.folder, self.epmd_port)
        self.folder.launch(Program("rabbitmq", [command, "-noinput"], env, self.folder.path, self.stop_signal))
        self.folder.wait_ready(lambda: speaks_amqp(self.port), seconds=90)

    def stop(self) -> None:
        """Stop the node, then its epmd."""
        self.folder.stop()

    def import_definitions(self, definitions: str) -> None:
        """Add users, permissions, exchanges and queues to the running node. Raises ServerFailed."""
        path = self.folder.write("more_definitions.json", definitions)
        try:
            self.control("import_definitions", str(path))
        finally:
            path.unlink()

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl` with these arguments on the running node. Returns its output. Raises ServerFailed."""
        command = [str(self._release_folder() / "sbin" / "rabbitmqctl"), *words]
        result = self.folder.run(command, self._environment())
        if result.returncode:
            raise ServerFailed(f"rabbitmqctl {words[0]} failed:\n{result.stdout}")
        return result.stdout

    def _release_folder(self) -> Path:
        return self.folder.path / "home"

    def _environment(self) -> dict[str, str]:
        folder = self.folder.path
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),  # the node's cookie is kept here
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,  # else the machine's own settings are read
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_PID_FILE": f"{folder}/rabbit.pid",
            "RABBITMQ_ALLOW_INPUT": "1",  # with -noinput the script becomes the node: its pid is ours to signal
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} net_ticktime {_TICK_S}",
        }

    def _alone(self) -> dict[str, object]:
        return {"load_definitions": self.folder.write("definitions.json", app_definitions(self.password))}

    def _clustered(self, member: Membership) -> dict[str, object]:
        """Settings of a node that joins the others when it starts for the first time; the default user is theirs."""
        self.folder.write(".erlang.cookie", member.cookie)
        discovery = "cluster_formation.classic_config.nodes"
        return {
            "default_user": USER,
            "default_pass": self.password,
            "cluster_partition_handling": "pause_minority",
            "cluster_formation.peer_discovery_backend": "classic_config",
            **{f"{discovery}.{number}": f"{name}@localhost" for number, name in enumerate(member.names, 1)},
        }

    def _configure(self) -> None:
        lines = {
            "log.console": "true",
            "log.console.level": "warning",
            "log.file": "false",
            "raft.wal_max_size_bytes": 33_554_432,  # quorum queues hold this log in memory
            **(self._alone() if self.member is None else self._clustered(self.member)),
        }
        self.folder.write("rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in lines.items()))
        self.folder.write("enabled_plugins", "[].\n")
        installed, own = _installed_release(), self._release_folder()
        shutil.rmtree(own, ignore_errors=True)
        (own / "plugins").mkdir(parents=True)
        for application in (installed / "plugins").iterdir():
            if _needed_by_broker(application.name):
                (own / "plugins" / application.name).symlink_to(application)
        shutil.copytree(installed / "sbin", own / "sbin")  # the scripts look for plugins beside themselves
        (own / "escript").symlink_to(installed / "escript")


def launch_epmd(folder: ServerFolder, port: int) -> None:
    """Start Erlang's port mapper. A node would start one that outlives it, but uses one that already listens."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "ERL_EPMD_PORT": str(port), "ERL_EPMD_ADDRESS": LOOPBACK}
    folder.launch(Program("epmd", [_epmd()], env, folder.path, signal.SIGKILL))


def speaks_amqp(port: int) -> bool:
    """Whether a broker on this port answers a protocol header with a frame. It opens the port before it can do so."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.settimeout(5)
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False


def _needed_by_broker(application: str) -> bool:
    """Whether the broker itself needs this Erlang application, named like `ranch-2.1.0`.

    A node spends most of its start on searching the code path: without plugins it starts in half the time.
    """
    name = application.rpartition("-")[0]
    return name == "rabbitmq_prelaunch" or not (name.startswith("rabbitmq_") or name in PLUGIN_LIBRARIES)


def _installed_release() -> Path:
    folder = release()
    if folder is None:
        raise ServerFailed("RabbitMQ is not installed")
    return folder


def _epmd() -> str:
    path = shutil.which("epmd", path="/usr/local/bin:/usr/bin:/bin")
    if path is None:
        raise ServerFailed("Erlang's epmd is not installed")
    return path
