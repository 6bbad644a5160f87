"""The lists of exports: their filters, the links to their pages, and the list of all contexts for site admins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.audit import Action, Actor
from shared.domain.export import ExportType, WorkflowState
from shared.domain.export_filter import ExportFilter
from tests.support.gateway_without_sockets import ADMIN, COURSE, HOST, STRANGER, STUDENT, TEACHER, Answer, World, at

ALL = "/api/v1/accounts/self/content_exports"
LISTS = [(ALL, ADMIN), (at(COURSE), TEACHER)]


@pytest.fixture
async def world() -> World:
    return World()


def link(answer: Answer, rel: str) -> str | None:
    """The path and query of a link."""
    parts = answer.headers["Link"].split(",")
    return next((part[1:].split(">")[0].removeprefix(HOST) for part in parts if f'rel="{rel}"' in part), None)


def ids(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.body]


@pytest.mark.parametrize(("path", "by"), LISTS)
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, ExportFilter()),
        ({"workflow_state": "deleted"}, ExportFilter(workflow_state=WorkflowState.DELETED)),
        ({"export_type": "qti", "user_id": 7}, ExportFilter(export_type=ExportType.QTI, user_id=7)),
        (
            {"created_after": "2027-01-02T03:04:05+01:00", "created_before": "2027-02-01"},
            ExportFilter(
                created_after=datetime(2027, 1, 2, 2, 4, 5, tzinfo=UTC),
                created_before=datetime(2027, 2, 1, tzinfo=UTC),
            ),
        ),
    ],
)
async def test_every_list_takes_the_filters(
    world: World, path: str, by: int, query: dict[str, Any], wanted: ExportFilter
) -> None:
    assert (await world.ask("GET", path, by, query=query)).status == 200
    assert world.lists.asked == [wanted]


@pytest.mark.parametrize(("path", "by"), LISTS)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            {"workflow_state": "frog"},
            "workflow_state must be one of created, exporting, exported, failed, deleted",
        ),
        ({"export_type": "quizzes2"}, "export_type must be one of common_cartridge, qti, zip"),
        ({"user_id": "self"}, "user_id must be a number"),
        ({"created_after": "yesterday"}, "created_after must be a time in ISO 8601"),
        ({"created_before": ""}, "created_before must be a time in ISO 8601"),
    ],
)
async def test_a_wrong_value_is_a_bad_request_that_names_its_parameter(
    world: World, path: str, by: int, query: dict[str, str], message: str
) -> None:
    answer = await world.ask("GET", path, by, query=query)
    assert (answer.status, answer.body["errors"]) == (
        400,
        [{"message": message, "error_code": "bad_request", "parameter": next(iter(query))}],
    )
    assert world.lists.asked == []


@pytest.mark.parametrize(("path", "by"), LISTS)
async def test_no_export_is_shown_twice_or_left_out_when_others_are_created_meanwhile(
    world: World, path: str, by: int
) -> None:
    made = [(await world.export(TEACHER, ExportType.QTI)).id for _ in range(5)]
    answer = await world.ask("GET", path, by, query={"per_page": 2, "export_type": "qti"})
    seen = ids(answer)
    while following := link(answer, "next"):
        await world.export(TEACHER, ExportType.QTI)
        answer = await world.ask("GET", following, by)
        seen += ids(answer)
    assert seen == made[::-1]
    assert all(wanted.export_type is ExportType.QTI for wanted in world.lists.asked)


async def test_a_list_of_a_context_takes_a_number_too_and_has_links_to_all_its_pages(world: World) -> None:
    for _ in range(5):
        await world.export(TEACHER)
    second = await world.ask("GET", at(COURSE), TEACHER, query={"page": 2, "per_page": 2})
    assert ids(second) == [3, 2]
    assert [link(second, rel) for rel in ("current", "prev", "first", "last")] == [
        f"{at(COURSE)}?page={number}&per_page=2" for number in (2, 1, 1, 3)
    ]
    following = link(second, "next")
    assert following is not None
    third = await world.ask("GET", following, TEACHER)
    assert (ids(third), link(third, "current"), link(third, "next")) == ([1], following, None)
    assert link(third, "prev") == f"{at(COURSE)}?page=2&per_page=2"


@pytest.mark.parametrize(("path", "by", "status"), [(ALL, ADMIN, 400), (at(COURSE), TEACHER, 404)])
@pytest.mark.parametrize("page", ["0", "x", "bookmark:", "bookmark:WzFd"])
async def test_a_page_that_no_list_has_is_refused(world: World, path: str, by: int, status: int, page: str) -> None:
    answer = await world.ask("GET", path, by, query={"page": page})
    assert answer.status == status
    if status == 400:
        assert answer.body["errors"][0]["parameter"] == "page"


async def test_a_time_that_no_calendar_has_is_no_place_in_a_list(world: World) -> None:
    page = "bookmark:WzkyMjMzNzIwMzY4NTQ3NzU4MDcsMV0"  # [2**63 - 1, 1]
    assert (await world.ask("GET", ALL, ADMIN, query={"page": page})).status == 400


@pytest.mark.parametrize("page", ["2", "99"])
async def test_the_list_of_all_contexts_has_no_numbered_pages(world: World, page: str) -> None:
    assert (await world.ask("GET", ALL, ADMIN, query={"page": page})).status == 400


@pytest.mark.parametrize(
    ("caller", "account", "status"),
    [
        (None, "self", 401),
        (STRANGER, "self", 403),
        (TEACHER, "1", 403),
        (TEACHER, "2", 404),
        (ADMIN, "self", 200),
        (ADMIN, "1", 200),
        (ADMIN, "2", 404),
        (ADMIN, "frog", 404),
    ],
)
async def test_all_exports_are_listed_for_site_admins_alone(
    world: World, caller: int | None, account: str, status: int
) -> None:
    await world.export()
    answer = await world.ask("GET", f"/api/v1/accounts/{account}/content_exports", caller)
    assert answer.status == status
    assert len(world.audit.rows) == (status == 200)


async def test_the_list_shows_every_export_with_its_context_and_no_package_of_another_persons_zip(world: World) -> None:
    theirs, own = await world.exported(STUDENT), await world.exported(ADMIN)
    cartridge = await world.export(TEACHER, ExportType.COMMON_CARTRIDGE)
    answer = await world.ask("GET", ALL, ADMIN)
    assert ids(answer) == [cartridge.id, own.id, theirs.id]
    assert ["attachment" in each for each in answer.body] == [False, True, False]
    assert answer.body[2] == {
        "id": theirs.id,
        "user_id": STUDENT,
        "created_at": answer.body[2]["created_at"],
        "workflow_state": "exported",
        "export_type": "zip",
        "progress_url": f"{HOST}/api/v1/progress/{theirs.progress_id}",
        "course_id": COURSE.id,
        "context_type": "Course",
        "context_id": COURSE.id,
        "url": f"{HOST}{at(COURSE, f'/{theirs.id}')}",
    }


async def test_to_list_all_exports_is_audited_with_the_filter(world: World) -> None:
    query = {"user_id": 7, "workflow_state": "failed"}
    await world.ask("GET", ALL, ADMIN, query=query, headers={"X-Request-Id": "r-7"})
    who = Actor(ADMIN, None, f"token:{ADMIN}", None, "r-7")
    assert world.audit.rows == [(Action.LIST, None, who, "workflow_state=failed&user_id=7")]


async def test_to_list_the_exports_of_a_context_is_not_audited(world: World) -> None:
    await world.ask("GET", at(COURSE), TEACHER)
    assert world.audit.rows == []
