"""Requests over a quota, and requests that are joined with an identical one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.errors import DatabaseUnavailable
from shared.domain.fairness.queue_view import WaitingExport
from shared.domain.fairness.quotas import Usage
from shared.domain.fairness.rates import Rates, Sample
from tests.support.gateway_without_sockets import COURSE, SETTINGS, TEACHER, World, at

ZIP = {"export_type": "zip"}


def a_world(used: Usage, **quotas: Any) -> World:
    world = World(settings=replace(SETTINGS, **quotas))
    world.quotas.used = used
    return world


async def test_an_owner_with_as_many_exports_as_allowed_is_to_try_again_later() -> None:
    world = a_world(Usage(waiting_of_owner=3), waiting_per_owner=3)
    world.queues.error = DatabaseUnavailable()  # when is unknown
    answer = await world.ask("POST", at(COURSE), TEACHER, json=ZIP)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "too_many_exports", "30")
    assert "You have 3 exports" in answer.body["errors"][0]["message"]
    assert world.exports.by_id == {}


async def test_try_again_later_is_when_one_of_the_exports_is_expected_to_have_ended() -> None:
    world = a_world(Usage(waiting_of_owner=9), waiting_per_owner=9)
    world.queues.rates_now = Rates([Sample(1.0, False, at, at, at + 1.0) for at in range(0, 1000, 10)])
    world.queues.view["front"] = [WaitingExport(0.0, number, 20.0, large=False) for number in range(1, 10)]
    answer = await world.ask("POST", at(COURSE), TEACHER, json=ZIP)
    assert answer.status == 429
    assert 15 <= int(answer.headers["Retry-After"]) <= 21  # nine, of twenty seconds each


async def test_a_context_with_as_many_bytes_as_allowed_gets_no_further_package() -> None:
    world = a_world(Usage(bytes_of_context=10), kept_bytes_per_context=10)
    answer = await world.ask("POST", at(COURSE), TEACHER, json=ZIP)
    assert (answer.status, answer.code) == (507, "storage_exhausted")


async def test_a_repeated_request_is_answered_whatever_the_quota() -> None:
    key = {"Idempotency-Key": "once"}
    world = a_world(Usage(), waiting_per_owner=1)
    first = await world.ask("POST", at(COURSE), TEACHER, json=ZIP, headers=key)
    world.quotas.used = Usage(waiting_of_owner=1)
    again = await world.ask("POST", at(COURSE), TEACHER, json=ZIP, headers=key)
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    other = await world.ask("POST", at(COURSE), TEACHER, json=ZIP, headers={"Idempotency-Key": "another"})
    assert other.status == 429


@pytest.mark.parametrize("full", [False, True])
async def test_a_request_that_may_be_coalesced_is_answered_with_the_identical_export(full: bool) -> None:
    world = a_world(Usage(), waiting_per_owner=1)
    first = await world.ask("POST", at(COURSE), TEACHER, json=ZIP)
    world.quotas.used = Usage(waiting_of_owner=int(full))
    again = await world.ask("POST", at(COURSE), TEACHER, json={**ZIP, "coalesce": "true"})
    assert (again.status, again.body["id"], len(world.exports.by_id)) == (200, first.body["id"], 1)
