"""Uploads of packages over fakes: what is stored and asked for, and what is refused with nothing stored."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from shared.contracts.admin.administration import CourseFields
from shared.domain.audit import Actor
from shared.domain.errors import StoreUnavailable
from shared.domain.export import Context, ContextType
from shared.domain.packages.package_load import NewLoad
from tests.support.gateway_without_sockets import ADMIN, HOST, SETTINGS, STRANGER, World

LOADS = "/api/v1/admin/loads"
MIB = 1024 * 1024


@pytest.fixture
async def world() -> World:
    return World()


async def test_an_upload_is_stored_in_pieces_and_answered_with_its_progress(world: World) -> None:
    package = bytes(range(256)) * 10_000  # more than the limit of other bodies
    answer = await world.ask("POST", LOADS, ADMIN, body=package, query={"filename": "tides.imscc"})
    assert answer.status == 200, answer.body
    assert answer.body == {
        "id": 1,
        "user_id": ADMIN,
        "workflow_state": "queued",
        "completion": 0.0,
        "filename": "tides.imscc",
        "size": len(package),
        "created_at": "2027-01-01T00:00:00Z",
        "progress_url": f"{HOST}/api/v1/progress/1001",
        "result": None,
        "error": None,
    }
    (load,) = world.loads.loads
    assert load.key.startswith("uploads/")
    assert world.packages.bytes_of == {load.key: package}
    assert load.actor.token == f"token:{ADMIN}"
    assert (await world.ask("GET", f"{LOADS}/1", ADMIN)).body == answer.body
    assert (await world.ask("GET", f"{LOADS}/2", ADMIN)).status == 404


async def test_a_target_must_exist_unless_a_course_is_to_be_created(world: World) -> None:
    world.people.rows["courses", 7] = CourseFields()
    into = {
        "course_id=7": 200,
        "course_id=8": 422,
        "course_id=8&create=true": 200,
        "group_id=7": 422,
        "user_id=7&create=1": 422,
    }
    for query, status in into.items():
        assert (await world.ask("POST", f"{LOADS}?{query}", ADMIN, body=b"x")).status == status, query
    assert [load.into for load in world.loads.loads] == [Context(ContextType.COURSE, 7), Context(ContextType.COURSE, 8)]
    assert len(world.packages.bytes_of) == 2


@pytest.mark.parametrize(
    ("query", "headers", "body", "error"),
    [
        ({"course_id": 1, "group_id": 2}, {}, b"x", (400, "bad_request")),
        ({"curse_id": 1}, {}, b"x", (400, "bad_request")),
        ({"filename": ""}, {}, b"x", (400, "bad_request")),
        ({}, {}, b"", (400, "bad_request")),
        ({}, {"Content-Type": "multipart/form-data; boundary=x"}, b"x", (400, "bad_request")),
        ({}, {"Content-Encoding": "gzip"}, b"x", (415, "unsupported_encoding")),
        ({}, {"Content-Length": str(SETTINGS.max_upload_bytes + 1)}, b"x", (413, "content_too_large")),
    ],
)  # fmt: skip
async def test_what_cannot_be_loaded_is_refused_and_nothing_is_stored(
    world: World, query: dict[str, Any], headers: dict[str, str], body: bytes, error: tuple[int, str]
) -> None:
    answer = await world.ask("POST", LOADS, ADMIN, body=body, query=query, headers=headers)
    assert (answer.status, answer.code) == error
    assert not world.packages.bytes_of
    assert not world.loads.loads


async def test_an_upload_without_a_length_that_grows_over_the_limit_leaves_nothing_behind() -> None:
    world = World(settings=dataclasses.replace(SETTINGS, max_upload_bytes=3 * MIB))
    chunked = {"Transfer-Encoding": "chunked"}
    assert (await world.ask("POST", LOADS, ADMIN, body=bytes(3 * MIB), headers=chunked)).status == 200
    kept = dict(world.packages.bytes_of)
    answer = await world.ask("POST", LOADS, ADMIN, body=bytes(3 * MIB + 1), headers=chunked)
    assert (answer.status, answer.code) == (413, "content_too_large")
    assert world.packages.bytes_of == kept
    assert len(world.loads.loads) == 1


async def test_a_store_that_fails_is_503_and_no_load_is_written(world: World) -> None:
    world.packages.failing = StoreUnavailable()
    assert (await world.ask("POST", LOADS, ADMIN, body=b"x")).status == 503
    assert not world.loads.loads


async def test_nobody_else_uploads_and_no_byte_of_theirs_is_read(world: World) -> None:
    for caller, status in ((STRANGER, 403), (None, 401)):
        answer = await world.ask("POST", LOADS, caller, body=b"access_token=t4")
        assert answer.status == status
    assert not world.packages.bytes_of


async def test_a_load_that_has_ended_has_its_result_or_its_error(world: World) -> None:
    who = Actor(ADMIN)
    load = await world.loads.create(NewLoad(None, "uploads/x", "x", 1, who))
    result = {"course_id": 5, "objects": {"pages": 1}, "warnings": []}
    world.loads.loads[0] = replace(load, workflow_state="completed", completion=100.0, result=result)
    assert (await world.ask("GET", f"{LOADS}/1", ADMIN)).body["result"] == result
    world.loads.loads[0] = replace(
        load, workflow_state="failed", error_code="hostile_package", error_message="../x leads out"
    )
    shown = (await world.ask("GET", f"{LOADS}/1", ADMIN)).body
    assert shown["error"] == {"code": "hostile_package", "message": "../x leads out"}
