"""The groups of the caller."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.domain.export import Context, ContextType
from tests.support.gateway_without_sockets import STRANGER, STUDENT, World

MINE = "/api/v1/users/self/groups"


async def test_a_caller_lists_the_groups_of_which_they_are_a_member() -> None:
    world = World()
    for number, members in ((7, [STUDENT]), (8, [STRANGER]), (9, [STUDENT, STRANGER])):
        group = {"id": number, "name": f"Group {number}", "created_at": datetime(2027, 1, 2, tzinfo=UTC)}
        more = {"course_id": None, "members": len(members), "member_ids": members, "sis_group_id": "S"}
        world.contexts.objects[Context(ContextType.GROUP, number)] = group | more
    answer = await world.ask("GET", MINE, STUDENT)
    assert [each["name"] for each in answer.body] == ["Group 7", "Group 9"]
    assert "sis_group_id" not in answer.body[0]
    paged = await world.ask("GET", MINE, STUDENT, query={"per_page": "1"})
    assert 'rel="next"' in paged.headers["Link"]
    assert (await world.ask("GET", MINE, None)).status == 401
