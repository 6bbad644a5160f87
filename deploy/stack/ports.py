"""Free TCP ports of the loopback interface."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST = 10_240  # below lie the ports of well-known servers
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A TCP port that nothing listens on, below the range from which the kernel numbers outgoing connections.

    From that range a client could take the port while its server is being restarted; or a client that retries often
    enough while the server is down could connect to itself, and would hold the port from then on.

    Raises OSError if 200 random ports are all taken.
    """
    highest = _first_ephemeral() - 1
    for port in random.SystemRandom().sample(range(LOWEST, highest), k=200):
        if is_free(port):
            return port
    raise OSError(f"no free port between {LOWEST} and {highest}")


def kept_ports(note: Path, names: Iterable[str]) -> dict[str, int]:
    """A port for each name: the one of the last time, as the note has it, where it is free; else another. Writes the note."""
    try:
        before = {str(name): int(port) for name, port in json.loads(note.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        before = {}
    ports: dict[str, int] = {}
    for name in names:
        port = before.get(name, 0)
        ports[name] = port if port and port not in ports.values() and is_free(port) else free_port()
    note.write_text(json.dumps(ports))
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections do not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _first_ephemeral() -> int:
    try:
        first = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        first = 32_768  # the default of Linux
    # A range that begins lower leaves too few ports below it: then any port will do.
    return first if first > LOWEST + 1000 else 65_536
