"""A command of a service, the export, its package and its events are one trace, which began in the service."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from services.gateway.relay import Relay
from shared.contracts.cloud_events import STRUCTURED, read_event
from shared.contracts.export_events import EventType
from shared.contracts.topology import EVENTS, NOTIFIER, request_queue
from shared.domain.audit import Actor
from shared.domain.export import ExportId, ExportType, WorkflowState
from shared.domain.webhooks.webhook import NewWebhook, WebhookScope
from tests.integration.notifier.receiver import receiving
from tests.integration.notifier.test_webhooks import answering, channel
from tests.support.gateway import bearer, running_gateway
from tests.support.notifier import notifier_here
from tests.support.queues import purge
from tests.support.school import School
from tests.support.service_client import ServiceClient
from tests.support.spans import CALLER, TRACE, attribute, by_name, id_of, parent_of
from tests.support.workers import a_worker, quick, until_state


def lineage(spans: InMemorySpanExporter, span: ReadableSpan) -> list[str]:
    """The names of a span and of those above it, and the id of the one above those, which is of another process."""
    names, known = [span.name], {id_of(each): each for each in spans.get_finished_spans()}
    while (above := known.get(parent_of(span))) is not None:
        span = above
        names.append(span.name)
    return [*names, parent_of(span)]


@pytest.mark.usefixtures("inbox")
async def test_the_spans_of_worker_and_events_lie_below_that_of_the_command_and_that_below_the_services(
    client: ServiceClient, relay: Relay, people: School, spans: InMemorySpanExporter
) -> None:
    await people.end_unfinished()
    await purge(relay.settings.amqp_url, request_queue(ExportType.QTI))
    events = await client.channel.declare_queue(exclusive=True)
    await events.bind(EVENTS, "content_export.exported.#")
    course = await people.course()
    teacher = await people.member(course, "teacher")
    attributes = {"subject": f"courses/{course.id}", "traceparent": f"00-{TRACE}-{CALLER}-01"}
    async with a_worker(relay.pool, relay.settings, quick()):
        data = {"export_type": "qti", "user_id": teacher.id}
        reply = await client.ask("export.request.v1", data, attributes=attributes)
        relay.wake.set()
        export = await people.exports.find(ExportId(reply["data"]["id"]))
        assert export is not None
        await until_state(people, export, WorkflowState.EXPORTED)
        async with asyncio.timeout(20), events.iterator(no_ack=True) as arriving:
            event = read_event((await anext(arriving)).body, STRUCTURED, {})
    found = by_name(spans)
    commands = "process content_exports.commands.exports"
    command, answered = found[commands], found["publish (temporary)"]
    assert lineage(spans, found["process content_exports.qti"]) == [
        "process content_exports.qti",
        "publish content_exports",
        commands,
        CALLER,
    ]
    assert {f"{each.context.trace_id:032x}" for each in spans.get_finished_spans()} == {TRACE}
    assert dict(command.attributes or {}) | {"request_id": "", "messaging.message.id": ""} == {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": "content_exports.commands:export.request:content_exports.commands.exports",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.rabbitmq.destination.routing_key": "export.request",
        "messaging.message.id": "",
        "cloudevents.event_id": attribute(command, "messaging.message.id"),
        "cloudevents.event_source": f"/{client.user}",
        "cloudevents.event_type": "export.request.v1",
        "request_id": "",
        "outcome": "accepted",
    }
    assert (parent_of(answered), attribute(answered, "messaging.destination.temporary")) == (id_of(command), True)
    assert reply["traceparent"] == f"00-{TRACE}-{id_of(answered)}-01", "a consumer of the reply goes on from there"
    published = [each for each in spans.get_finished_spans() if each.name == "publish content_exports.events"]
    assert {parent_of(each) for each in published} == {id_of(command)}
    (sent,) = (each for each in published if attribute(each, "messaging.message.id") == event.id)
    assert event.traceparent == f"00-{TRACE}-{id_of(sent)}-01", "a consumer of the event goes on from there"
    key = f"content_export.exported.qti.course.{course.id}"
    assert attribute(sent, "messaging.destination.name") == f"content_exports.events:{key}"


@pytest.mark.usefixtures("inbox")
async def test_a_webhook_and_what_its_receiver_asks_lie_below_the_event_and_a_refused_one_is_an_error(
    client: ServiceClient, relay: Relay, people: School, spans: InMemorySpanExporter
) -> None:
    await people.end_unfinished()
    await purge(relay.settings.amqp_url, request_queue(ExportType.QTI), NOTIFIER)
    course = await people.course()
    teacher = await people.member(course, "teacher")
    attributes = {"subject": f"courses/{course.id}", "traceparent": f"00-{TRACE}-{CALLER}-01"}
    async with (
        receiving(answering(503, 204)) as receiver,
        channel(relay.pool) as webhooks,
        notifier_here(relay.settings.amqp_url, relay.pool, [webhooks]),
        a_worker(relay.pool, relay.settings, quick()),
        running_gateway(replace(relay.settings, http_port=0), people) as gateway,
    ):
        types = (EventType.EXPORTED.value,)
        await webhooks.webhooks.create(
            NewWebhook(user_id=teacher.id, url=receiver.url, scope=WebhookScope.CONTEXT, context=course, types=types),
            Actor(teacher.id),
        )
        data = {"export_type": "qti", "user_id": teacher.id}
        reply = await client.ask("export.request.v1", data, attributes=attributes)
        relay.wake.set()
        export = await people.exports.find(ExportId(reply["data"]["id"]))
        assert export is not None
        await until_state(people, export, WorkflowState.EXPORTED)
        relay.wake.set()
        await receiver.until(2)
        (_, body), (headers, _) = receiver.got
        shown = f"{gateway.url}/api/v1/courses/{course.id}/content_exports/{export.id}"
        await gateway.http.get(shown, headers={**bearer(teacher), "traceparent": headers["traceparent"]})
    kept = spans.get_finished_spans()
    assert {f"{each.context.trace_id:032x}" for each in kept} == {TRACE}
    event_id = read_event(body, STRUCTURED, {}).id
    sent, taken = (
        next(each for each in kept if each.name == name and attribute(each, "messaging.message.id") == event_id)
        for name in ("publish content_exports.events", "process content_exports.notifier")
    )
    refused, delivered = (each for each in kept if each.name == "POST")
    (asked,) = (each for each in kept if each.kind is SpanKind.SERVER)
    above = ["publish content_exports.events", "process content_exports.commands.exports", CALLER]
    assert lineage(spans, taken) == [taken.name, *above]
    assert lineage(spans, refused) == ["POST", *above]
    assert lineage(spans, asked) == [asked.name, "POST", *above]
    assert (parent_of(asked), parent_of(delivered)) == (id_of(delivered), id_of(sent))
    assert [each.kind.name for each in (sent, taken, delivered)] == ["PRODUCER", "CONSUMER", "CLIENT"]
    assert [each.status.status_code for each in (refused, delivered)] == [StatusCode.ERROR, StatusCode.UNSET]
    assert attribute(refused, "error.type") == "503"
    assert headers["traceparent"] == f"00-{TRACE}-{id_of(delivered)}-01"
