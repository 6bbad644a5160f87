"""Downloads of a package of some size, through connections that break."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import struct
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from services.cli.api import Api
from services.cli.destination import destination
from services.cli.download import download
from tests.support.campus import Campus, write_folder
from tests.support.client import Client

MIB = 1 << 20
SIZE = 256 * MIB
BREAKS = 10


@pytest.fixture(scope="module")
def package(campus: Campus, admin: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The attachment of an export of some hundred megabytes."""
    folder = tmp_path_factory.mktemp("heavy")
    block = os.urandom(8 * MIB)
    files = {f"{number}.mp4": number.to_bytes(4, "big") + block * 8 for number in range(4)}
    course = campus.load(write_folder(folder, {"course": {"id": 1, "name": "Heavy"}}, files))
    attachment = dict(admin.exported(course, "zip")["attachment"])
    assert attachment["size"] > SIZE
    return attachment


def read_and_break(url: str, start: int, count: int, etag: str) -> tuple[bytes, str]:
    """Take `count` bytes from `start` on, then cut the connection as a cable does; what came, and the ETag."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as wire:
        condition = f"Range: bytes={start}-\r\nIf-Range: {etag}\r\n" if start else ""
        wire.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{condition}\r\n".encode())
        head, _, body = _until(wire, b"\r\n\r\n").partition(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        assert f" {206 if start else 200} " in status
        got = bytearray(body)
        while len(got) < count and (chunk := wire.recv(1 << 16)):
            got += chunk
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no goodbye
    return bytes(got), headers["etag"]


def _until(wire: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        data += wire.recv(4096)
    return data


def test_a_download_that_is_killed_ten_times_at_random_places_and_resumed_is_byte_exact(
    package: dict[str, object],
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    places = sorted(random.Random(seed).sample(range(1, SIZE), BREAKS))
    digest, got, etag = hashlib.sha256(), 0, ""
    for stop in (*places, package["size"]):
        if stop <= got:  # more came than was waited for
            continue
        chunk, etag = read_and_break(str(package["url"]), got, int(str(stop)) - got, etag)
        digest.update(chunk)
        got += len(chunk)
    assert (got, digest.hexdigest()) == (package["size"], package["sha256"]), f"seed {seed}"


def test_the_command_line_resumes_over_a_gateway_that_is_killed(
    campus: Campus, package: dict[str, object], admin: Client, tmp_path: Path
) -> None:
    killed = threading.Event()

    def kill_once(size: int) -> None:
        if size > 40 * MIB and not killed.is_set():
            killed.set()
            campus.stack.kill("gateway")
            campus.stack.start("gateway")

    api = Api(campus.stack.base_url, admin.token)
    digest = download(api, package, destination(str(tmp_path / "package.zip")), kill_once, pause_s=0.1)
    assert killed.is_set()
    assert digest == package["sha256"]


def test_a_gateway_that_is_asked_to_stop_lets_a_download_come_to_its_end(
    campus: Campus, package: dict[str, object]
) -> None:
    digest = hashlib.sha256()
    with httpx2.stream("GET", str(package["url"]), trust_env=False, timeout=60) as answer:
        for place, chunk in enumerate(answer.iter_bytes(4 * MIB)):
            digest.update(chunk)
            if place == 0:
                stopping = threading.Thread(target=campus.stack.stop, args=("gateway",))
                stopping.start()
                time.sleep(0.5)
    stopping.join()
    campus.stack.start("gateway")
    assert digest.hexdigest() == package["sha256"]


def test_the_gateway_stays_small_whatever_it_sends(campus: Campus, package: dict[str, object]) -> None:
    def take() -> None:
        with httpx2.stream("GET", str(package["url"]), trust_env=False, timeout=120) as answer:
            for _ in answer.iter_bytes(MIB):
                pass

    before = campus.stack.rss("gateway")
    readers = [threading.Thread(target=take) for _ in range(10)]
    for reader in readers:
        reader.start()
    peak = before
    while any(reader.is_alive() for reader in readers):
        peak = max(peak, campus.stack.rss("gateway"))
        time.sleep(0.05)
    assert peak < 150 * MIB
    assert peak - before < 40 * MIB
