"""How the relay publishes events: as CloudEvents, in the order of each context, and nothing past a lost confirm."""

from __future__ import annotations

import msgspec

from services.gateway.events.event_relay import publish_in_order
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import WorkflowState
from tests.support.events import a_completion, a_state
from tests.support.fake_publisher import FakePublisher


async def test_an_event_is_published_as_a_cloud_event_about_its_export() -> None:
    publisher = FakePublisher()
    event = msgspec.structs.replace(a_state(7, sequence="2", request_id="r-1"), traceparent="00-0af7")
    await publish_in_order(publisher, [event])
    ((key, sent, request_id),) = publisher.messages
    assert key == "content_export.exporting.common_cartridge.course.12"
    assert (sent.id, sent.type, sent.source) == ("7", "content_export.exporting.v1", "/content_exports")
    assert (sent.subject, sent.sequence, sent.traceparent) == ("courses/12/content_exports/101", "2", "00-0af7")
    assert sent.time is not None
    assert sent.time.isoformat() == "2026-01-01T00:00:00+00:00"
    assert request_id == "r-1"
    assert msgspec.json.decode(sent.data) == msgspec.to_builtins(event.data)


async def test_the_events_of_a_context_wait_for_each_other_and_contexts_do_not() -> None:
    publisher = FakePublisher(slow={"1"})
    confirmed, error = await publish_in_order(
        publisher, [a_state(1), a_state(2, context_id=13), a_completion(3), a_state(4, context_id=13)]
    )
    assert publisher.sent == ["1", "2", "4", "3"]
    assert [event.id for event in confirmed] == [2, 4, 1, 3]
    assert error is None


async def test_nothing_overtakes_an_event_whose_confirm_is_lost() -> None:
    publisher = FakePublisher(lost={"1"})
    confirmed, error = await publish_in_order(
        publisher, [a_state(1), a_state(2, WorkflowState.EXPORTED), a_state(3, context_id=13)]
    )
    assert [event.id for event in confirmed] == [3]
    assert "2" not in publisher.sent
    assert isinstance(error, BrokerUnavailable)
