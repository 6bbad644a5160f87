"""Who may list, show, create, retry, end and delete exports: which status, and which error body."""

from __future__ import annotations

import pytest

from shared.domain.audit import Action
from shared.domain.export import ExportType, WorkflowState
from tests.support.gateway_without_sockets import (
    ADMIN,
    COURSE,
    HOST,
    OTHER_COURSE,
    STRANGER,
    STUDENT,
    TEACHER,
    World,
    at,
)

ANONYMOUS = None
MISSING = {"errors": [{"message": "The specified resource does not exist."}]}


@pytest.fixture
async def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("caller", "status"), [(TEACHER, 200), (STUDENT, 200), (ADMIN, 200), (STRANGER, 403), (ANONYMOUS, 401)]
)
async def test_a_list_is_for_readers_of_the_course(world: World, caller: int | None, status: int) -> None:
    assert (await world.ask("GET", at(COURSE), caller)).status == status


@pytest.mark.parametrize(
    ("owner", "export_type", "readers"),
    [
        (TEACHER, ExportType.QTI, {TEACHER, ADMIN}),
        (TEACHER, ExportType.ZIP, {TEACHER}),
        (STUDENT, ExportType.ZIP, {STUDENT}),
    ],
)
async def test_an_export_is_shown_to_its_readers_and_to_site_admins_and_refused_to_all_others(
    world: World, owner: int, export_type: ExportType, readers: set[int]
) -> None:
    export = await world.export(owner, export_type)
    for caller in (TEACHER, STUDENT, STRANGER, ADMIN):
        status = 200 if caller in {*readers, ADMIN} else 403
        assert (await world.ask("GET", at(COURSE, f"/{export.id}"), caller)).status == status
        status = 404 if caller in readers else 403  # there is no report yet
        assert (await world.ask("GET", at(COURSE, f"/{export.id}/report"), caller)).status == status
    anonymous = await world.ask("GET", at(COURSE, f"/{export.id}"))
    assert (anonymous.status, anonymous.body["status"]) == (401, "unauthenticated")
    assert "WWW-Authenticate" in anonymous.headers


@pytest.mark.parametrize("number", ["99", "0", "x", "9" * 30])
async def test_an_unknown_export_is_missing_for_every_caller(world: World, number: str) -> None:
    for caller in (TEACHER, STRANGER, ANONYMOUS):
        answer = await world.ask("GET", at(COURSE, f"/{number}"), caller)
        assert (answer.status, answer.body) == (404, MISSING)


async def test_an_export_of_another_context_is_missing_and_so_is_an_unknown_context(world: World) -> None:
    export = await world.export()
    assert (await world.ask("GET", at(OTHER_COURSE, f"/{export.id}"), TEACHER)).body == MISSING
    assert (await world.ask("GET", f"/api/v1/courses/99/content_exports/{export.id}", TEACHER)).body == MISSING


async def test_an_unknown_token_is_refused_before_anything_is_looked_at(world: World) -> None:
    answer = await world.ask("GET", at(COURSE, "/99"), headers={"Authorization": "Bearer unknown"})
    assert (answer.status, answer.body["errors"][0]["message"]) == (401, "Invalid access token.")


@pytest.mark.parametrize(
    ("caller", "export_type", "status"),
    [
        (TEACHER, "common_cartridge", 200),
        (TEACHER, "qti", 200),
        (STUDENT, "zip", 200),
        (STUDENT, "qti", 403),
        (STRANGER, "zip", 403),
        (ANONYMOUS, "zip", 401),
    ],
)
async def test_admins_create_any_type_and_readers_zips(
    world: World, caller: int | None, export_type: str, status: int
) -> None:
    answer = await world.ask("POST", at(COURSE), caller, json={"export_type": export_type})
    assert answer.status == status
    assert len(world.exports.requests) == (status == 200)


@pytest.mark.parametrize(
    ("caller", "status"), [(TEACHER, 200), (STUDENT, 403), (STRANGER, 403), (ADMIN, 200), (ANONYMOUS, 401)]
)
async def test_a_failed_export_is_retried_by_those_who_may_read_and_create_it(
    world: World, caller: int | None, status: int
) -> None:
    export = await world.export(TEACHER, ExportType.QTI)
    world.exports.change(export.id, workflow_state=WorkflowState.FAILED)
    assert (await world.ask("POST", at(COURSE, f"/{export.id}/retry"), caller)).status == status


async def test_only_site_admins_end_an_export_by_hand_and_once_more_changes_nothing(world: World) -> None:
    export = await world.export(STUDENT)
    for caller, status in ((TEACHER, 403), (STUDENT, 403), (STRANGER, 403), (ANONYMOUS, 401)):
        assert (await world.ask("PUT", at(COURSE, f"/{export.id}/fail"), caller)).status == status
    assert world.exports.by_id[export.id].workflow_state is WorkflowState.CREATED
    ended, again = [await world.ask("PUT", at(COURSE, f"/{export.id}/fail"), ADMIN) for _ in range(2)]
    assert (ended.status, ended.body["workflow_state"], ended.body["error"]["code"]) == (
        200,
        "failed",
        "failed_by_admin",
    )
    assert again.body == ended.body


async def test_a_caller_who_may_not_read_the_course_is_refused_before_the_parameters_are_read(world: World) -> None:
    answer = await world.ask("POST", at(COURSE), STRANGER, json={"export_type": "no such type"})
    assert answer.status == 403


async def test_a_reader_of_an_export_that_is_another_persons_does_not_delete_it(world: World) -> None:
    colleague = 5
    world.directory.add_user(colleague)
    world.directory.tie(colleague, COURSE, "teacher")
    export = await world.export(TEACHER, ExportType.QTI)
    assert (await world.ask("GET", at(COURSE, f"/{export.id}"), colleague)).status == 200
    assert (await world.ask("DELETE", at(COURSE, f"/{export.id}"), colleague)).status == 403
    assert not world.deletions.by
    assert (await world.ask("DELETE", at(COURSE, f"/{export.id}"), ADMIN)).status == 200


async def test_an_export_is_deleted_by_its_owner_and_by_site_admins_with_its_package(world: World) -> None:
    export = await world.exported(STUDENT)
    for caller, status in ((TEACHER, 403), (STRANGER, 403), (ANONYMOUS, 401)):
        assert (await world.ask("DELETE", at(COURSE, f"/{export.id}"), caller)).status == status
    assert world.packages.bytes_of
    answer = await world.ask("DELETE", at(COURSE, f"/{export.id}"), STUDENT)
    assert (answer.status, answer.body["workflow_state"], "attachment" in answer.body) == (200, "deleted", False)
    assert not world.packages.bytes_of
    assert (await world.ask("DELETE", at(COURSE, f"/{export.id}"), STUDENT)).status == 200


async def test_a_site_admin_sees_ends_and_deletes_another_persons_zip_and_gets_nothing_of_its_package(
    world: World,
) -> None:
    export = await world.exported(STUDENT)
    path = at(COURSE, f"/{export.id}")
    for method, rest in (("GET", ""), ("PUT", "/fail")):  # a finished export stays as it is
        answer = await world.ask(method, path + rest, ADMIN)
        assert (answer.status, answer.body["workflow_state"], answer.body["user_id"]) == (200, "exported", STUDENT)
        assert not {"attachment", "attachments", "expires_at"} & set(answer.body)
    file = f"/api/v1/files/{100 + export.id}"
    for closed in (f"{path}/report", f"{path}/entries", f"{path}/entries/a", file, f"{file[7:]}/download"):
        assert (await world.ask("GET", closed, ADMIN)).status == 403, closed
    assert (await world.ask("DELETE", path, ADMIN)).body["workflow_state"] == "deleted"
    assert not world.packages.bytes_of
    assert [action for action, *_ in world.audit.rows] == [Action.SHOW]
    assert [who.user_id for _, who in world.deletions.by] == [ADMIN]


async def test_a_site_admin_who_acts_as_the_owner_of_a_zip_gets_its_package(world: World) -> None:
    export = await world.exported(STUDENT)
    answer = await world.ask("GET", at(COURSE, f"/{export.id}"), ADMIN, query={"as_user_id": STUDENT})
    assert answer.body["attachment"]["id"] == 100 + export.id


async def test_a_course_list_shows_admins_everyones_and_others_their_own(world: World) -> None:
    for owner in (TEACHER, STUDENT, STUDENT):
        await world.export(owner)
    listed = await world.ask("GET", at(COURSE), STUDENT, query={"per_page": 1})
    assert [each["id"] for each in listed.body] == [3]
    assert f'<{HOST}{at(COURSE)}?page=2&per_page=1>; rel="last"' in listed.headers["Link"]
    assert (await world.ask("GET", at(COURSE), STUDENT, query={"page": 0})).status == 404
