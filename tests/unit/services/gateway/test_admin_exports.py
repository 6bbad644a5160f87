"""The admin API of exports: lists over all contexts, and everything about one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.attempts import Attempt, AttemptFacts, AttemptOutcome, SlowObject
from shared.domain.audit import Action
from shared.domain.export import Context, ContextType, ExportType, WorkflowState
from shared.domain.operator.export_rows import OperatorFilter
from tests.support.fakes import SETTINGS
from tests.support.gateway_without_sockets import ADMIN, TEACHER, World

API = "/api/v1/admin/exports"
AT = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
async def world() -> World:
    return World(settings=replace(SETTINGS, trace_url="https://traces.example/{trace_id}"))


async def test_pages_of_a_list_are_linked_and_the_filter_is_audited(world: World) -> None:
    for export_id in (1, 2, 3):
        world.operator_exports.add(export_id)
    first = await world.ask("GET", f"{API}?worker=w:1:a&per_page=2&export_type=zip&context=courses/42", ADMIN)
    assert [each["id"] for each in first.body] == [3, 2]
    link = first.headers["Link"]
    (following,) = re.findall(r'<[^>]*(/api/[^>]*)>; rel="next"', link)
    second = await world.ask("GET", following, ADMIN)
    assert [each["id"] for each in second.body] == [1]
    action, _, actor, subject = world.audit.rows[0]
    assert (action, actor.user_id, subject) == (
        Action.LIST,
        ADMIN,
        "export_type=zip&context=courses/42&worker=w%3A1%3Aa",
    )


async def test_each_filter_is_read_and_a_wrong_value_is_named(world: World) -> None:
    query = "workflow_state=failed&export_type=zip&context=courses/42&error_code=store_unavailable&user_id=9&stuck=true"
    await world.ask("GET", f"{API}?{query}", ADMIN)
    (wanted,) = world.operator_exports.asked
    assert wanted.common.workflow_state is WorkflowState.FAILED
    assert (wanted.common.export_type, wanted.common.user_id) == (ExportType.ZIP, 9)
    assert wanted == OperatorFilter(
        wanted.common, Context(ContextType.COURSE, 42), error_code="store_unavailable", stuck=True
    )
    for wrong in ("stuck=perhaps", "context=42", "error_code=lost", "page=7", "worker=%00"):
        refused = await world.ask("GET", f"{API}?{wrong}", ADMIN)
        assert refused.status == 400, wrong
        assert wrong.partition("=")[0] in refused.body["errors"][0]["message"]


async def test_an_explanation_has_the_attempts_the_trace_and_what_is_next_and_is_audited(world: World) -> None:
    slow = AttemptFacts({"pack": 1.5}, [SlowObject("a.html", 1.2, "pages", 7, "Tides")])
    attempts = [
        Attempt(1, "w:1:a", AT, AT, AttemptOutcome.INFRASTRUCTURE, False, "store_unavailable", "Away.", slow),
        Attempt(2, "w:2:b", AT),
    ]
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    world.operator_exports.add(
        5, workflow_state=WorkflowState.EXPORTING, worker="w:2:b", completion=40.0, attempts=attempts, traceparent=trace
    )
    explained = (await world.ask("GET", f"{API}/5", ADMIN)).body
    assert [each["outcome"] for each in explained["attempts"]] == ["infrastructure", None]
    assert explained["attempts"][0]["slowest"][0]["title"] == "Tides"
    assert explained["trace_url"] == "https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736"
    assert explained["next"] == ["w:2:b builds it, and has done 40 %."]
    assert world.audit.rows[0][:2] == (Action.EXPLAIN, 5)


async def test_exports_of_all_contexts_are_for_site_admins_and_unknown_ones_are_missing(world: World) -> None:
    world.operator_exports.add(5)
    assert [(await world.ask("GET", f"{API}{path}", TEACHER)).status for path in ("", "/5")] == [403, 403]
    assert (await world.ask("GET", f"{API}/6", ADMIN)).status == 404
    assert not world.audit.rows
