"""Clients whose connections break at every moment of a request: nothing of it is an error of the log."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.stack.child_processes import wait_until
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.stack import Stack

MIB = 1 << 20
SIZE = 32 * MIB  # more than the buffers of a connection hold
CREATE = b'{"export_type": "qti", "skip_notifications": true}'
CHUNKED = "Transfer-Encoding: chunked"
ROUNDS = 3
PER_TOKEN = 50  # streams, and requests that wait: the default of both settings


def reset(wire: socket.socket) -> None:
    """As a cable that is cut and put in again: RST."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def close(wire: socket.socket) -> None:
    """As a program that ends: FIN, and RST for what comes after."""
    wire.close()


def close_half(wire: socket.socket) -> None:
    """As a program that has sent all and reads on: FIN. It reads for a moment, then goes."""
    wire.shutdown(socket.SHUT_WR)
    wire.settimeout(0.5)
    try:
        while wire.recv(MIB):
            pass
    except OSError:
        pass
    wire.close()


def answered(wire: socket.socket) -> None:
    """Read the first bytes of the answer."""
    wire.recv(1024)


def a_moment(_: socket.socket) -> None:
    time.sleep(0.1)


def at_once(_: socket.socket) -> None:
    """Do not wait."""


Ending = Callable[[socket.socket], None]

ENDS: tuple[Ending, ...] = (reset, close, close_half)
WAITS = (at_once, a_moment, answered)


@pytest.fixture(scope="module")
def requests(
    stack: Stack, admin: Client, campus: Campus, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[bytes, bool]]:
    """Requests by name, with whether they are answered before the client does more."""
    folder = tmp_path_factory.mktemp("left")
    course = campus.load(write_folder(folder, {"course": {"id": 1, "name": "Left"}}, {"a.mp4": os.urandom(SIZE)}))
    export: dict[str, Any] = admin.exported(course, "zip")
    exports, progress = f"/api/v1/courses/{course}/content_exports", urlsplit(export["progress_url"]).path
    one, link = f"{exports}/{export['id']}", urlsplit(export["attachment"]["url"])

    def request(method: str, path: str, body: bytes = b"", length: int | None = None, *headers: str) -> bytes:
        host, token = urlsplit(stack.base_url).netloc, f"Authorization: Bearer {admin.token}"
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", token, *headers]
        if CHUNKED not in headers:
            lines.append(f"Content-Length: {len(body) if length is None else length}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    json_body, cut = "Content-Type: application/json", CREATE[:20]
    form = "Content-Type: multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="export_type"\r\n\r\nq'
    return {
        "show": (request("GET", one), True),
        "list twice": (request("GET", exports) * 2, True),
        "half a head": (request("GET", one)[:60], False),
        "report": (request("GET", f"{one}/report"), True),
        "description": (request("GET", "/openapi.json"), True),
        "download": (request("GET", f"{link.path}?{link.query}"), True),
        "range": (request("GET", f"{link.path}?{link.query}", b"", 0, "Range: bytes=5-"), True),
        "member": (request("GET", f"{one}/entries/a.mp4"), True),
        "create": (request("POST", exports, CREATE, None, json_body), True),
        "half a body": (request("POST", exports, cut, len(CREATE), json_body), False),
        "half a form": (request("POST", exports, part, 500, form), False),
        "half a chunk": (request("POST", exports, b"20\r\n{", None, json_body, CHUNKED), False),
        "a broken chunk": (request("POST", exports, b"zz\r\n{", None, json_body, CHUNKED), False),
        "half a cancel": (request("POST", f"{progress}/cancel", b'{"mess', 40, json_body), False),
        "half a deflated body": (
            request("POST", exports, b"\x78\x9c", 40, json_body, "Content-Encoding: deflate"),
            False,
        ),
        "progress": (request("GET", progress), True),
        "stream of a context": (request("GET", f"{exports}/events"), True),
        "stream of an export": (request("GET", f"{progress}/events"), True),
        "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), True),
        "nothing": (b"", False),
    }


@pytest.fixture
def unfinished(stack: Stack, admin: Client, sample: int) -> Any:
    """An export that stays unfinished: its worker is stopped."""
    stack.stop("qti")
    yield admin.create(sample, "qti")
    stack.start("qti")


def send(stack: Stack, data: bytes) -> socket.socket:
    where = urlsplit(stack.base_url)
    wire = socket.create_connection((where.hostname, where.port), timeout=30)
    wire.sendall(data)
    return wire


def troubles(stack: Stack, since: dict[str, int]) -> list[str]:
    """What the services have logged since then at level error, or not as an event: a traceback."""
    found = []
    for name, offset in since.items():
        text = log_of(stack, name).read_bytes()[offset:].decode()
        found += [f"{name}: {line}" for line in text.splitlines() if not quiet(line)]
    return found


def quiet(line: str) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return event["level"] not in ("error", "critical") and "exception" not in event


def log_of(stack: Stack, name: str) -> Path:
    return stack.system.stack_folder.path / "logs" / f"{name}.log"


@pytest.fixture
def since(stack: Stack) -> dict[str, int]:
    """How long the logs are before the test."""
    return {name: log_of(stack, name).stat().st_size for name in stack.system.processes.children}


def leave_at_every_moment(stack: Stack, requests: dict[str, tuple[bytes, bool]]) -> int:
    """One connection after another for each request, wait and end. Returns how many there were."""
    gone = 0
    for data, is_answered in requests.values():
        for wait, end in product(WAITS if is_answered else WAITS[:2], ENDS):
            wire = send(stack, data)
            wait(wire)
            end(wire)
            gone += 1
    return gone


def test_no_end_of_a_connection_at_any_moment_is_an_error(
    stack: Stack, admin: Client, sample: int, requests: dict[str, tuple[bytes, bool]], since: dict[str, int]
) -> None:
    with ThreadPoolExecutor(ROUNDS) as rounds:  # at the same time: most of a round is waiting
        gone = sum(rounds.map(lambda _: leave_at_every_moment(stack, requests), range(ROUNDS)))
    assert gone > 400
    assert admin.exported(sample, "qti")["workflow_state"] == "exported", "the system serves on"
    time.sleep(1.0)
    found = troubles(stack, since)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "path", ["{progress}?wait=30", "{progress}/events", "{exports}/events", "{exports}/{id}?wait=30"]
)
def test_requests_that_wait_end_with_their_clients_and_make_room_at_once(
    stack: Stack, admin: Client, unfinished: dict[str, Any], since: dict[str, int], path: str
) -> None:
    exports = f"/api/v1/courses/{unfinished['course_id']}/content_exports"
    progress = urlsplit(unfinished["progress_url"]).path
    target = path.format(progress=progress, exports=exports, id=unfinished["id"])
    head = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin.token}\r\n\r\n".encode()
    for end in (reset, close):
        wires = [send(stack, head) for _ in range(PER_TOKEN)]
        time.sleep(2.0)  # until all have arrived: an early look would take the place of one of them
        assert wait_until(lambda: is_refused(stack, head), 10)
        for wire in wires:
            end(wire)
        assert wait_until(lambda: not is_refused(stack, head), 5)
    found = troubles(stack, since)
    assert found == [], "\n".join(found)


def is_refused(stack: Stack, data: bytes) -> bool:
    """Whether one more request is one too many. A request that is accepted answers later, or with a stream."""
    wire = send(stack, data)
    wire.settimeout(2.0)
    try:
        return wire.recv(1024).startswith(b"HTTP/1.1 429 ")
    except TimeoutError:
        return False
    finally:
        reset(wire)


def test_a_request_that_does_not_arrive_is_answered_408_and_no_error(
    stack: Stack, admin: Client, sample: int, since: dict[str, int]
) -> None:
    head = (
        f"POST /api/v1/courses/{sample}/content_exports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin.token}\r\n"
    )
    slow = ("P", head, f"{head}Content-Length: 9\r\n\r\n", f"{head}Content-Length: 9\r\n\r\n{{")
    wires = [send(stack, start.encode()) for start in slow * 2]  # all of them wait at the same time
    for wire in wires:
        assert wire.recv(100).startswith(b"HTTP/1.1 408 ")
        wire.close()
    found = troubles(stack, since)
    assert found == [], "\n".join(found)
