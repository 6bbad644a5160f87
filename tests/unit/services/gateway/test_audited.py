"""Which requests are audited, as what, and by whom."""

from __future__ import annotations

import pytest

from shared.domain.audit import Action, Actor
from shared.domain.export import WorkflowState
from tests.support.gateway_without_sockets import ADMIN, COURSE, STRANGER, TEACHER, World, at

RID = {"X-Request-Id": "r-7"}


@pytest.fixture
async def world() -> World:
    return World()


def who(user_id: int, token: str | None = None, real_user_id: int | None = None) -> Actor:
    return Actor(user_id, real_user_id, token or f"token:{user_id}", None, "r-7")


async def test_reads_of_an_export_its_report_and_its_members_are_noted_with_the_token_and_the_request(
    world: World,
) -> None:
    export = await world.exported()
    for rest in ("", "/report", "/entries"):
        assert (await world.ask("GET", at(COURSE, f"/{export.id}{rest}"), TEACHER, headers=RID)).status == 200
    assert world.audit.rows == [
        (action, export.id, who(TEACHER), None) for action in (Action.SHOW, Action.REPORT, Action.ENTRIES)
    ]


async def test_what_is_refused_missing_or_unchanged_is_not_noted(world: World) -> None:
    export = await world.export()
    etag = (await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER)).headers["ETag"]
    world.audit.rows.clear()
    await world.ask("GET", at(COURSE, f"/{export.id}"), STRANGER)
    await world.ask("GET", at(COURSE, f"/{export.id}/report"), TEACHER)  # there is none yet
    await world.ask("GET", at(COURSE, "/99"), TEACHER)
    answer = await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER, headers={"If-None-Match": etag})
    assert (answer.status, world.audit.rows) == (304, [])


async def test_a_download_is_noted_by_its_token_or_by_the_link_that_was_given_to_a_user(world: World) -> None:
    export = await world.exported()
    shown = await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER)
    path, _, query = shown.body["attachment"]["url"].removeprefix("http://exports.example.edu").partition("?")
    world.audit.rows.clear()
    verifier = query.partition("verifier=")[2]
    assert (await world.ask("GET", path, query={"verifier": verifier}, headers=RID)).status == 200
    assert (await world.ask("GET", path, TEACHER, headers=RID)).status == 200
    subject = f"file:{100 + export.id}"
    assert world.audit.rows == [
        (Action.DOWNLOAD, export.id, who(TEACHER, "link"), subject),
        (Action.DOWNLOAD, export.id, who(TEACHER), subject),
    ]


async def test_a_site_admin_who_acts_as_a_user_is_named_beside_the_user(world: World) -> None:
    query = {"as_user_id": TEACHER}
    made = await world.ask("POST", at(COURSE), ADMIN, json={"export_type": "qti"}, query=query, headers=RID)
    actor = who(TEACHER, f"token:{ADMIN}", ADMIN)
    assert (made.status, world.exports.requests[0].actor) == (200, actor)
    await world.ask("DELETE", at(COURSE, f"/{made.body['id']}"), ADMIN, query=query, headers=RID)
    assert world.deletions.by == [(made.body["id"], actor)]


async def test_an_end_by_hand_and_a_retry_carry_their_actor(world: World) -> None:
    export = await world.export()
    await world.ask("PUT", at(COURSE, f"/{export.id}/fail"), ADMIN, headers=RID)
    assert world.exports.ended_by == [who(ADMIN)]
    assert world.exports.by_id[export.id].workflow_state is WorkflowState.FAILED
    await world.ask("POST", at(COURSE, f"/{export.id}/retry"), TEACHER, headers=RID)
    assert world.exports.requests[-1].actor == who(TEACHER)
