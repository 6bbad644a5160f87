"""A create call: what is stored of it, what is refused and with which body, repeats and retries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.adapters.postgres.contexts import Titled
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import Context, ContextType, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from tests.support.gateway_without_sockets import COURSE, HOST, STUDENT, TEACHER, World, at

QTI = {"export_type": "qti", "select": {"quizzes": ["1"], "all_pages": "true"}}
KEY = {"Idempotency-Key": "f3b6-1"}


@pytest.fixture
async def world() -> World:
    return World()


async def test_a_request_is_stored_as_one_typed_struct_and_its_selection_as_it_was_sent(world: World) -> None:
    body = {**QTI, "target": "generic", "include_banks": "on", "version": "2.1", "colour": "blue"}
    answer = await world.ask("POST", at(COURSE), TEACHER, json=body, headers={"X-Request-Id": "r-7"})
    (request,) = world.exports.requests
    assert (request.context, request.user_id, request.export_type) == (COURSE, TEACHER, ExportType.QTI)
    assert request.settings == ExportSettings(
        select=QTI["select"], target=Target.GENERIC, include_banks=True, version="2.1"
    )
    assert request.request_id == answer.headers["X-Request-Id"] == "r-7"
    assert (answer.status, answer.body["workflow_state"], answer.body["course_id"]) == (200, "created", COURSE.id)
    assert answer.body["progress_url"] == f"{HOST}/api/v1/progress/1"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "invalid export_type"),
        ({"export_type": "quizzes2"}, "invalid export_type"),
        ({"export_type": ["zip"]}, "invalid export_type"),
        ({"export_type": "qti", "target": "moodle"}, "target must be canvas or generic"),
        ({"export_type": "qti", "select": "pages"}, "select must be a hash of types, such as select[pages][]=1"),
        ({"export_type": "qti", "select": {"pages": [[1]]}}, "select[pages] must be a list of ids"),
        (
            {"export_type": "zip", "max_part_size": 5},
            "max_part_size must be a whole number of bytes, 1000000 at least",
        ),
    ],
)
async def test_a_parameter_that_is_wrong_is_answered_with_a_bare_message(
    world: World, body: dict[str, Any], message: str
) -> None:
    answer = await world.ask("POST", at(COURSE), TEACHER, json=body)
    assert (answer.status, answer.body) == (400, {"message": message})
    assert not world.exports.requests


async def test_groups_and_users_have_zips_alone(world: World) -> None:
    for context in (Context(ContextType.GROUP, 7), Context(ContextType.USER, STUDENT)):
        world.directory.add_context(context)
        world.directory.tie(STUDENT, context, member=True)
        refused = await world.ask("POST", at(context), STUDENT, json={"export_type": "qti"})
        assert (refused.status, refused.body) == (400, {"message": "invalid export_type"})
        assert (await world.ask("POST", at(context), STUDENT, json={"export_type": "zip"})).status == 200


@pytest.mark.parametrize(
    ("select", "parameter", "code"),
    [
        ({"quizzes": [1], "pages": list(range(10_000))}, "select[pages]", "select_too_large"),
        ({"pages": {"wiki_page_1": {"deeper": 1}}}, "select[pages][wiki_page_1]", "nested_too_deep"),
        ({"pages": ["a\0"]}, "select[pages]", "nul_character"),
    ],
)
async def test_a_selection_over_the_limits_cannot_be_processed_and_its_key_is_named(
    world: World, select: dict[str, Any], parameter: str, code: str
) -> None:
    answer = await world.ask("POST", at(COURSE), TEACHER, json={"export_type": "qti", "select": select})
    (error,) = answer.body["errors"]
    assert (answer.status, error["parameter"], error["error_code"]) == (422, parameter, code)


async def test_what_a_selection_names_in_vain_is_a_warning_of_the_answer(world: World) -> None:
    world.contexts.kinds[COURSE.id] = {Kind.PAGES: [Titled(5, "Tides")]}
    select = {"pages": ["5", 6, "gabc"], "frogs": [1], "all_frogs": "1", "quizzes": {"quizzes:quiz_7": "0"}}
    answer = await world.ask("POST", at(COURSE), TEACHER, json={"export_type": "common_cartridge", "select": select})
    assert answer.status == 200
    assert [(each["code"], each["place"], each["item"]) for each in answer.body["warnings"]] == [
        ("kind_unknown", "select[frogs]", None),
        ("kind_unknown", "select[all_frogs]", None),
        ("selected_missing", "select[wiki_pages]", {"kind": "pages", "id": 6, "title": None}),
    ]
    assert "warnings" not in (await world.ask("GET", at(COURSE, "/1"), TEACHER)).body


@pytest.mark.parametrize("select", [None, {"pages": [5]}, {"everything": "1", "pages": [6]}, {"all_pages": "1"}])
async def test_an_answer_without_warnings_has_no_field_of_them(world: World, select: Any) -> None:
    world.contexts.kinds[COURSE.id] = {Kind.PAGES: [Titled(5, "Tides")]}
    answer = await world.ask("POST", at(COURSE), TEACHER, json={"export_type": "common_cartridge", "select": select})
    assert (answer.status, "warnings" in answer.body) == (200, False)


async def test_a_dry_run_is_planned_and_creates_nothing(world: World) -> None:
    answer = await world.ask("POST", at(COURSE), TEACHER, json={**QTI, "dry_run": "yes"}, headers=KEY)
    assert (answer.status, answer.body["dry_run"], answer.body["export_type"]) == (200, True, "qti")
    assert [request.settings.select for request in world.planner.requests] == [QTI["select"]]
    assert not world.exports.requests


async def test_a_dry_run_needs_the_rights_of_the_export(world: World) -> None:
    assert (await world.ask("POST", at(COURSE), STUDENT, json={**QTI, "dry_run": True})).status == 403
    assert not world.planner.requests


async def test_the_same_key_and_body_are_one_export_and_the_repeat_says_so(world: World) -> None:
    first, again = [await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers=KEY) for _ in range(2)]
    assert (first.body["id"], again.body["id"]) == (1, 1)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")


async def test_a_key_reaches_no_further_than_its_caller_and_route(world: World) -> None:
    zip_export = {"export_type": "zip"}
    places = [(COURSE, TEACHER), (COURSE, STUDENT), (Context(ContextType.COURSE, 11), TEACHER)]
    answers = [await world.ask("POST", at(where), by, json=zip_export, headers=KEY) for where, by in places]
    assert [answer.body["id"] for answer in answers] == [1, 2, 3]


async def test_another_body_under_the_same_key_cannot_be_processed(world: World) -> None:
    await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers=KEY)
    answer = await world.ask("POST", at(COURSE), TEACHER, json={"export_type": "zip"}, headers=KEY)
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_a_key_of_other_characters_or_length_is_a_bad_request(world: World, key: str) -> None:
    answer = await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers={"Idempotency-Key": key})
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_client_that_prefers_so_gets_202_and_the_address_of_the_export(world: World) -> None:
    headers = {"Prefer": "return=minimal, Respond-Async; wait=5"}
    answer = await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers=headers)
    assert (answer.status, answer.headers["Location"]) == (202, f"{HOST}{at(COURSE)}/1")
    assert answer.headers["Preference-Applied"] == "respond-async"


async def test_a_retry_has_the_settings_of_the_failed_export_and_is_one_however_often(world: World) -> None:
    settings = ExportSettings(select={"pages": ["5"]}, include_report=True)
    failed = await world.export(TEACHER, ExportType.QTI, settings)
    path = at(COURSE, f"/{failed.id}/retry")
    early = await world.ask("POST", path, TEACHER)
    assert (early.status, early.code) == (409, "conflict")
    world.exports.change(failed.id, workflow_state=WorkflowState.FAILED)
    first, second = await asyncio.gather(*(world.ask("POST", path, TEACHER) for _ in range(2)))
    assert (first.body["id"], second.body["id"], first.body["retry_of"]) == (2, 2, failed.id)
    retried = world.exports.by_id[2]
    assert (retried.settings.select, retried.settings.include_report) == ({"pages": ["5"]}, True)


async def test_a_retry_that_has_ended_in_vain_is_followed_by_another_of_the_first_export(world: World) -> None:
    first = await world.export(TEACHER, ExportType.QTI)
    world.exports.change(first.id, workflow_state=WorkflowState.FAILED)
    retries = []
    for number, end in ((2, WorkflowState.FAILED), (3, WorkflowState.DELETED), (4, WorkflowState.EXPORTED)):
        answer = await world.ask("POST", at(COURSE, f"/{first.id}/retry"), TEACHER)
        retries.append((answer.body["id"], answer.body["retry_of"]))
        world.exports.change(number, workflow_state=end)
    assert retries == [(2, 1), (3, 1), (4, 1)]
    again = [await world.ask("POST", at(COURSE, f"/{failed}/retry"), TEACHER) for failed in (1, 2)]
    assert [answer.body["id"] for answer in again] == [4, 4], "the one that has succeeded"


async def test_a_repeat_gets_the_first_answer_and_not_the_state_of_today(world: World) -> None:
    first = await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers={**KEY, "Prefer": "respond-async"})
    world.exports.change(1, workflow_state=WorkflowState.FAILED)
    again = await world.ask("POST", at(COURSE), TEACHER, json=QTI, headers=KEY)
    assert (again.status, again.body) == (first.status, first.body) == (202, first.body)
    assert (again.headers["Idempotency-Replayed"], again.headers["Location"]) == ("true", first.headers["Location"])


async def test_a_database_that_does_not_answer_is_503_with_a_time_to_come_back(world: World) -> None:
    world.exports.failing = DatabaseUnavailable("no answer")
    answer = await world.ask("POST", at(COURSE), TEACHER, json=QTI)
    assert (answer.status, answer.code) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
