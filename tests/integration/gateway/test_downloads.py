"""Downloads from a folder of this machine: requests of clients and their responses."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.gateway.packages import sendfile
from services.gateway.verifier import sign
from shared.adapters.open_store import open_store
from shared.domain.export import ContentExport
from tests.support.gateway import Gateway, bearer, running_gateway

DATA = os.urandom(9 * 1024 * 1024 + 17)


async def link_to(gateway: Gateway, data: bytes = DATA, name: str = "files_export.zip") -> str:
    person = await gateway.school.person()
    course = await gateway.school.course(is_public=True)
    return await gateway.link(await gateway.exported(course, person, data, name), person)


async def test_a_download_states_its_digest_as_etag_and_as_repr_digest(gateway: Gateway) -> None:
    answer = await gateway.http.get(await link_to(gateway))
    digest = hashlib.sha256(DATA)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-request-id"]


async def test_a_name_in_any_script_survives_the_header(gateway: Gateway) -> None:
    answer = await gateway.http.get(await link_to(gateway, b"x", 'Übung "潮汐"_export.zip'))
    disposition = answer.headers["content-disposition"]
    assert "filename*=UTF-8''%C3%9Cbung%20%22%E6%BD%AE%E6%B1%90%22_export.zip" in disposition
    assert disposition.isascii()


@pytest.mark.parametrize(("wanted", "start", "stop"), [("0-0", 0, 1), ("5000000-", 5_000_000, None), ("-9", -9, None)])
async def test_one_range_is_exactly_those_bytes(gateway: Gateway, wanted: str, start: int, stop: int | None) -> None:
    answer = await gateway.http.get(await link_to(gateway), headers={"Range": f"bytes={wanted}"})
    assert (answer.status_code, answer.content) == (206, DATA[start:stop])


async def test_several_ranges_are_answered_with_the_whole_package(gateway: Gateway) -> None:
    answer = await gateway.http.get(await link_to(gateway), headers={"Range": "bytes=0-9,4000000-6999999,-3"})
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "application/zip"
    assert "content-range" not in answer.headers


async def test_a_connection_serves_one_download_after_another(gateway: Gateway) -> None:
    url = urlsplit(await link_to(gateway, b"0123456789"))
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    for wanted, expected in (("0-3", b"0123"), ("4-5", b"45"), ("6-", b"6789")):
        request = f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nRange: bytes={wanted}\r\n\r\n"
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        assert expected in await reader.readexactly(length)
    writer.close()


async def test_head_reports_the_whole_and_sends_nothing(gateway: Gateway) -> None:
    answer = await gateway.http.head(await link_to(gateway), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(DATA)


async def test_head_is_answered_wherever_get_is(gateway: Gateway) -> None:
    person = await gateway.school.person()
    export = await gateway.exported(await gateway.school.course(is_public=True), person, b"x")
    assert export.attachment is not None
    one = gateway.path(export)
    for url in (one.rpartition("/")[0], one, f"{one}/report", f"{gateway.url}/api/v1/files/{export.attachment.id}"):
        got = await gateway.http.get(url, headers=bearer(person))
        head = await gateway.http.head(url, headers=bearer(person))
        assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
        assert head.headers["content-type"] == got.headers["content-type"]


async def test_conditions_are_held_against_the_one_strong_etag(gateway: Gateway) -> None:
    url = await link_to(gateway, b"0123456789")
    etag = (await gateway.http.head(url)).headers["etag"]

    async def ask(**headers: str) -> tuple[int, bytes]:
        answer = await gateway.http.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return answer.status_code, answer.content

    assert await ask(If_None_Match=etag) == (304, b"")
    assert await ask(If_Range=etag, Range="bytes=8-") == (206, b"89")
    assert await ask(If_Range='"other"', Range="bytes=8-") == (200, b"0123456789")
    assert await ask(If_Match=etag) == (200, b"0123456789")
    assert (await ask(If_Match='"other"'))[0] == 412
    assert (await ask(Range="bytes=10-"))[0] == 416


@pytest.mark.parametrize(("status", "headers"), [(412, {"If-Match": '"other"'}), (416, {"Range": "bytes=10-"})])
async def test_what_is_wrong_with_a_condition_or_range_comes_as_problem_details_too(
    gateway: Gateway, status: int, headers: dict[str, str]
) -> None:
    url = await link_to(gateway, b"0123456789")
    answer = await gateway.http.get(url, headers={**headers, "Accept": "application/problem+json"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
        status,
        "application/problem+json",
    )
    assert answer.json()["status"] == status


async def test_a_link_ends_with_its_time(gateway: Gateway) -> None:
    url = await link_to(gateway, b"x")
    file_id = int(urlsplit(url).path.split("/")[2])
    late = url.partition("verifier=")[0] + "verifier=" + sign(gateway.settings.secret_key, file_id, 1, 1)
    answer = await gateway.http.get(late)
    assert answer.status_code == 401
    assert answer.json()["errors"]


async def test_a_link_is_worth_what_its_user_may_still_do(gateway: Gateway) -> None:
    course = await gateway.school.course(is_public=False)
    teacher = await gateway.school.member(course, "teacher")
    url = await gateway.link(await gateway.exported(course, teacher, b"x"), teacher)
    assert (await gateway.http.get(url)).status_code == 200
    await gateway.school.pool.execute(
        "UPDATE enrollments SET workflow_state = 'deleted' WHERE user_id = $1", teacher.id
    )
    assert (await gateway.http.get(url)).status_code == 403
    await gateway.school.pool.execute("UPDATE users SET workflow_state = 'deleted' WHERE id = $1", teacher.id)
    assert (await gateway.http.get(url)).status_code == 401


async def test_a_package_that_is_gone_says_how_to_have_it_built_again(gateway: Gateway) -> None:
    person = await gateway.school.person()
    course = await gateway.school.course(is_public=True)
    export = await gateway.exported(course, person, b"x")
    url = await gateway.link(export, person)
    assert export.attachment is not None
    await open_store(gateway.settings.store_url).delete(export.attachment.key)
    for asked in (gateway.http.get, gateway.http.head):
        assert (await asked(url, headers={"Accept": "text/html"})).status_code == 410
    answer = await gateway.http.get(url)
    again = answer.json()["export_again"]
    assert answer.json()["errors"][0]["error_code"] == "gone"
    built = await gateway.http.request(again["method"], again["url"], json=again["body"], headers=bearer(person))
    assert (built.status_code, built.json()["export_type"]) == (200, "zip")


async def test_what_is_built_again_is_what_was_asked_for(gateway: Gateway) -> None:
    course = await gateway.school.course(is_public=True)
    person = await gateway.school.member(course, "teacher")
    path = f"{gateway.url}/api/v1/courses/{course.id}/content_exports"

    async def asked(body: dict[str, Any]) -> ContentExport:
        answer = await gateway.http.post(path, json=body, headers=bearer(person))
        export = await gateway.school.exports.find(answer.json()["id"])
        assert export is not None
        return export

    select = {"folders": [1], "files": [2, 3]}
    first = await asked({"export_type": "zip", "select": select, "max_part_size": 5_000_000, "include_report": True})
    url = await gateway.link(await gateway.packed(first, b"x"), person)
    await gateway.school.pool.execute(
        "UPDATE attachments SET expires_at = now() WHERE content_export_id = $1", first.id
    )
    again = (await gateway.http.get(url)).json()["export_again"]
    assert (again["method"], again["url"]) == ("POST", path)
    second = await asked(again["body"])
    assert (second.export_type, second.settings) == (first.export_type, first.settings)
    kept = second.settings
    assert (kept.select, kept.max_part_size, kept.include_report) == (select, 5_000_000, True)


@pytest.mark.parametrize("size", [0, 5, 11])
async def test_a_package_of_another_size_than_was_stored_is_not_sent_as_if_it_were_whole(
    gateway: Gateway, size: int
) -> None:
    person = await gateway.school.person()
    export = await gateway.exported(await gateway.school.course(is_public=True), person, b"0123456789")
    assert export.attachment is not None
    os.truncate(Path(gateway.settings.store_url, export.attachment.key), size)
    answer = await gateway.http.get(await gateway.link(export, person))
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (410, "gone")


@pytest.mark.parametrize("used", ["new", "old"])
async def test_a_link_signed_with_any_of_the_keys_opens_and_one_of_a_key_that_is_gone_does_not(
    gateway: Gateway, used: str
) -> None:
    person = await gateway.school.person()
    export = await gateway.exported(await gateway.school.course(is_public=True), person, b"x")
    assert export.attachment is not None
    verifier = sign([used], export.attachment.id, person.id, int(time.time()) + 60)
    for keys, status in ((("new", "old"), 200), ((f"not {used}",), 401)):
        settings = replace(gateway.settings, secret_key=keys)
        async with running_gateway(settings, gateway.school) as other:
            path = f"{other.url}/files/{export.attachment.id}/download?verifier={verifier}"
            assert (await other.http.get(path)).status_code == status


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n"]
)
async def test_what_is_not_http_is_refused_in_json(gateway: Gateway, sent: bytes) -> None:
    url = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert b"application/json" in answer
    assert b'"error_code":"bad_request"' in answer


async def test_a_client_that_takes_nothing_is_given_up(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendfile, "STALL_S", 0.3)
    url = urlsplit(await link_to(gateway, os.urandom(1 << 20) * 40))
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=1024)
    writer.write(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(2)  # nothing is read beyond the buffers
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(40 << 20), 20)
    writer.close()


async def test_a_file_that_is_cut_while_it_is_sent_breaks_the_connection_and_no_error_text_is_in_its_bytes(
    gateway: Gateway,
) -> None:
    person = await gateway.school.person()
    export = await gateway.exported(await gateway.school.course(is_public=True), person, os.urandom(1 << 20) * 40)
    url = urlsplit(await gateway.link(export, person))
    assert export.attachment is not None
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=1024)
    writer.write(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    os.truncate(Path(gateway.settings.store_url, export.attachment.key), 30 << 20)
    got = bytearray()
    with suppress(ConnectionError):  # an end or a reset: either way not the length that was announced
        while chunk := await asyncio.wait_for(reader.read(1 << 20), 20):
            got += chunk
    assert len(got) <= 30 << 20
    assert b"error" not in got[-4096:]
    writer.close()
