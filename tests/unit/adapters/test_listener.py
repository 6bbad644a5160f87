from __future__ import annotations

import msgspec
import pytest

from shared.adapters.postgres.listener import EventId, Link, Notifications
from tests.support.events import a_completion, a_state


def put(inbox: Notifications, payload: object) -> None:
    inbox.receive(object(), 1, "export_events", payload)


async def test_what_was_heard_is_taken_in_order() -> None:
    inbox = Notifications()
    events = [a_state(1), a_completion(2), a_state(3)]
    for event in events:
        put(inbox, msgspec.json.encode(event).decode())
    inbox.close(object())
    assert [await inbox.next(1) for _ in range(4)] == [*events, Link.DOWN]


async def test_a_long_event_is_named_by_its_id_in_its_place() -> None:
    inbox = Notifications()
    put(inbox, msgspec.json.encode(a_state(1)).decode())
    put(inbox, '{"id": 9223372036854775807}')
    put(inbox, msgspec.json.encode(a_state(3)).decode())
    assert [await inbox.next(1) for _ in range(3)] == [a_state(1), EventId(2**63 - 1), a_state(3)]


async def test_nothing_for_the_time_is_reported() -> None:
    with pytest.raises(TimeoutError):
        await Notifications().next(0.01)


async def test_what_does_not_fit_is_left_to_the_log() -> None:
    inbox = Notifications(limit=3)
    for event_id in range(1, 6):
        put(inbox, msgspec.json.encode(a_state(event_id)).decode())
    assert [await inbox.next(1) for _ in range(3)] == [Link.UP, a_state(4), a_state(5)]
    with pytest.raises(TimeoutError):
        await inbox.next(0.01)


@pytest.mark.parametrize("payload", ["", "{}", "not json", '{"id": "x"}'])
async def test_a_notification_that_cannot_be_read_may_stand_for_an_event(payload: str) -> None:
    inbox = Notifications()
    put(inbox, payload)
    assert await inbox.next(1) is Link.UP
