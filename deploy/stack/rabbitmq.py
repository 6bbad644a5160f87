"""A private RabbitMQ from the distribution's package: one trimmed node, its own epmd, loopback only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path

from deploy.stack.children import Program
from deploy.stack.place import Place, ServerFailed
from deploy.stack.ports import LOOPBACK, free_port

PACKAGES = Path("/usr/lib/rabbitmq/lib")
USER = "app"
PLUGIN_LIBRARIES = frozenset(  # used by plugins only
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
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"


def release() -> Path | None:
    """Give the installed release's folder; None if RabbitMQ is not installed."""
    found = sorted(PACKAGES.glob("rabbitmq_server-*"))
    return found[-1] if found else None


class RabbitMQ:
    """One node. It can be stopped and started again under the same address, and keeps its durable queues."""

    stop_signal = signal.SIGTERM

    def __init__(self, place: Place, password: str) -> None:
        self.place, self.password = place, password
        self.port, self.distribution_port, self.names_port = free_port(), free_port(), free_port()

    @property
    def url(self) -> str:
        """Its default virtual host."""
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it speaks AMQP."""
        self._configure()
        command = str(self._home() / "sbin" / "rabbitmq-server")
        env = self._environment()
        # The node would start an epmd that outlives it; one of our own on this port is found and used instead.
        self.place.launch(Program("epmd", [_epmd()], env, self.place.folder, signal.SIGKILL))
        self.place.launch(Program("rabbitmq", [command, "-noinput"], env, self.place.folder, self.stop_signal))
        self.place.wait_ready(lambda: speaks_amqp(self.port), seconds=90)

    def stop(self) -> None:
        """Stop the node, then its epmd."""
        self.place.stop()

    def _home(self) -> Path:
        return self.place.folder / "home"

    def _environment(self) -> dict[str, str]:
        folder = self.place.folder
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),  # the node's cookie is kept here
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": "private@localhost",  # starts where the machine's own name does not resolve
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
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _configure(self) -> None:
        lines = {
            "default_user": USER,
            "default_pass": self.password,
            "log.console": "true",
            "log.console.level": "warning",
            "log.file": "false",
            "raft.wal_max_size_bytes": 33_554_432,  # quorum queues hold this log in memory
        }
        self.place.write("rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in lines.items()))
        self.place.write("enabled_plugins", "[].\n")
        source, home = _need_release(), self._home()
        shutil.rmtree(home, ignore_errors=True)
        (home / "plugins").mkdir(parents=True)
        for application in (source / "plugins").iterdir():
            if _needed(application.name):
                (home / "plugins" / application.name).symlink_to(application)
        shutil.copytree(source / "sbin", home / "sbin")  # the scripts look for plugins beside themselves


def speaks_amqp(port: int) -> bool:
    """Whether a broker on this port answers a protocol header with a frame: an open port alone proves nothing."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.settimeout(5)
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False


def _needed(application: str) -> bool:
    """Whether the broker itself needs it. Starting is mostly looking through the code path: no plugins, half the time."""
    name = application.rpartition("-")[0]
    return name == "rabbitmq_prelaunch" or not (name.startswith("rabbitmq_") or name in PLUGIN_LIBRARIES)


def _need_release() -> Path:
    found = release()
    if found is None:
        raise ServerFailed("RabbitMQ is not installed")
    return found


def _epmd() -> str:
    found = shutil.which("epmd", path="/usr/local/bin:/usr/bin:/bin")
    if found is None:
        raise ServerFailed("Erlang's epmd is not installed")
    return found
