"""A private PostgreSQL from the distribution's packages: loopback only, no sockets on disk, an unprivileged user."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from deploy.stack.children import Program
from deploy.stack.place import Place, ServerFailed
from deploy.stack.ports import LOOPBACK, free_port

BINARIES = Path("/usr/lib/postgresql")
USER, DATABASE = "app", "postgres"
CONNECTIONS = 300  # every service keeps a pool, and a test session has a database of its own
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def binary(name: str) -> Path | None:
    """Give the newest installed program of this name; None if PostgreSQL is not installed."""
    versions = [p for p in BINARIES.glob("*/bin/postgres") if p.parts[-3].isdigit()]
    for newest in sorted(versions, key=lambda p: int(p.parts[-3]), reverse=True):
        return newest.with_name(name)
    found = shutil.which(name)
    return Path(found) if found else None


class Postgres:
    """One server process and its cluster of databases."""

    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off, transactions rolled back, the rest is flushed

    def __init__(self, place: Place, password: str) -> None:
        self.place, self.password = place, password
        self.port = free_port()

    @property
    def url(self) -> str:
        """The database `postgres`. TLS is off so that no client looks for keys in another user's home."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}?sslmode=disable"

    def start(self) -> None:
        """Start it, on a new cluster if there is none, and wait until it takes connections."""
        self._initialise()
        self._data().joinpath("postmaster.pid").unlink(missing_ok=True)  # its owner is known to have ended
        options = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",  # their paths have a limit of 107 bytes
            "max_connections": CONNECTIONS,
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [_need("postgres"), "-D", str(self._data()), *flags]
        self.place.launch(Program("postgres", command, ENV, self.place.folder, self.stop_signal))
        self.place.wait_ready(self._ready, seconds=60)

    def stop(self) -> None:
        """Stop it; its databases stay."""
        self.place.stop()

    def _data(self) -> Path:
        return self.place.folder / "data"

    def _ready(self) -> bool:
        asked = [_need("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(asked, env=ENV, check=False).returncode == 0

    def _initialise(self) -> None:
        if (self._data() / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data(), ignore_errors=True)  # of an initdb that was killed
        words = self.place.write("password", self.password)
        command = [_need("initdb"), "-D", str(self._data()), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(words)]
        command += ["--no-sync", "--no-locale", "-E", "UTF8"]
        result = self.place.run(command, ENV)
        words.unlink()
        if result.returncode:
            raise ServerFailed(f"initdb failed:\n{result.stdout}")


def _need(name: str) -> str:
    found = binary(name)
    if found is None:
        raise ServerFailed(f"PostgreSQL's {name} is not installed")
    return str(found)
