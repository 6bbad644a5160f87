"""The admin API of queues, hours, services and all webhooks."""

from __future__ import annotations

import pytest

from shared.domain.audit import Actor
from shared.domain.webhooks.webhook import NewWebhook, WebhookScope
from tests.support.gateway_without_sockets import ADMIN, STUDENT, TEACHER, World

API = "/api/v1/admin"


@pytest.fixture
async def world() -> World:
    return World()


async def test_a_queue_has_what_waits_and_runs_in_each_of_its_lanes(world: World) -> None:
    assert (await world.ask("GET", f"{API}/queues", ADMIN)).body == [
        {
            "export_type": "zip",
            "lanes": [
                {"lane": "usual", "waiting": 0, "held": 0, "building": 0},
                {"lane": "large", "waiting": 1, "held": 0, "building": 2},
            ],
            "oldest_waiting": "2027-01-01T00:00:00Z",
            "workers": 1,
            "slots": 2,
        }
    ]


async def test_an_hour_has_what_ended_in_it_and_how_long_that_had_waited(world: World) -> None:
    [hour] = (await world.ask("GET", f"{API}/hours", ADMIN)).body
    assert hour == {
        "export_type": None, "began": "2027-01-01T00:00:00Z", "exported": 1, "failed": 1,
        "median_wait_s": 2.5, "longest_wait_s": 4.0,
    }  # fmt: skip
    await world.ask("GET", f"{API}/hours?hours=48", ADMIN)
    assert world.overview.asked == [24, 48]
    for hours in ("0", "49", "frog"):
        assert (await world.ask("GET", f"{API}/hours?hours={hours}", ADMIN)).status == 400


async def test_services_are_listed_with_their_rights(world: World) -> None:
    assert (await world.ask("GET", f"{API}/services", ADMIN)).body == [
        {"name": "lms", "may": ["content.write"], "as_users": None},
        {"name": "sis", "may": ["export.cancel", "export.request"], "as_users": [9]},
    ]


async def test_the_webhooks_of_all_users_are_listed_without_their_secrets(world: World) -> None:
    for user_id in (TEACHER, STUDENT):
        new = NewWebhook(user_id, "https://sis.example.edu", WebhookScope.OWN, None, ("content_export.exported.v1",))
        await world.webhooks.create(new, Actor(user_id, None, "", None, ""))
    listed = (await world.ask("GET", f"{API}/webhooks", ADMIN)).body
    assert [(each["id"], each["user_id"], "secret" in each) for each in listed] == [
        (2, STUDENT, False),
        (1, TEACHER, False),
    ]
    assert [each["id"] for each in (await world.ask("GET", f"{API}/webhooks?before_id=2", ADMIN)).body] == [1]


@pytest.mark.parametrize("path", ["queues", "hours", "services", "webhooks"])
async def test_it_is_for_site_admins_alone(world: World, path: str) -> None:
    assert (await world.ask("GET", f"{API}/{path}", TEACHER)).status == 403
