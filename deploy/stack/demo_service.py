"""A service that knows the broker alone, but for bytes: the program of the page about content by messages, as it stands there.

It sends a course with three files and 40 pages, requests its cartridge, receives the event of its end, and downloads it.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.stack.checkout import ROOT
from deploy.stack.rabbitmq import RabbitMQ
from deploy.stack.running_system import CommandFailed, RunningSystem
from deploy.stack.shown_events import print_line, shown_events

_PAGE = ROOT / "services" / "ingest" / "README.md"
_COMMAND = re.compile(r"^ {4}content-exports (.+)$", re.MULTILINE)
_PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """What the page has: the two commands of an operator, without the first word, and the program of the service."""

    add_service: list[str]
    create_token: list[str]
    program: str

    @property
    def name(self) -> str:
        """The name of the service."""
        return self.add_service[1]


def read_example(page: Path = _PAGE) -> Example:
    """The example of the page."""
    text = page.read_text(encoding="utf-8")
    add_service, create_token = (shlex.split(words) for words in _COMMAND.findall(text))
    (program,) = _PROGRAM.findall(text)
    return Example(add_service, create_token, program)


def show_service(system: RunningSystem, out: Path) -> None:
    """Add the service as an operator does, and run it in the folder `service` of `out`. Raises CommandFailed.

    Of a broker that was not started here the demo is no administrator, who adds users.
    """
    native = system.servers.native
    if native is None or native.rabbitmq.url != system.servers.amqp_url:
        print(f"no service by messages: it needs a user of the broker, which is not ours ({system.servers.origin})")
        return
    example, folder = read_example(), out / "service"
    folder.mkdir(exist_ok=True)
    amqp_url = _service_url(system, native.rabbitmq, example)
    print(f"service {example.name}, the program of {_PAGE.relative_to(ROOT)}:", flush=True)
    with shown_events(amqp_url) as events:
        _run(example, _environment(system, amqp_url, example), folder)
        events.wait_ends(1)
    print(f"{folder / 'course.imscc'}: downloaded by service {example.name}", flush=True)


def _service_url(system: RunningSystem, broker: RabbitMQ, example: Example) -> str:
    """The address of the broker for the service, once it has its rights and its user."""
    own, password = urlsplit(system.servers.amqp_url), secrets.token_urlsafe(16)
    system.command(*example.add_service)
    words, env = (
        ("topology", "--app-user", own.username or "guest"),
        {f"BROKER_PASSWORD_{example.name.upper()}": password},
    )
    broker.import_definitions(system.command(*words, env=env))
    return f"amqp://{example.name}:{password}@{own.hostname}:{own.port}/"


def _environment(system: RunningSystem, amqp_url: str, example: Example) -> dict[str, str]:
    token = system.command(*example.create_token).strip().splitlines()[-1]
    own = {"AMQP_URL": amqp_url, "SITE_URL": system.base_url, "CONTENT_EXPORTS_TOKEN": token}
    return {**os.environ, **own, "no_proxy": "*", "PYTHONUNBUFFERED": "1"}  # its lines come between those of events


def _run(example: Example, env: dict[str, str], folder: Path) -> None:
    words = [sys.executable, "-c", example.program]
    with subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        for line in service.stdout:
            print_line(line.rstrip("\n"))
    if service.returncode:
        raise CommandFailed(f"the service {example.name} failed")
