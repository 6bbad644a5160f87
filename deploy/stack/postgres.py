"""A private PostgreSQL from the distribution's packages: on loopback only, run by an unprivileged user."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from deploy.stack.child_processes import Program
from deploy.stack.ports import LOOPBACK, free_port
from deploy.stack.server_folder import ServerFailed, ServerFolder

BINARIES = Path("/usr/lib/postgresql")
USER, DATABASE = "app", "postgres"
CONNECTIONS = 300  # every service keeps a pool, and a test session has a database of its own
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def binary(name: str) -> Path | None:
    """The path of the newest installed program of this name; None if PostgreSQL is not installed."""
    # Debian keeps the servers of each major version beside each other, and not on the PATH.
    versions = [p for p in BINARIES.glob("*/bin/postgres") if p.parts[-3].isdigit()]
    for newest in sorted(versions, key=lambda p: int(p.parts[-3]), reverse=True):
        return newest.with_name(name)
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


class Postgres:
    """One server process and its cluster of databases."""

    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off, transactions rolled back, the rest is flushed

    def __init__(self, folder: ServerFolder, password: str) -> None:
        self.folder, self.password = folder, password
        self.port = free_port()

    @property
    def url(self) -> str:
        """The URL of the database `postgres`. TLS is off so that no client looks for keys in another user's home."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}?sslmode=disable"

    def start(self) -> None:
        """Start the server, on a new cluster if there is none, and wait until it accepts connections."""
        self._initialise()
        self._data().joinpath("postmaster.pid").unlink(
            missing_ok=True
        )  # the server that wrote it has ended: the stack folder is ours
        options = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",  # their paths have a limit of 107 bytes
            "max_connections": CONNECTIONS,
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [_installed("postgres"), "-D", str(self._data()), *flags]
        self.folder.launch(Program("postgres", command, ENV, self.folder.path, self.stop_signal))
        self.folder.wait_ready(self._ready, seconds=60)

    def stop(self) -> None:
        """Stop the server; its databases stay."""
        self.folder.stop()

    def _data(self) -> Path:
        return self.folder.path / "data"

    def _ready(self) -> bool:
        command = [_installed("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(command, env=ENV, check=False).returncode == 0

    def _initialise(self) -> None:
        if (self._data() / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data(), ignore_errors=True)  # what a killed initdb left
        password_file = self.folder.write("password", self.password)
        command = [
            _installed("initdb"),
            "-D",
            str(self._data()),
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(password_file),
        ]
        command += ["--no-sync", "--no-locale", "-E", "UTF8"]
        result = self.folder.run(command, ENV)
        password_file.unlink()
        if result.returncode:
            raise ServerFailed(f"initdb failed:\n{result.stdout}")


def _installed(name: str) -> str:
    path = binary(name)
    if path is None:
        raise ServerFailed(f"PostgreSQL's {name} is not installed")
    return str(path)
