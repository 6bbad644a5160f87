"""Clients that send too slowly, too much, or what is no HTTP: each is refused, and nobody else feels it."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from shared.domain.export import Context
from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, bearer, running_gateway
from tests.support.school import Person, School

GIB = 1 << 30
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def strict(migrated_url: str, people: School, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that waits for nobody."""
    settings = Settings(
        database_url=migrated_url,
        store_url=str(tmp_path / "store"),
        secret_key=("a-key",),
        http_port=0,
        stop_grace_s=0,
        head_timeout_s=0.5,
        body_timeout_s=0.5,
        idle_timeout_s=1.5,
        max_connections=20,
    )
    async with running_gateway(settings, people) as running:
        yield running


@dataclass
class Wire:
    """A bare connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, dict[str, Any]]:
        """Status and JSON body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length:")[1].split("\r\n")[0])
        return int(head.split()[1]), json.loads(await self.reader.readexactly(length))

    async def ended(self) -> bool:
        """Whether the other side closes the connection, within a moment that is longer than all limits."""
        async with asyncio.timeout(6):
            return await self.reader.read() == b""

    def close(self) -> None:
        self.writer.close()


async def connect(gateway: Gateway) -> Wire:
    where = urlsplit(gateway.url)
    return Wire(*await asyncio.open_connection(where.hostname, where.port))


def bomb() -> bytes:
    """One GiB of one letter, deflated."""
    packer = zlib.compressobj(9)
    block = b"a" * (1 << 24)
    return b"".join(packer.compress(block) for _ in range(GIB // len(block))) + packer.flush()


async def test_a_body_that_inflates_to_a_gigabyte_costs_nobody_a_moment(strict: Gateway) -> None:
    packed = bomb()
    slowest = 0.0

    async def honest() -> None:
        nonlocal slowest
        while True:
            before = time.perf_counter()
            assert (await strict.http.get(f"{strict.url}/healthz")).status_code == 200
            slowest = max(slowest, time.perf_counter() - before)
            await asyncio.sleep(0.005)

    asking = asyncio.create_task(honest())
    for path in ("/api/v1/courses", "/api/v1/courses/1/content_exports", "/healthz", "/nowhere"):
        for method in ("POST", "GET"):
            wire = await connect(strict)
            head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Encoding: deflate\r\n"
            wire.writer.write(f"{head}Content-Length: {len(packed)}\r\n\r\n".encode() + packed)
            status, _ = await wire.answer()
            assert 200 <= status < 500
            wire.close()
    asking.cancel()
    assert slowest < 0.5


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda body: zlib.compress(body, wbits=-15)])
async def test_a_compressed_body_is_read_like_any_other(strict: Gateway, people: School, pack: Any) -> None:
    course, teacher = await course_of(people)
    encoding = "gzip" if pack is gzip.compress else "deflate"
    for kind, body in ((FORM, b"export_type=frog"), ("application/json", b'{"export_type": "frog"}')):
        headers = {**bearer(teacher), "Content-Type": kind, "Content-Encoding": encoding}
        answer = await strict.http.post(exports(strict, course), content=pack(body), headers=headers)
        assert answer.json() == {"message": "invalid export_type"}


@pytest.mark.parametrize(
    ("encoding", "body", "refusal"),
    [
        ("deflate", zlib.compress(b" " * 2_000_000), (413, "content_too_large")),
        ("gzip", gzip.compress(b" " * 2_000_000, mtime=0), (413, "content_too_large")),
        ("br", b"export_type=qti", (415, "unsupported_encoding")),
        (
            "gzip, gzip",
            gzip.compress(gzip.compress(b"export_type=qti", mtime=0), mtime=0),
            (415, "unsupported_encoding"),
        ),
        ("gzip", gzip.compress(b"export_type=qti", mtime=0)[:-9], (400, "bad_request")),
    ],
)
async def test_a_body_that_is_too_large_or_in_another_encoding_is_refused_by_name(
    strict: Gateway, people: School, encoding: str, body: bytes, refusal: tuple[int, str]
) -> None:
    course, teacher = await course_of(people)
    headers = {**bearer(teacher), "Content-Type": FORM, "Content-Encoding": encoding}
    answer = await strict.http.post(exports(strict, course), content=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == refusal


async def test_a_head_that_arrives_too_slowly_is_answered_408_and_the_connection_ends(strict: Gateway) -> None:
    wire = await connect(strict)
    wire.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    async def drip() -> None:
        while True:
            wire.writer.write(b"a")
            await asyncio.sleep(0.1)

    dripping = asyncio.create_task(drip())
    status, body = await wire.answer()
    dripping.cancel()
    assert (status, body["errors"][0]["error_code"]) == (408, "request_timeout")
    assert await wire.ended()


async def test_a_body_that_makes_no_progress_is_answered_408_and_the_connection_ends(
    strict: Gateway, people: School
) -> None:
    course, teacher = await course_of(people)
    for path in (f"/api/v1/courses/{course.id}/content_exports", "/api/v1/progress/1/cancel"):
        wire = await connect(strict)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {teacher.token}\r\n"
        wire.writer.write(f"{head}Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\nexport".encode())
        status, body = await wire.answer()
        assert (status, body["errors"][0]["error_code"]) == (408, "request_timeout")
        assert await wire.ended()


async def test_a_connection_that_is_silent_between_requests_is_closed(strict: Gateway) -> None:
    never, once = await connect(strict), await connect(strict)
    once.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await once.answer())[0] == 200
    assert await never.ended()
    assert await once.ended()


async def test_a_connection_too_many_is_refused_with_a_sentence_and_there_is_room_again_once_others_end(
    strict: Gateway,
) -> None:
    held = [await connect(strict) for _ in range(20)]
    one_more = await connect(strict)
    status, body = await one_more.answer()
    assert (status, body["errors"][0]["error_code"]) == (503, "too_many_connections")
    assert await one_more.ended()
    for each in held:
        each.close()
    await asyncio.sleep(0.2)
    wire = await connect(strict)
    wire.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await wire.answer())[0] == 200
    wire.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /secret-path HTTP/9.9\r\nAuthorization: Bearer s3cr3t\r\n\r\n",
        b"GET /x?access_token=s3cr3t HTTP/1.1\r\nHost: x\r\nBad Header: s3cr3t\r\n\r\n",
        b"\x16\x03\x01s3cr3t s3cr3t s3cr3t\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: s3cr3t\r\n\r\n",
        b"GET / HTTP/1.1\r\nAuthorization: Bearer s3cr3t" + b"x" * 9000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_bad_request_and_nothing_of_it_is_logged_or_repeated(
    strict: Gateway, sent: bytes, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        wire = await connect(strict)
        wire.writer.write(sent)
        status, body = await wire.answer()
        wire.close()
    assert status == 400
    assert "request_malformed" in [each["event"] for each in logs]
    for written in (str(logs), caplog.text, *capsys.readouterr(), json.dumps(body)):
        assert "s3cr3t" not in written
        assert "secret-path" not in written


async def course_of(people: School) -> tuple[Context, Person]:
    course = await people.course(name="Odd", workflow_state="available")
    return course, await people.member(course, "teacher")


def exports(gateway: Gateway, course: Context) -> str:
    return f"{gateway.url}/api/v1/courses/{course.id}/content_exports"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/v1/courses/\xff/content_exports HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/courses/%FF%00%ED%A0%80/content_exports HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/users/self HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /api/v1/users/self?access_token=%00%FF HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/users/self?as_user_id=sis_user_id:%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/courses/999999999/content_exports HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"GET /api/v1/courses/999999999/content_exports HTTP/1.1\r\nHost: x\r\ntraceparent: \xff\r\nX-Request-Id: \xff\r\n\r\n",
        b"GET http://x/api/v1/progress/1 HTTP/1.1\r\nHost: y\r\n\r\n",
        b"GET http://x/api/v1/courses/999999999/content_exports HTTP/1.1\r\nHost: y\r\n\r\n",
        b"GET /files/1/download?verifier=%FF%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_odd_bytes_anywhere_in_a_request_are_no_error_of_ours(strict: Gateway, sent: bytes) -> None:
    wire = await connect(strict)
    wire.writer.write(sent)
    status, body = await wire.answer()
    wire.close()
    assert 400 <= status < 500 or (status, body["errors"][0]["message"]) == (
        503,
        "The progress service does not answer.",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/progress/../../../metrics",
        "/api/v1/progress/%2e%2e/%2e%2e/%2e%2e/metrics",
        "/api/v1/progress/..%2f..%2f..%2fmetrics",
        "/api/v1/progress/1/../../../../metrics",
        "/api/v1/courses/%2e%2e/content_exports/events",
        "/api/v1/progress/1/else",
    ],
)
async def test_dot_segments_lead_nowhere(strict: Gateway, path: str) -> None:
    wire = await connect(strict)
    wire.writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (await wire.answer())[0] == 404
    wire.close()
