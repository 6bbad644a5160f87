from __future__ import annotations

import json

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from services.progress.frames import COMMENT, RETRY, frame, last_event_id, opening_bytes
from services.progress.stream_topics import Opening
from shared.domain.export import WorkflowState
from tests.support.events import a_completion, a_state
from tests.support.sse import Parser

IDS = st.integers(1, 2**63 - 1)


@given(event_id=IDS, message=st.text(), completion=st.floats(0, 100))
def test_an_event_is_read_back_whole_whatever_its_message_holds(event_id: int, message: str, completion: float) -> None:
    event = a_state(event_id, WorkflowState.FAILED, message=message, completion=completion, error_code="cancelled")
    (received,) = Parser().feed(frame(event))
    assert (received.id, received.name) == (str(event_id), "content_export.state")
    assert "\n" not in received.text
    assert "\r" not in received.text
    assert received.data["message"] == message
    assert received.data["completion"] == completion


@given(events=st.lists(st.tuples(IDS, st.text()), min_size=1), cut=st.integers(1, 40))
def test_events_comments_and_pieces_of_any_length_do_not_run_into_each_other(
    events: list[tuple[int, str]], cut: int
) -> None:
    reported = [a_state(event_id, message=message) for event_id, message in events]
    whole = RETRY + COMMENT.join(map(frame, reported))
    parser = Parser()
    received = [event for start in range(0, len(whole), cut) for event in parser.feed(whole[start : start + cut])]
    assert [(int(event.id), event.data.get("message")) for event in received] == events
    assert parser.retry_ms == 2000


def test_the_data_of_an_event_says_enough_to_act_and_nothing_that_does_not_apply() -> None:
    data = frame(a_completion(7, 12.5, course_id=12, user_id=4)).split(b"data: ")[1]
    assert json.loads(data) == {
        "type": "content_export.progress.v1",
        "id": 101,
        "content_export_id": 101,
        "progress_id": 1,
        "context_type": "Course",
        "context_id": 12,
        "export_type": "common_cartridge",
        "workflow_state": "exporting",
        "completion": 12.5,
        "attempt": 1,
        "at": "2026-01-01T00:00:00.000Z",
        "course_id": 12,
        "user_id": 4,
        "context": "courses/12",
        "created_at": "2026-01-01T00:00:00Z",
        "skip_notifications": False,
        "url": "/api/v1/courses/12/content_exports/101",
        "progress_url": "/api/v1/progress/1",
    }


@pytest.mark.parametrize(
    ("opening", "then", "events", "last"),
    [
        (Opening([a_state(5)], 5, replay=False), b"", ["5"], "5"),
        (Opening([a_state(3), a_state(9)], 9, replay=False), b"", ["3", "9"], "9"),
        (Opening([], 8, replay=False), b"", [], "8"),
        (Opening([], 8, replay=True), COMMENT, [], "8"),
        (Opening([], 8, replay=True), frame(a_state(9)), ["9"], "9"),
    ],
)
def test_whatever_a_stream_opens_with_its_client_has_the_id_to_go_on_after(
    opening: Opening, then: bytes, events: list[str], last: str
) -> None:
    parser = Parser()
    assert [event.id for event in parser.feed(opening_bytes(opening) + then)] == events
    assert parser.last_event_id == last


@pytest.mark.parametrize(
    ("header", "query", "found"),
    [
        ("7", "", 7),
        (None, "?last_event_id=7", 7),
        ("7", "?last_event_id=9", 7),
        ("", "?last_event_id=9", 9),
        ("0", "", 0),
        (None, "", None),
        ("x", "", None),
        ("-7", "", None),
        ("７", "", None),
        ("1" * 30, "", None),
    ],
)
def test_the_last_id_is_read_from_the_header_or_the_query(header: str | None, query: str, found: int | None) -> None:
    headers = {} if header is None else {"Last-Event-ID": header}
    assert last_event_id(make_mocked_request("GET", f"/events{query}", headers=headers)) == found
