"""Dry runs from the gateway's API through a real broker to a real worker, and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import httpx2
import pytest
from prometheus_client import REGISTRY

from services.gateway.planners import open_planners
from services.gateway.relay import Relay
from shared.adapters.postgres.pool import Pool
from shared.contracts.messages import PlanFailed, PlanRequested, encode
from shared.contracts.topology import PLANS
from shared.domain.export import Context, ContextType, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker.export_builder import BuildInputs, PackageContents
from tests.support.gateway import Gateway, bearer, running_gateway
from tests.support.in_flight import counted_requests
from tests.support.school import Person, School
from tests.support.waiting import until
from tests.support.workers import MEMBERS, Slow, a_worker, an_export, quick, until_state


class Steady:
    """A build of one entry that takes a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        return PackageContents("steady.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        time.sleep(self.seconds)
        yield Entry("one.txt", b"one")


async def dry_run(
    gateway: Gateway, course: Context, by: Person, http: httpx2.AsyncClient | None = None
) -> httpx2.Response:
    return await (http or gateway.http).post(
        f"{gateway.url}/api/v1/courses/{course.id}/content_exports",
        json={"export_type": "qti", "dry_run": True},
        headers=bearer(by),
        timeout=60,
    )


def of_the_tests(settings: Settings, **more: Any) -> Settings:
    return replace(settings, http_port=0, **more)


def outcomes(outcome: str) -> float:
    return REGISTRY.get_sample_value("content_exports_plan_requests_total", {"outcome": outcome}) or 0.0


async def test_two_hundred_dry_runs_of_one_caller_do_not_hold_up_that_of_another(
    pool: Pool, settings: Settings, people: School
) -> None:
    used, course = of_the_tests(settings, plan_slots=1), await people.course()
    flooder, other = await people.member(course, "teacher"), await people.member(course, "teacher")
    no_limits = httpx2.Limits(max_connections=None)
    async with (
        running_gateway(used, people) as gateway,
        a_worker(pool, used, Steady(0.3)),
        httpx2.AsyncClient(limits=no_limits, trust_env=False) as http,
    ):
        asked = [asyncio.create_task(dry_run(gateway, course, flooder, http)) for _ in range(200)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        before = sum(task.done() for task in asked)
        answer = await dry_run(gateway, course, other)
        after = sum(task.done() for task in asked)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    assert (answer.status_code, answer.json()["entries"]) == (200, 1)
    assert after - before <= 2, "one plan that was being made, and one that was asked for earlier"


async def test_a_dry_run_is_answered_while_every_slot_for_exports_is_taken(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    exporting, course = Slow(), await people.course()
    teacher = await people.member(course, "teacher")

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        return (exporting if packing.request.export_id else quick())(packing, inputs)

    used = of_the_tests(settings)
    async with running_gateway(used, people) as gateway, a_worker(pool, used, build) as worker:
        export = await an_export(people)
        await asyncio.to_thread(exporting.started.wait, 10)
        answer = await dry_run(gateway, course, teacher)
        assert list(worker.running) == [export.id]
        exporting.go.set()
        await until_state(people, export, WorkflowState.EXPORTED)
    assert (answer.status_code, answer.json()["entries"]) == (200, MEMBERS)


async def test_dry_runs_whose_client_has_gone_are_not_built_and_delay_no_later_one(
    pool: Pool, settings: Settings, people: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, course, in_flight = Slow(), await people.course(), counted_requests(monkeypatch)
    teacher = await people.member(course, "teacher")
    used = of_the_tests(settings, plan_slots=1)
    async with running_gateway(used, people) as gateway, a_worker(pool, used, build):
        async with httpx2.AsyncClient(trust_env=False) as leaving:
            first = asyncio.create_task(dry_run(gateway, course, teacher, leaving))
            await asyncio.to_thread(build.started.wait, 10)
            dry_runs = [first, *(asyncio.create_task(dry_run(gateway, course, teacher, leaving)) for _ in range(9))]
            await until(lambda: in_flight() == len(dry_runs))
            for task in dry_runs:
                task.cancel()
            await asyncio.gather(*dry_runs, return_exceptions=True)
        await until(lambda: in_flight() == 0)
        build.go.set()
        assert (await dry_run(gateway, course, teacher)).status_code == 200
        assert build.builds == 2


async def test_an_export_is_built_while_every_slot_for_plans_is_taken(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    planning, course = Slow(), await people.course()
    teacher = await people.member(course, "teacher")

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        return (quick() if packing.request.export_id else planning)(packing, inputs)

    used = of_the_tests(settings, plan_slots=1)
    async with running_gateway(used, people) as gateway, a_worker(pool, used, build):
        asked = asyncio.create_task(dry_run(gateway, course, teacher))
        await asyncio.to_thread(planning.started.wait, 10)
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
        assert not asked.done()
        planning.go.set()
        assert (await asked).json()["entries"] == MEMBERS


async def test_a_plan_that_takes_too_long_is_answered_and_stopped_at_its_deadline(
    pool: Pool, settings: Settings, people: School
) -> None:
    build, course, late = Slow(), await people.course(), outcomes("late")
    teacher = await people.member(course, "teacher")
    used = of_the_tests(settings, plan_slots=1, dry_run_s=1.0)
    async with running_gateway(used, people) as gateway, a_worker(pool, used, build):
        started = time.monotonic()
        answer = await dry_run(gateway, course, teacher)
        assert (answer.status_code, time.monotonic() - started < 2) == (503, True)
        assert answer.headers["Retry-After"] == "5"
        assert "within 1 seconds" in answer.json()["errors"][0]["message"]
        build.go.set()
        assert (await dry_run(gateway, course, teacher)).status_code == 200
    assert outcomes("late") == late + 1


async def test_a_request_whose_deadline_is_over_is_dropped_unbuilt_and_what_is_no_request_too(
    pool: Pool, settings: Settings, people: School
) -> None:
    build, course = quick(), await people.course()
    teacher, late = await people.member(course, "teacher"), outcomes("late")
    request = PlanRequested(
        context_type=ContextType.COURSE,
        context_id=course.id,
        user_id=1,
        export_type=ExportType.QTI,
        settings=ExportSettings(),
        deadline=datetime.now(UTC) - timedelta(seconds=1),
    )
    used = of_the_tests(settings, plan_slots=1)
    async with running_gateway(used, people) as gateway, a_worker(pool, used, build):
        async with await aio_pika.connect(settings.amqp_url) as connection:
            plans = await (await connection.channel()).get_exchange(PLANS)
            for body in (encode(request), b"no json"):
                await plans.publish(aio_pika.Message(body), "qti")
        answer = await dry_run(gateway, course, teacher)
    assert answer.status_code == 200
    assert (build.builds, outcomes("late")) == (1, late + 1)


async def test_a_dry_run_that_no_worker_answers_is_503_within_its_time(settings: Settings, people: School) -> None:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    async with running_gateway(of_the_tests(settings, dry_run_s=0.5), people) as gateway:
        answer = await dry_run(gateway, course, teacher)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "No worker has answered" in answer.json()["errors"][0]["message"]


async def test_while_the_broker_is_away_a_dry_run_is_503_and_all_else_is_served(
    settings: Settings, people: School
) -> None:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    async with running_gateway(of_the_tests(settings, amqp_url="amqp://127.0.0.1:9/"), people) as gateway:
        asking = asyncio.create_task(dry_run(gateway, course, teacher))
        listed = await gateway.http.get(
            f"{gateway.url}/api/v1/courses/{course.id}/content_exports", headers=bearer(teacher)
        )
        assert (listed.status_code, asking.done()) == (200, False)
        assert (await gateway.http.get(f"{gateway.url}/readyz")).status_code == 200
        answer = await asking
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "not available now" in answer.json()["errors"][0]["message"]


async def test_a_plan_that_outlives_the_grace_time_of_its_worker_is_answered_with_503(
    pool: Pool, settings: Settings, people: School
) -> None:
    build, course = Slow(), await people.course()
    teacher = await people.member(course, "teacher")
    used = of_the_tests(settings)
    async with running_gateway(used, people) as gateway:
        async with a_worker(pool, used, build):
            asking = asyncio.create_task(dry_run(gateway, course, teacher))
            await asyncio.to_thread(build.started.wait, 10)
        answer = await asking
    assert answer.status_code == 503
    assert "The worker was stopped." in answer.json()["errors"][0]["message"]


async def test_a_context_that_was_deleted_before_the_worker_looks_is_503_with_the_reason(
    pool: Pool, settings: Settings, people: School
) -> None:
    course = await people.course()
    used = of_the_tests(settings)
    request = PlanRequested(
        context_type=ContextType.COURSE,
        context_id=course.id + 1_000_000,
        user_id=1,
        export_type=ExportType.QTI,
        settings=ExportSettings(),
        deadline=datetime.now(UTC) + timedelta(seconds=30),
    )
    async with a_worker(pool, used, quick()), open_planners(settings.amqp_url) as planners:
        answer = await planners.plan(request, 30)
    assert answer == PlanFailed(code="invalid_content", message="The context does not exist any more.")
