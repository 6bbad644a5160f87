"""A package is looked into without downloading it: its list of members, and each member alone."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from shared.adapters.open_store import open_store
from shared.adapters.postgres.packages.package_entries import keep_entries
from shared.domain.export import ContentExport, Context
from shared.formats.entry import Entry
from tests.support.archives import MB, Shelf
from tests.support.finished_package import finished
from tests.support.formats import a_packing
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person

PAGE = b"<html><script>alert(1)</script>" + b"words and words " * 40_000
FILM = os.urandom(3 * MB)
NAMES = {
    "imsmanifest.xml": b"<manifest/>" * 10,
    "wiki_content/page.html": PAGE,
    "web_resources/film.mp4": FILM,
    "web_resources/Übung 1/a b#?%2F+&.txt": b"a strange name",
    "web_resources/photo.png": os.urandom(2000),
    "web_resources/drawing.svg": b"<svg onload='alert(1)'/>" * 9,
    "web_resources/empty.txt": b"",
    "web_resources/empty folder/": b"",
}


class NoLinks:
    def finish(self) -> None: ...


@pytest.fixture
async def course(gateway: Gateway) -> Context:
    return await gateway.school.course(name="Tides")


@pytest.fixture
async def teacher(gateway: Gateway, course: Context) -> Person:
    return await gateway.school.member(course, "teacher")


@pytest.fixture
async def export(gateway: Gateway, course: Context, teacher: Person) -> ContentExport:
    shelf, packing = Shelf(), a_packing()
    packing.links = NoLinks()  # type: ignore[assignment]
    entries = [
        Entry(path, shelf.add(data) if path.endswith((".mp4", ".png")) else data) for path, data in NAMES.items()
    ]
    made = finished(packing, entries, shelf.open)
    export = await gateway.exported(course, teacher, made.data)
    await gateway.school.pool.execute(
        "UPDATE attachments SET entries = $2 WHERE content_export_id = $1", export.id, len(NAMES)
    )
    async with gateway.school.pool.acquire() as db:
        await keep_entries(db, export.id, made.written_package.entries)
    return export


async def get(gateway: Gateway, export: ContentExport, by: Person | None, path: str, **headers: str) -> Any:
    url = f"{gateway.path(export)}/entries{path}"
    return await gateway.http.get(url, headers={**(bearer(by) if by else {}), **headers})


async def test_the_members_are_listed_in_pages_in_the_order_of_the_package(
    gateway: Gateway, export: ContentExport, teacher: Person
) -> None:
    found, url = [], f"{gateway.path(export)}/entries?per_page=3"
    while url:
        answer = await gateway.http.get(url, headers=bearer(teacher))
        assert answer.status_code == 200
        assert len(answer.json()) <= 3
        found += answer.json()
        links = {rel: link for link, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["link"])}
        url = links.get("next", "")
    assert [entry["path"] for entry in found] == list(NAMES)
    for entry in found:
        data = NAMES[entry["path"]]
        assert entry["size"] == len(data)
        assert ("url" in entry) is not entry["path"].endswith("/")
        if "url" in entry:
            assert entry["sha256"] == hashlib.sha256(data).hexdigest()
            assert re.fullmatch(r"[0-9a-f]{8}", entry["crc32"])


@pytest.mark.parametrize("path", [path for path in NAMES if not path.endswith("/")])
async def test_each_member_is_had_alone_and_shown_only_where_nothing_of_it_can_run(
    gateway: Gateway, export: ContentExport, teacher: Person, path: str
) -> None:
    answer = await get(gateway, export, teacher, f"/{quote(path)}")
    assert answer.status_code == 200
    assert answer.content == NAMES[path]
    assert int(answer.headers["content-length"]) == len(NAMES[path])
    shown = path.endswith((".txt", ".png"))
    assert answer.headers["content-disposition"].startswith("inline; " if shown else "attachment; ")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{hashlib.sha256(NAMES[path]).hexdigest()}"'
    again = await get(gateway, export, teacher, f"/{quote(path)}", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("wiki_content/page.html", "application/octet-stream"),
        ("web_resources/drawing.svg", "application/octet-stream"),
        ("imsmanifest.xml", "application/octet-stream"),
        ("web_resources/film.mp4", "video/mp4"),
        ("web_resources/photo.png", "image/png"),
        ("web_resources/empty.txt", "text/plain"),
    ],
)
async def test_no_member_has_a_type_that_a_browser_would_run(
    gateway: Gateway, export: ContentExport, teacher: Person, path: str, media_type: str
) -> None:
    answer = await gateway.http.head(f"{gateway.path(export)}/entries/{path}", headers=bearer(teacher))
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert int(answer.headers["content-length"]) == len(NAMES[path])


async def test_ranges_of_a_stored_member_can_be_read_and_a_compressed_one_only_whole(
    gateway: Gateway, export: ContentExport, teacher: Person
) -> None:
    film = "/web_resources/film.mp4"
    part = await get(gateway, export, teacher, film, Range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, FILM[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(FILM)}"
    assert part.headers["accept-ranges"] == "bytes"
    assert (await get(gateway, export, teacher, film, Range="bytes=-5")).content == FILM[-5:]
    several = await get(gateway, export, teacher, film, Range="bytes=0-1,10-11")
    assert (several.status_code, several.content) == (200, FILM)
    outside = await get(gateway, export, teacher, film, Range=f"bytes={len(FILM)}-")
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(FILM)}")
    page = await get(gateway, export, teacher, "/wiki_content/page.html", Range="bytes=0-9")
    assert (page.status_code, page.content, page.headers["accept-ranges"]) == (200, PAGE, "none")


@pytest.mark.parametrize(
    "path", ["/absent.html", "/web_resources/empty%20folder/", "/%00", "/..%2F..%2Fetc%2Fpasswd", "/" + "x" * 5000]
)
async def test_what_is_no_member_with_bytes_is_not_found(
    gateway: Gateway, export: ContentExport, teacher: Person, path: str
) -> None:
    assert (await get(gateway, export, teacher, path)).status_code == 404


@pytest.mark.parametrize("path", ["", "/imsmanifest.xml"])
async def test_members_are_for_all_who_may_download_the_package(
    gateway: Gateway, export: ContentExport, course: Context, path: str
) -> None:
    assert (await get(gateway, export, None, path)).status_code == 401
    student = await gateway.school.member(course, "student")
    assert (await get(gateway, export, student, path)).status_code == 403
    stranger = await gateway.school.person()
    assert (await get(gateway, export, stranger, path)).status_code == 403


async def test_the_link_of_a_member_carries_the_right_of_its_recipient(
    gateway: Gateway, export: ContentExport, teacher: Person
) -> None:
    (first, *_) = (await get(gateway, export, teacher, "")).json()
    assert (await gateway.http.get(first["url"])).content == NAMES["imsmanifest.xml"]
    forged = first["url"][:-1] + ("A" if first["url"][-1] != "A" else "B")
    assert (await gateway.http.get(forged)).status_code == 401
    await gateway.school.pool.execute(
        "UPDATE enrollments SET workflow_state = 'deleted' WHERE user_id = $1", teacher.id
    )
    assert (await gateway.http.get(first["url"])).status_code in (401, 403)


async def test_an_export_without_a_package_has_no_members(gateway: Gateway, course: Context, teacher: Person) -> None:
    waiting = await gateway.school.export(course, teacher)
    assert (await get(gateway, waiting, teacher, "")).status_code == 404
    assert (await get(gateway, waiting, teacher, "/imsmanifest.xml")).status_code == 404


async def test_a_member_that_is_damaged_in_the_store_never_arrives_as_if_it_were_whole(
    gateway: Gateway, export: ContentExport, teacher: Person
) -> None:
    assert export.attachment is not None
    path = open_store(gateway.settings.store_url).local_path(export.attachment.key)
    assert path is not None
    harm(path, b"wiki_content/page.html", 300)
    with pytest.raises(httpx2.TransportError):
        await get(gateway, export, teacher, "/wiki_content/page.html")
    harm(path, b"imsmanifest.xml", -30)
    gone = await get(gateway, export, teacher, "/imsmanifest.xml")
    assert (gone.status_code, gone.json()["errors"][0]["error_code"]) == (410, "gone")


def harm(path: Path, name: bytes, distance: int) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(name) + distance] ^= 0xFF
    path.write_bytes(data)
