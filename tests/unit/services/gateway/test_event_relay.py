"""How the relay publishes events: as CloudEvents, in the order of the log, and again behind a lost confirm."""

from __future__ import annotations

import msgspec

from services.gateway.events.event_relay import positions, publish_in_order
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


async def test_events_are_sent_in_their_order_and_none_waits_for_the_confirm_of_another() -> None:
    publisher = FakePublisher(slow={"1"})
    events = [a_state(1), a_state(2, context_id=13), a_completion(3), a_state(4, context_id=13)]
    assert await publish_in_order(publisher, events) == [None] * 4
    assert publisher.sent == ["1", "2", "3", "4"]


async def test_an_event_whose_confirm_is_lost_holds_up_what_follows_in_its_shard_alone() -> None:
    events = [a_state(1, context_id=8), a_state(3, context_id=16), a_state(4, context_id=9), a_state(6, context_id=8)]
    results = await publish_in_order(FakePublisher(lost={"3"}), events)
    assert positions({0: 0, 1: 2, 2: 9}, 7, events, results) == {0: 2, 1: 7, 2: 9}


async def test_without_a_loss_all_shards_are_published_up_to_the_same_event() -> None:
    assert positions({0: 0, 1: 2}, 7, [a_state(5)], [None]) == {0: 7, 1: 7}
