"""Downloads and members: who may, under which conditions, and what is answered for a package that is gone."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from services.gateway.verifier import sign
from shared.domain.export import ContentExport, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.packages.package_state import PackageState
from tests.support.gateway_without_sockets import COURSE, HOST, SETTINGS, STRANGER, TEACHER, Answer, World, at

ETAG = f'"{"ab" * 32}"'


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def export(world: World) -> ContentExport:
    return await world.exported()


def file_of(export: ContentExport) -> int:
    assert export.attachment is not None
    return export.attachment.id


async def download(world: World, export: ContentExport, user_id: int = TEACHER, **headers: str) -> Answer:
    file_id, method = file_of(export), headers.pop("method", "HEAD")
    verifier = sign(world.settings.secret_key, file_id, user_id, int(time.time()) + 60)
    path = f"/files/{file_id}/download"
    return await world.ask(method, path, query={"verifier": verifier}, headers=headers)


async def test_a_link_opens_its_package_without_a_token_and_says_what_it_is(
    world: World, export: ContentExport
) -> None:
    answer = await download(world, export)
    assert (answer.status, answer.headers["ETag"], answer.headers["Content-Length"]) == (200, ETAG, "10")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "tides_export.zip" in answer.headers["Content-Disposition"]


async def test_a_link_is_worth_what_its_user_may_still_do(world: World, export: ContentExport) -> None:
    assert (await download(world, export, STRANGER)).status == 403
    del world.directory.callers[TEACHER]
    assert (await download(world, export)).status == 401


async def test_without_a_link_a_token_is_needed(world: World, export: ContentExport) -> None:
    path = f"/files/{file_of(export)}/download"
    assert [(await world.ask("HEAD", path, by)).status for by in (TEACHER, STRANGER, None)] == [200, 403, 401]
    assert (await world.ask("HEAD", "/files/99999/download", TEACHER)).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": ETAG}, 304),
        ({"If-Match": ETAG}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"method": "GET", "Range": "bytes=10-"}, 416),
    ],
)
async def test_conditions_are_compared_with_the_one_etag(
    world: World, export: ContentExport, headers: dict[str, str], status: int
) -> None:
    assert (await download(world, export, **headers)).status == status


async def test_a_store_that_hands_packages_out_itself_is_where_the_client_is_sent() -> None:
    world = World(dataclasses.replace(SETTINGS, download_redirect=True))
    export = await world.exported()
    world.packages.address = "https://store.example/p"
    answer = await download(world, export, method="GET")
    assert (answer.status, answer.headers["Location"]) == (302, "https://store.example/p")


@pytest.mark.parametrize("state", ["expired", "purged", "deleted", "lost", "short"])
async def test_a_package_that_is_gone_is_410_with_the_request_that_builds_it_again(world: World, state: str) -> None:
    export = await world.exported()
    settings = ExportSettings(select={"files": ["2"]}, include_report=True, retry_of=7)
    world.exports.change(export.id, settings=settings)
    await make_gone(world, export, state)
    answer = await download(world, export)
    assert answer.status == 410
    shown = await world.ask("GET", f"/api/v1/files/{file_of(export)}", TEACHER)
    if state in ("lost", "short"):  # nothing but the bytes knows
        assert shown.status == 200
        shown = await download(world, export, method="GET")
    assert (shown.status, shown.code) == (410, "gone")
    assert shown.body["export_again"] == {
        "method": "POST",
        "url": f"{HOST}{at(COURSE)}",
        "body": {"export_type": "zip", "select": {"files": ["2"]}, "include_report": True},
    }


async def make_gone(world: World, export: ContentExport, state: str) -> None:
    package: Any = export.attachment
    match state:
        case "expired":
            ended = datetime.now(UTC) - timedelta(seconds=1)
            world.exports.finish(export.id, structs.replace(package, expires_at=ended))
        case "purged":
            world.exports.finish(export.id, structs.replace(package, purged=True))
        case "deleted":
            world.exports.change(export.id, workflow_state=WorkflowState.DELETED)
        case "lost":
            world.packages.bytes_of.clear()
        case "short":
            world.packages.bytes_of[package.key] = b"01234"


async def test_the_members_of_a_package_are_listed_page_by_page_with_links(world: World, export: ContentExport) -> None:
    entries = [PackageEntry(f"a b/{n}.txt", 1, 1, 0, 0) for n in range(3)]
    world.members.by_export[export.id] = entries
    listed = await world.ask("GET", at(COURSE, f"/{export.id}/entries"), TEACHER, query={"per_page": 2, "page": 2})
    assert [each["path"] for each in listed.body] == ["a b/2.txt"]
    assert listed.body[0]["url"].startswith(f"{HOST}{at(COURSE)}/{export.id}/entries/a%20b/2.txt?verifier=")
    assert (await world.ask("GET", at(COURSE, f"/{export.id}/entries"), STRANGER)).status == 403


async def test_a_link_to_a_member_opens_it_without_a_token_and_a_wrong_one_opens_nothing(
    world: World, export: ContentExport
) -> None:
    path = at(COURSE, f"/{export.id}/entries/unknown")
    right = sign(world.settings.secret_key, file_of(export), TEACHER, int(time.time()) + 60)
    of_a_stranger = sign(world.settings.secret_key, file_of(export), STRANGER, int(time.time()) + 60)
    asked = [(None, right), (None, "wrong"), (STRANGER, "wrong"), (TEACHER, "wrong"), (TEACHER, of_a_stranger)]
    answers = [await world.ask("GET", path, by, query={"verifier": verifier}) for by, verifier in asked]
    assert [answer.status for answer in answers] == [404, 401, 403, 404, 403]  # 404: permitted, and no such member


async def test_an_export_without_a_package_has_no_members(world: World) -> None:
    export = await world.export()
    assert (await world.ask("GET", at(COURSE, f"/{export.id}/entries"), TEACHER)).status == 404
    assert (await world.ask("GET", at(COURSE, f"/{export.id}/entries/x"), TEACHER)).status == 404


async def test_an_unknown_member_is_missing_and_one_whose_package_is_not_whole_is_gone(
    world: World, export: ContentExport
) -> None:
    world.members.by_export[export.id] = [PackageEntry("page.html", 5, 5, 0, 0)]
    path = at(COURSE, f"/{export.id}/entries/")
    assert (await world.ask("GET", path + "other.html", TEACHER)).status == 404
    gone = await world.ask("GET", path + "page.html", TEACHER)  # its package is no zip
    assert (gone.status, gone.code) == (410, "gone")


@pytest.mark.parametrize("state", [PackageState.CHANGED, PackageState.MISSING])
async def test_an_export_whose_package_is_damaged_is_built_again_as_an_export_of_its_own(
    world: World, state: PackageState
) -> None:
    export = await world.exported(state=state, checked_at=datetime.now(UTC))
    shown = await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER)
    assert shown.body["attachment"]["package_state"] == state
    again = await world.ask("POST", at(COURSE, f"/{export.id}/retry"), TEACHER)
    assert (again.status, again.body["retry_of"], again.body["workflow_state"]) == (200, export.id, "created")


async def test_an_export_whose_package_is_intact_is_not_built_again(world: World) -> None:
    export = await world.exported(state=PackageState.INTACT, checked_at=datetime.now(UTC))
    assert (await world.ask("POST", at(COURSE, f"/{export.id}/retry"), TEACHER)).status == 409
