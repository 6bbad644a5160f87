"""A whole system with all that its alerts look at: its broker's metrics, mail, a certificate, a store that can be full."""

from __future__ import annotations

import os
import random
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from deploy.stack.ports import LOOPBACK, free_port
from tests.chaos.alerts.scaled_rules import scaled_rules
from tests.chaos.background import Background, background
from tests.chaos.faults import Faults
from tests.support.broker_metrics import enable_metrics
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.internal_service import broker_url_of
from tests.support.mail_server import certificate, mail_server
from tests.support.prometheus import Prometheus, installed, program, prometheus
from tests.support.servers import session_servers
from tests.support.stack import Stack, running_stack
from tests.unit.deploy.test_observability import PLACE

STORE_MIB = 256
LARGE_MIB = 24
SAFE, NEAR = timedelta(days=90), timedelta(days=10)  # how long a certificate is valid: well, and too short
SETTINGS = {
    "GUESSES_PER_MINUTE": "0",
    "CLEANUP_S": "2",
    "SCRUB_AFTER_DAYS": "0.00002",  # about two seconds
    "SCRUB_BYTES_PER_S": "1000000000",
    "RETRY_BACKOFF_S": "0.5",
    "MAX_ATTEMPTS": "2",
    "QUARANTINE_AFTER": "3",
    "MAIL_FROM": "exports@school.edu",
}


@dataclass
class Mail:
    """A mail server that can be stopped, and started again under its port."""

    folder: Path
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        self._running.enter_context(mail_server(self.folder, "--port", str(self.port)))

    def stop(self) -> None:
        self._running.close()


@dataclass
class Https:
    """A server whose certificate can be changed."""

    folder: Path
    context: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))

    def use(self, valid: timedelta) -> None:
        """Have a new certificate from the next connection on."""
        self.context.load_cert_chain(certificate(self.folder, valid))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The URL of a running server."""
        self.use(SAFE)
        server = ThreadingHTTPServer((LOOPBACK, 0), _Healthy)
        server.socket = self.context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"https://{LOOPBACK}:{server.server_address[1]}/healthz"
        finally:
            server.shutdown()
            server.server_close()


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any, **kwargs: Any) -> None:
        """Stay silent."""


@dataclass
class World:
    """The system, and what a fault needs."""

    stack: Stack
    admin: Client
    faults: Faults
    loop: Background
    folder: Path
    mail: Mail
    https: Https
    sis: str
    courses: dict[str, int]  # their ids by name
    watching: Prometheus


@contextmanager
def running_world(folder: Path, factor: float) -> Iterator[World]:
    """Everything, during the block; the rules are scaled down by the factor."""
    with ExitStack() as stack:
        servers = stack.enter_context(session_servers())
        mail, https = Mail(folder / "mail"), Https(folder)
        mail.start()
        stack.callback(mail.stop)
        stack.enter_context(mock.patch.dict(os.environ, {**SETTINGS, "SMTP_URL": f"smtp://{LOOPBACK}:{mail.port}"}))
        store = stack.enter_context(small_disk(folder / "disk")) / "store"
        port = str(free_port())
        address = {"HTTP_PORT": port, "PUBLIC_URL": f"http://{LOOPBACK}:{port}"}  # of links in mails, and of all others
        running = stack.enter_context(running_stack(servers, STORE_URL=str(store), **address))
        loop = stack.enter_context(background())
        assert servers.native is not None
        targets = {
            "rabbitmq": enable_metrics(servers.native.rabbitmq),
            "https": stack.enter_context(https.serving()),
            "blackbox": stack.enter_context(blackbox(folder)),
        }
        (folder / "alerts.yaml").write_text(yaml.safe_dump(scaled_rules((PLACE / "alerts.yaml").read_text(), factor)))
        watching = stack.enter_context(prometheus(configuration(running, targets, folder), folder))
        words = ("--name", "Ada", "--email", "ada@school.edu", "--site-admin")
        admin = Client(running.base_url, running.token(int(running.command("user", *words))))
        faults = Faults(running, loop, random.Random(1))
        sis, courses = broker_url_of(running, "sis", "export.request", "export.cancel"), _courses(running, folder)
        yield World(running, admin, faults, loop, folder, mail, https, sis, courses, watching)


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of its own, which can be filled without harm. Needs the right to mount one."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={STORE_MIB}m", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def blackbox(folder: Path) -> Iterator[str]:
    """The address of a blackbox exporter, which trusts the certificate of the test; empty where none is installed."""
    if installed("blackbox_exporter") is None:
        yield ""
        return
    module = {"prober": "http", "http": {"tls_config": {"insecure_skip_verify": True}}}
    (folder / "blackbox.yml").write_text(yaml.safe_dump({"modules": {"http_2xx": module}}))
    address = f"{LOOPBACK}:{free_port()}"
    words = [f"--config.file={folder}/blackbox.yml", f"--web.listen-address={address}"]
    with (
        (folder / "blackbox.log").open("w") as log,
        subprocess.Popen([program("blackbox_exporter"), *words], stderr=log) as process,
    ):
        try:
            yield address
        finally:
            process.terminate()


def configuration(stack: Stack, targets: dict[str, str], folder: Path) -> dict[str, Any]:
    """deploy/observability/prometheus.yaml with the addresses of this system, each second, and the scaled rules."""
    text = (PLACE / "prometheus.yaml").read_text()
    config: dict[str, Any] = yaml.safe_load(text.replace("blackbox:9115", targets["blackbox"]))
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(folder / "alerts.yaml")]
    for job in config["scrape_configs"]:
        for static in job["static_configs"]:
            static["targets"] = [_address(stack, each, targets) for each in static["targets"]]
    return config


def _address(stack: Stack, target: str, targets: dict[str, str]) -> str:
    if target.startswith("https://"):
        return targets["https"]
    name = target.partition(":")[0]
    return targets.get(name) or stack.system.processes.ops_url(name).removeprefix("http://")


def _courses(stack: Stack, folder: Path) -> dict[str, int]:
    """The course of the sample, and others for the faults that need one of their own."""
    campus = Campus(stack)
    ids = {}
    for number, name in enumerate(("sample", "waits", "broken", "deadly"), 1):
        documents = {
            "course": {"id": number, "name": name},
            "pages": [{"id": 1, "title": "A page", "body": "<p>Tides</p>"}],
            "quizzes": [{"id": 1, "title": "A quiz"}],
        }
        ids[name] = campus.load(write_folder(folder / name, documents, {"notes.txt": b"high water at six"}))
    lecture = {"lecture.bin": os.urandom(LARGE_MIB << 20)}
    ids["large"] = campus.load(write_folder(folder / "large", {"course": {"id": 9, "name": "large"}}, lecture))
    return ids
