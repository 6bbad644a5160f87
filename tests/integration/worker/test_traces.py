"""A request and all that it sets off are one trace."""

from __future__ import annotations

from dataclasses import replace

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from services.gateway.relay import Relay
from shared.adapters.postgres.pool import Pool
from shared.domain.errors import NothingSelected
from shared.domain.export import ExportId, WorkflowState
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker.export_builder import Build, BuildInputs, PackageContents
from tests.support.gateway import bearer, running_gateway
from tests.support.school import School
from tests.support.spans import CALLER, TRACE, attribute, by_name, id_of, parent_of, without_statements
from tests.support.workers import MEMBERS, a_worker, quick, until_state

PROCESS = "process content_exports.qti"


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


async def test_the_spans_of_the_worker_lie_below_that_of_the_request_and_that_below_the_callers(
    pool: Pool, settings: Settings, people: School, relay: Relay, spans: InMemorySpanExporter
) -> None:
    given = f"00-{TRACE}-{CALLER}-01"
    await exported(pool, settings, people, quick(), ends=WorkflowState.EXPORTED, traceparent=given)
    found = by_name(spans)
    request, sent, export = found["POST /api/v1/"], found["publish content_exports"], found[PROCESS]
    for span in (request, sent, export, found["pack"], found["verify"]):
        assert f"{span.context.trace_id:032x}" == TRACE
        assert span.status.status_code is not StatusCode.ERROR
    assert (parent_of(request), parent_of(sent), parent_of(export)) == (CALLER, id_of(request), id_of(sent))
    assert parent_of(found["pack"]) == parent_of(found["verify"]) == id_of(export)
    assert [each.kind.name for each in (request, sent, export)] == ["SERVER", "PRODUCER", "CONSUMER"]
    assert (attribute(export, "attempt"), attribute(export, "outcome")) == (1, "exported")


async def test_spans_of_http_have_the_names_of_the_conventions(
    settings: Settings, people: School, spans: InMemorySpanExporter
) -> None:
    course = await people.course()
    async with running_gateway(replace(settings, http_port=0), people) as gateway:
        await gateway.http.get(f"{gateway.url}/api/v1/courses/{course.id}?access_token=unknown")
        await gateway.http.get(f"{gateway.url}/nowhere")
        await gateway.http.get(f"{gateway.url}/api/v1/progress/1")  # of a service that does not run
    shown, nowhere, failed = (each for each in spans.get_finished_spans() if each.kind is SpanKind.SERVER)
    assert dict(shown.attributes or {}) | {"request_id": "", "server.port": 0, "user_agent.original": ""} == {
        "http.request.method": "GET",
        "http.response.status_code": 401,
        "http.route": "/api/v1/{contexts}/{context_id}{format}",
        "url.path": f"/api/v1/courses/{course.id}",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": 0,
        "network.protocol.version": "1.1",
        "user_agent.original": "",
        "client.address": "127.0.0.1",
        "request_id": "",
    }
    assert (nowhere.name, attribute(nowhere, "http.response.status_code")) == ("GET", 404)
    mistakes = {shown.status.status_code, nowhere.status.status_code}
    assert mistakes == {StatusCode.UNSET}, "a mistake of a caller is no error of ours"
    assert (failed.status.status_code, attribute(failed, "error.type")) == (StatusCode.ERROR, "503")
    (asked,) = (each for each in without_statements(spans) if each.kind is SpanKind.CLIENT)
    assert parent_of(asked) == id_of(failed)
    assert attribute(asked, "url.full").endswith("/api/v1/progress/1")
    assert (attribute(asked, "http.request.method"), asked.status.status_code) == ("GET", StatusCode.ERROR)


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
    asked, planned = found["publish content_exports.plans"], found["process content_exports.plans.qti"]
    assert f"{planned.context.trace_id:032x}" == TRACE
    assert (parent_of(asked), parent_of(planned)) == (id_of(found["POST /api/v1/"]), id_of(asked))
    assert (asked.kind, planned.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)


async def test_a_failed_export_says_so_in_its_span_and_a_caller_without_a_trace_begins_one(
    pool: Pool, settings: Settings, people: School, relay: Relay, spans: InMemorySpanExporter
) -> None:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise KeyError("a fault")

    await exported(pool, settings, people, build, ends=WorkflowState.FAILED, traceparent="none of W3C's")
    found = by_name(spans)
    request, export, packing = found["POST /api/v1/"], found[PROCESS], found["pack"]
    assert parent_of(request) == ""
    assert export.context.trace_id == request.context.trace_id
    assert (attribute(export, "outcome"), attribute(export, "code")) == ("failed", "internal_error")
    assert (export.status.status_code, attribute(export, "error.type")) == (StatusCode.ERROR, "internal_error")
    assert [event.name for event in packing.events] == ["exception"]


async def test_an_export_that_cannot_be_built_as_it_was_requested_is_no_error_of_the_worker(
    pool: Pool, settings: Settings, people: School, relay: Relay, spans: InMemorySpanExporter
) -> None:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise NothingSelected("nothing of the selection exists")

    given = f"00-{TRACE}-{CALLER}-01"
    await exported(pool, settings, people, build, ends=WorkflowState.FAILED, traceparent=given)
    found = by_name(spans)
    assert attribute(found[PROCESS], "outcome") == "failed"
    for span in (found[PROCESS], found["pack"]):
        assert (span.status.status_code, len(span.events)) == (StatusCode.UNSET, 0)
