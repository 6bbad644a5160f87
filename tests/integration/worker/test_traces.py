"""A request and all that it sets off are one trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.gateway.relay import Relay
from shared.adapters.postgres.pool import Pool
from shared.domain.export import ExportId, WorkflowState
from shared.formats.packing import Packing
from shared.runtime import traces
from shared.runtime.otlp import OpenTelemetry
from shared.runtime.settings import Settings
from shared.worker.export_builder import Build, BuildInputs, PackageContents
from tests.support.gateway import bearer, running_gateway
from tests.support.school import School
from tests.support.workers import MEMBERS, a_worker, quick, until_state

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    traces.use(OpenTelemetry("test", SimpleSpanProcessor(kept)))
    yield kept
    traces.close_traces()


async def exported(
    pool: Pool, settings: Settings, people: School, build: Build, *, ends: WorkflowState, traceparent: str
) -> None:
    """An export through the gateway's API and a worker, both in this process."""
    course = await people.course()
    teacher = await people.member(course, "teacher")
    used = replace(settings, http_port=0)
    async with running_gateway(used, people) as gateway, a_worker(pool, settings, build):
        answer = await gateway.http.post(
            f"{gateway.url}/api/v1/courses/{course.id}/content_exports",
            json={"export_type": "qti"},
            headers={**bearer(teacher), "traceparent": traceparent},
        )
        export = await people.exports.find(ExportId(answer.json()["id"]))
        assert export is not None
        await until_state(people, export, ends)


def by_name(kept: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name.partition("{")[0]: span for span in kept.get_finished_spans()}


def parent_of(span: ReadableSpan) -> str:
    return f"{span.parent.span_id:016x}" if span.parent else ""


def id_of(span: ReadableSpan) -> str:
    return f"{span.context.span_id:016x}"


async def test_the_spans_of_the_worker_lie_below_that_of_the_request_and_that_below_the_callers(
    pool: Pool, settings: Settings, people: School, relay: Relay, spans: InMemorySpanExporter
) -> None:
    given = f"00-{TRACE}-{CALLER}-01"
    await exported(pool, settings, people, quick(), ends=WorkflowState.EXPORTED, traceparent=given)
    found = by_name(spans)
    request, export = found["POST /api/v1/"], found["export qti"]
    assert {f"{span.context.trace_id:032x}" for span in (request, export, found["pack"], found["verify"])} == {TRACE}
    assert (parent_of(request), parent_of(export)) == (CALLER, id_of(request))
    assert parent_of(found["pack"]) == parent_of(found["verify"]) == id_of(export)
    assert request.attributes is not None
    assert export.attributes is not None
    assert request.attributes["status"] == 200
    assert (export.attributes["attempt"], export.attributes["outcome"]) == (1, "exported")


async def test_the_plan_of_a_dry_run_lies_below_the_request(
    pool: Pool, settings: Settings, people: School, spans: InMemorySpanExporter
) -> None:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    used = replace(settings, http_port=0)
    async with running_gateway(used, people) as gateway, a_worker(pool, settings, quick()):
        answer = await gateway.http.post(
            f"{gateway.url}/api/v1/courses/{course.id}/content_exports",
            json={"export_type": "qti", "dry_run": True},
            headers={**bearer(teacher), "traceparent": f"00-{TRACE}-{CALLER}-01"},
        )
    assert answer.json()["entries"] == MEMBERS
    found = by_name(spans)
    assert f"{found['plan qti'].context.trace_id:032x}" == TRACE
    assert parent_of(found["plan qti"]) == id_of(found["POST /api/v1/"])


async def test_a_failed_export_says_so_in_its_span_and_a_caller_without_a_trace_begins_one(
    pool: Pool, settings: Settings, people: School, relay: Relay, spans: InMemorySpanExporter
) -> None:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise KeyError("a fault")

    await exported(pool, settings, people, build, ends=WorkflowState.FAILED, traceparent="none of W3C's")
    found = by_name(spans)
    request, export, packing = found["POST /api/v1/"], found["export qti"], found["pack"]
    assert parent_of(request) == ""
    assert export.context.trace_id == request.context.trace_id
    assert export.attributes is not None
    assert (export.attributes["outcome"], export.attributes["code"]) == ("failed", "internal_error")
    assert [event.name for event in packing.events] == ["exception"]
