"""The admin API of dead letters."""

from __future__ import annotations

import pytest

from shared.domain.audit import Action, Actor
from shared.domain.errors import BrokerUnavailable
from tests.support.gateway_without_sockets import ADMIN, World

API = "/api/v1/admin/dead_letters"


@pytest.fixture
async def world() -> World:
    return World()


async def test_letters_are_listed_and_one_is_shown(world: World) -> None:
    listed = await world.ask("GET", API, ADMIN, query={"limit": 1})
    assert listed.body == [
        {
            "id": "aa", "code": "rejected", "reason": "It is no JSON.", "exchange": "content_exports.commands",
            "routing_key": "export.request", "sender": "sis", "message_id": "m", "sent_at": None,
            "headers": {"x-code": "rejected"}, "body": "{",
        }
    ]  # fmt: skip
    assert [each["id"] for each in (await world.ask("GET", API, ADMIN, query={"id": "bb"})).body] == ["bb"]
    missing = await world.ask("GET", API, ADMIN, query={"id": "cc"})
    assert (missing.status, missing.body["errors"][0]["message"]) == (404, "There is no dead letter cc.")
    assert (await world.ask("GET", API, ADMIN, query={"limit": 0})).status == 400


async def test_letters_are_replayed_and_dropped_and_each_is_in_the_audit_log(world: World) -> None:
    dry = await world.ask("POST", f"{API}/drop", ADMIN, json={"ids": ["all"], "dry_run": True})
    assert dry.body == {"settled": ["aa", "bb"], "missing": [], "more": False}
    assert not world.audit_rows.added
    sent = await world.ask("POST", f"{API}/replay", ADMIN, json={"ids": ["aa", "cc"]}, headers={"X-Request-Id": "r"})
    assert sent.body == {"settled": ["aa"], "missing": ["cc"], "more": False}
    await world.ask("POST", f"{API}/drop", ADMIN, json={"ids": ["all"]})
    assert world.dead_letters.done == [(True, ["aa"]), (False, ["bb"])]
    by = Actor(ADMIN, None, f"token:{ADMIN}", None, "r")
    assert world.audit_rows.added[0] == (Action.REPLAY_DEAD, by, "dead_letters:aa,cc")
    assert world.audit_rows.added[1][::2] == (Action.DROP_DEAD, "dead_letters:all")


async def test_all_letters_are_replayed_in_bounded_requests(world: World) -> None:
    every = {"ids": ["all"], "limit": 1}
    assert (await world.ask("POST", f"{API}/replay", ADMIN, json=every)).body == {
        "settled": ["aa"], "missing": [], "more": True,
    }  # fmt: skip
    assert (await world.ask("POST", f"{API}/replay", ADMIN, json=every)).body["more"] is False
    assert (await world.ask("POST", f"{API}/replay", ADMIN, json={"ids": ["all"], "limit": 1001})).status == 400


async def test_a_broker_that_is_away_is_answered_with_503(world: World) -> None:
    world.dead_letters.error = BrokerUnavailable()
    answer = await world.ask("GET", API, ADMIN)
    assert (answer.status, answer.code) == (503, "service_unavailable")
