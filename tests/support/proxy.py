"""Two gateways of a running system behind HAProxy, as an operator sets them up: it asks /readyz and never tries again."""

from __future__ import annotations

import shutil
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import ChildProcess, Program, start, wait_until
from deploy.stack.ports import LOOPBACK, free_port
from tests.support.stack import Stack

HAPROXY = shutil.which("haproxy", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
DRAIN_S = 2.0
CHECK_MS = 200
SERVED_BY = "X-Served-By"
PATIENCE_S = 60.0

_CONFIG = """
global
    log stdout format raw local0 warning
defaults
    mode http
    retries 0
    timeout connect 2s
    timeout client 60s
    timeout server 60s
frontend clients
    bind {address}
    default_backend gateways
backend gateways
    balance roundrobin
    option httpchk GET /readyz
    http-response set-header {served_by} %s
    default-server check inter {check_ms}ms fall 1 rise 1
{servers}
"""


@dataclass
class Gateways:
    """The gateways by their names in the proxy."""

    stack: Stack
    folder: Path
    proxy_port: int = field(default_factory=free_port)
    ports: dict[str, int] = field(default_factory=lambda: {"first": free_port(), "second": free_port()})
    children: dict[str, ChildProcess] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the proxy, which all clients use."""
        return f"http://{LOOPBACK}:{self.proxy_port}"

    def direct_url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def start(self, name: str) -> None:
        """Start a gateway and wait until it is ready."""
        env = {
            **self.stack.system.processes.env,
            "HTTP_PORT": str(self.ports[name]),
            "PUBLIC_URL": self.url,
            "DRAIN_S": str(DRAIN_S),
        }
        with self.log(name).open("ab") as output:
            program = Program(name, [sys.executable, "-m", "services.gateway"], env, ROOT, orphan_signal=signal.SIGKILL)
            self.children[name] = start(program, output)
        assert wait_until(lambda: readiness(self.direct_url(name)) == 200, PATIENCE_S), self.log(name).read_text()

    def start_proxy(self) -> None:
        """Start HAProxy, or a plain forwarder where it is not installed, and wait until it has found a gateway ready."""
        program = Program("forwarder", self._forwarder(), self.stack.system.processes.env, ROOT)
        if HAPROXY is not None:
            program = Program("haproxy", [HAPROXY, "-db", "-f", str(self._haproxy_config())], {}, self.folder)
        with self.log("proxy").open("ab") as output:
            self.children["proxy"] = start(program, output)
        assert wait_until(lambda: readiness(self.url) == 200, PATIENCE_S), self.log("proxy").read_text()

    def _forwarder(self) -> list[str]:
        ports = [self.proxy_port, *self.ports.values()]
        return [sys.executable, "-m", "tests.support.forwarder", *map(str, ports)]

    def _haproxy_config(self) -> Path:
        config = self.folder / "haproxy.cfg"
        servers = "\n".join(f"    server {name} {LOOPBACK}:{port}" for name, port in self.ports.items())
        address = f"{LOOPBACK}:{self.proxy_port}"
        config.write_text(_CONFIG.format(address=address, served_by=SERVED_BY, check_ms=CHECK_MS, servers=servers))
        return config

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def gateways_behind_a_proxy(stack: Stack, folder: Path) -> Iterator[Gateways]:
    """Both gateways and the proxy during the block."""
    gateways = Gateways(stack, folder)
    try:
        for name in gateways.ports:
            gateways.start(name)
        gateways.start_proxy()
        yield gateways
    finally:
        for child in reversed(gateways.children.values()):
            child.kill()


def readiness(url: str) -> int:
    """What /readyz answers; 0 for nothing."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
