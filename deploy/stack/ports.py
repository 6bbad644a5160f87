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

_held: list[socket.socket] = []  # bound for as long as this process lives


def free_port(*, hold: bool = True) -> int:
    """A TCP port that nothing listens on, below the range from which the kernel numbers outgoing connections.

    From that range a client could take the port while its server is being restarted; or a client that retries often
    enough while the server is down could connect to itself, and would hold the port from then on.

    The port is held until this process ends, so that no other call of this function gives it, in any process: between
    the choice and the start of a server, and while it is being restarted, it is nobody else's. A server can listen on
    it all the same, if it binds with SO_REUSEADDR, as servers do. Without `hold` it is for those that may not, such as a
    container engine.

    Raises OSError if 200 random ports are all taken.
    """
    highest = _first_ephemeral() - 1
    for port in random.SystemRandom().sample(range(LOWEST, highest), k=200):
        if (holder := _bound(port, reuse=False)) is not None:
            if hold:
                # Only now: a bind without it fails on a port that is held, and one with it succeeds: this never listens.
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                _held.append(holder)
            else:
                holder.close()
            return port
    raise OSError(f"no free port between {LOWEST} and {highest}")


def kept_ports(note: Path, names: Iterable[str]) -> dict[str, int]:
    """A port for each name: the one of the last time, as the note has it, where it is free; else another. Writes the note.

    All are held, as by `free_port`: while this process lives, no other stack chooses one of them.
    """
    try:
        before = {str(name): int(port) for name, port in json.loads(note.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        before = {}
    ports: dict[str, int] = {}
    for name in names:
        port = before.get(name, 0)
        ports[name] = port if port and port not in ports.values() and _is_held(port) else free_port()
    note.write_text(json.dumps(ports))
    return ports


def _is_held(port: int) -> bool:
    """Whether the port was free, and is held from now on. Servers of the last time may have left old connections on it."""
    holder = _bound(port, reuse=True)
    if holder is not None:
        _held.append(holder)
    return holder is not None


def _bound(port: int, *, reuse: bool) -> socket.socket | None:
    """A socket that is bound to the port and does not listen; None if the port is taken."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
    try:
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        return None
    return bound


def _first_ephemeral() -> int:
    try:
        first = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        first = 32_768  # the default of Linux
    # A range that begins lower leaves too few ports below it: then any port will do.
    return first if first > LOWEST + 1000 else 65_536
