"""The audit log over HTTP: for site admins alone, filtered, and audited itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain.audit import Action, Actor, AuditEntry, AuditFilter
from tests.support.gateway_without_sockets import ADMIN, STUDENT, TEACHER, World

PATH = "/api/v1/admin/audit"
ROW = AuditEntry(
    datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC), "download", Actor(7, 4, "link", "192.0.2.7", "r"), 12, "a.txt"
)


@pytest.fixture
async def world() -> World:
    world = World()
    world.audit_rows.rows = [(9, ROW)]
    return world


@pytest.mark.parametrize(("caller", "status"), [(None, 401), (STUDENT, 403), (TEACHER, 403), (ADMIN, 200)])
async def test_only_site_admins_read_the_log(world: World, caller: int | None, status: int) -> None:
    assert (await world.ask("GET", PATH, caller)).status == status
    assert len(world.audit_rows.asked) == (status == 200)


async def test_a_row_has_all_that_is_known_and_to_read_it_is_a_row(world: World) -> None:
    answer = await world.ask("GET", PATH, ADMIN, headers={"X-Request-Id": "r-7"})
    assert answer.body == [
        {
            "id": 9,
            "at": "2027-01-02T03:04:05Z",
            "action": "download",
            "content_export_id": 12,
            "user_id": 7,
            "real_user_id": 4,
            "token": "link",
            "address": "192.0.2.7",
            "request_id": "r",
            "subject": "a.txt",
        }
    ]
    assert world.audit.rows == [(Action.AUDIT, None, Actor(ADMIN, None, f"token:{ADMIN}", None, "r-7"), None)]


async def test_the_query_filters(world: World) -> None:
    query = {"export_id": 12, "user_id": 7, "since": "2027-01-01T00:00:00", "before_id": 10, "per_page": 5}
    assert (await world.ask("GET", PATH, ADMIN, query=query)).status == 200
    assert world.audit_rows.asked == [(AuditFilter(12, 7, datetime(2027, 1, 1, tzinfo=UTC), 10), 5)]


@pytest.mark.parametrize(
    "query",
    [
        {"export_id": "x"},
        {"user_id": "1" * 30},
        {"since": "yesterday"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"before_id": ""},
    ],
)
async def test_what_is_no_number_or_time_is_a_bad_request(world: World, query: dict[str, str]) -> None:
    assert (await world.ask("GET", PATH, ADMIN, query=query)).status == 400
