"""Webhooks over HTTP: who has which, what is registered, what is refused, and what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.export import Context, ContextType
from shared.domain.webhooks.webhook import MOST_OF_A_USER, WebhookScope
from tests.support.fake_webhooks import NOW
from tests.support.gateway_without_sockets import ADMIN, COURSE, SETTINGS, STRANGER, STUDENT, TEACHER, Answer, World

PLACE = "/api/v1/users/self/content_export_webhooks"
URL = "https://receiver.example.edu/hooks?of=exports"


@pytest.fixture
async def world() -> World:
    return World()


async def registered(world: World, by: int = TEACHER, **body: Any) -> Answer:
    return await world.ask("POST", PLACE, by, json={"url": URL, **body})


async def test_a_webhook_is_registered_with_a_secret_that_later_answers_do_not_have(world: World) -> None:
    created = await registered(world, context=f"courses/{COURSE.id}", types=["content_export.exported.v1"])
    assert created.status == 200
    assert created.headers["Cache-Control"] == "no-store"
    assert created.body == {
        "id": 1,
        "user_id": TEACHER,
        "url": URL,
        "context": f"courses/{COURSE.id}",
        "types": ["content_export.exported.v1"],
        "workflow_state": "active",
        "created_at": "2027-01-31T00:00:00Z",
        "disabled_at": None,
        "disabled_reason": None,
        "secret": "whsec_1",
    }
    del created.body["secret"]
    assert (await world.ask("GET", f"{PLACE}/1", TEACHER)).body == created.body
    assert (await world.ask("GET", PLACE, TEACHER)).body == [created.body]
    assert [actor.token for actor in world.webhooks.by] == [f"token:{TEACHER}"]


async def test_without_a_context_it_is_about_the_exports_of_its_owner_and_their_ends(world: World) -> None:
    await registered(world)
    row = world.webhooks.rows[1]
    assert (row.scope, row.context) == (WebhookScope.OWN, None)
    assert row.types == ("content_export.exported.v1", "content_export.failed.v1", "content_export.cancelled.v1")


@pytest.mark.parametrize(
    ("by", "context", "status"),
    [
        (STUDENT, f"courses/{COURSE.id}", 200),
        (STRANGER, f"courses/{COURSE.id}", 403),
        (ADMIN, f"courses/{COURSE.id}", 200),
        (TEACHER, "courses/999", 404),
        (TEACHER, "courses/sis_course_id:NONE", 404),
        (TEACHER, "courses", 422),
        (TEACHER, "frogs/1", 422),
        (ADMIN, "accounts/self", 200),
        (TEACHER, "accounts/self", 403),
    ],
)
async def test_a_webhook_is_about_a_context_whose_exports_its_owner_may_list(
    world: World, by: int, context: str, status: int
) -> None:
    assert (await registered(world, by, context=context)).status == status
    assert bool(world.webhooks.rows) is (status == 200)


async def test_the_context_of_a_webhook_of_all_exports_is_the_account(world: World) -> None:
    assert (await registered(world, ADMIN, context="accounts/self")).body["context"] == "accounts/self"
    world.directory.add_context(Context(ContextType.USER, STRANGER))
    assert (await registered(world, STRANGER, context="users/self")).body["context"] == f"users/{STRANGER}"


@pytest.mark.parametrize(
    ("body", "status", "parameter"),
    [
        ({"url": "http://receiver.example.edu/"}, 422, "url"),
        ({"url": "https://127.0.0.1/"}, 422, "url"),
        ({"url": "https://user:word@receiver.example.edu/"}, 422, "url"),
        ({"url": ""}, 400, None),
        ({"url": 7}, 400, None),
        ({"types": []}, 400, None),
        ({"types": ["content_export.progress.v1"]}, 400, None),
        ({"types": ["frog"]}, 400, None),
        ({"secret": "whsec_mine"}, 400, None),
    ],
)
async def test_a_request_of_no_valid_form_is_refused_by_its_parameter(
    world: World, body: dict[str, Any], status: int, parameter: str | None
) -> None:
    answer = await world.ask("POST", PLACE, TEACHER, json={"url": URL, **body})
    assert (answer.status, answer.body["errors"][0].get("parameter")) == (status, parameter)
    assert not world.webhooks.rows


async def test_another_users_webhook_is_as_unknown_as_one_that_does_not_exist(world: World) -> None:
    await registered(world)
    assert (await world.ask("GET", PLACE, STUDENT)).body == []
    for number in (1, 999):
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/rotate"),
            ("POST", "/enable"),
            ("POST", "/test"),
            ("GET", "/deliveries"),
            ("POST", "/deliveries/1/redeliver"),
        ):
            for caller, status in ((STUDENT, 404), (ADMIN, 404), (None, 401)):
                answer = await world.ask(method, f"{PLACE}/{number}{path}", caller)
                assert answer.status == status, (method, path, caller)
    assert list(world.webhooks.rows) == [1]


async def test_a_site_admin_acts_on_the_webhooks_of_the_user_it_acts_as_and_the_log_has_both(world: World) -> None:
    created = await world.ask("POST", PLACE, ADMIN, json={"url": URL}, query={"as_user_id": TEACHER})
    assert created.body["user_id"] == TEACHER
    assert [(actor.user_id, actor.real_user_id) for actor in world.webhooks.by] == [(TEACHER, ADMIN)]


async def test_a_secret_is_rotated_and_the_new_one_shown_once(world: World) -> None:
    await registered(world)
    rotated = await world.ask("POST", f"{PLACE}/1/rotate", TEACHER)
    assert (rotated.body["secret"], rotated.headers["Cache-Control"]) == ("whsec_rotated", "no-store")


async def test_a_test_is_a_delivery_that_is_listed_and_can_be_sent_again(world: World) -> None:
    await registered(world)
    sent = (await world.ask("POST", f"{PLACE}/1/test", TEACHER)).body
    assert (sent["event_type"], sent["state"], sent["tries"]) == ("content_export_webhook.test.v1", "waiting", 0)
    assert sent["event_id"].startswith("test-")
    assert (await world.ask("GET", f"{PLACE}/1/deliveries", TEACHER)).body == [sent]
    again = await world.ask("POST", f"{PLACE}/1/deliveries/{sent['id']}/redeliver", TEACHER)
    assert again.body["event_id"] == sent["event_id"]
    assert (await world.ask("POST", f"{PLACE}/1/deliveries/77/redeliver", TEACHER)).status == 404


async def test_a_disabled_webhook_says_why_and_is_sent_nothing_until_it_is_enabled(world: World) -> None:
    await registered(world)
    row = world.webhooks.rows[1]
    world.webhooks.change(replace(row, disabled_at=NOW, disabled_reason="The receiver answered 410 Gone."))
    shown = (await world.ask("GET", f"{PLACE}/1", TEACHER)).body
    assert (shown["workflow_state"], shown["disabled_reason"]) == ("disabled", "The receiver answered 410 Gone.")
    assert (await world.ask("POST", f"{PLACE}/1/test", TEACHER)).status == 409
    assert (await world.ask("POST", f"{PLACE}/1/enable", TEACHER)).body["workflow_state"] == "active"
    assert (await world.ask("POST", f"{PLACE}/1/test", TEACHER)).status == 200


async def test_a_user_has_a_limited_number_of_webhooks(world: World) -> None:
    for _ in range(MOST_OF_A_USER):
        assert (await registered(world)).status == 200
    assert (await registered(world)).status == 409
    assert (await registered(world, STUDENT)).status == 200
    assert len((await world.ask("GET", PLACE, TEACHER, query={"per_page": 100})).body) == MOST_OF_A_USER
    page = (await world.ask("GET", PLACE, TEACHER, query={"before_id": 3})).body
    assert [each["id"] for each in page] == [2, 1]


async def test_a_closed_network_registers_its_own_receivers() -> None:
    world = World(settings=replace(SETTINGS, webhook_http=True, webhook_networks=("10.20.0.0/16",)))
    assert (await registered(world, url="http://10.20.3.4:81/hook")).status == 200
    assert (await registered(world, url="http://10.21.3.4:81/hook")).status == 422


async def test_deleting_a_webhook_answers_with_what_it_was(world: World) -> None:
    await registered(world)
    assert (await world.ask("DELETE", f"{PLACE}/1", TEACHER)).body["id"] == 1
    assert (await world.ask("DELETE", f"{PLACE}/1", TEACHER)).status == 404
