"""Following an export: no change missed, none shown twice, whatever the connection does."""

from __future__ import annotations

import httpx2
import pytest

from services.cli.errors import Refused
from services.cli.follow import BROKEN_STREAMS, Update, follow
from tests.unit.services.cli.servers import api_of, events, in_turn, paths

EVENTS, PROGRESS = "/api/v1/progress/4/events", "/api/v1/progress/4"


def progress(state: str, completion: float, message: str | None = None) -> httpx2.Response:
    return httpx2.Response(200, json={"workflow_state": state, "completion": completion, "message": message})


def test_updates_come_from_the_stream_and_end_with_the_terminal_state() -> None:
    handle, seen = in_turn(
        events((1, "created", 0), (2, "exporting", 40.5), (3, "exported", 100), (4, "exported", 100))
    )
    assert list(follow(api_of(handle), 4)) == [
        Update("created", 0), Update("exporting", 40.5), Update("exported", 100),
    ]  # fmt: skip
    assert paths(seen) == [EVENTS]
    assert seen[0].headers["Authorization"] == "Bearer a-token"
    assert "Last-Event-ID" not in seen[0].headers


def test_a_broken_stream_is_opened_again_after_the_last_event_and_the_pause_the_server_asked_for() -> None:
    first, second = events((1, "created", 0), (7, "exporting", 10), broken=True), events((8, "failed", 100))
    handle, seen = in_turn(first, second)
    pauses: list[float] = []
    states = [update.state for update in follow(api_of(handle), 4, pauses.append)]
    assert states == ["created", "exporting", "failed"]
    assert seen[1].headers["Last-Event-ID"] == "7"
    assert pauses == [1.0]


def test_a_stream_that_ends_before_the_export_does_is_opened_again() -> None:
    handle, seen = in_turn(events((1, "exporting", 10)), events((2, "exported", 100)))
    assert [update.state for update in follow(api_of(handle), 4, lambda _: None)] == ["exporting", "exported"]
    assert len(seen) == 2


def test_polling_takes_over_from_a_stream_that_never_brings_an_event() -> None:
    down = [httpx2.ConnectError("refused")] * BROKEN_STREAMS
    polled = [progress("running", 50), progress("running", 50), progress("completed", 100)]
    handle, seen = in_turn(*down, *polled)
    updates = list(follow(api_of(handle), 4, lambda _: None))
    assert updates == [Update("exporting", 50), Update("exported", 100)]
    assert paths(seen) == [EVENTS] * BROKEN_STREAMS + [PROGRESS] * 3


def test_a_server_without_streams_is_polled_at_once() -> None:
    handle, seen = in_turn(httpx2.Response(404), progress("failed", 100, "no such file"))
    assert list(follow(api_of(handle), 4, lambda _: None)) == [Update("failed", 100, "no such file")]
    assert paths(seen) == [EVENTS, PROGRESS]


def test_no_content_means_that_all_was_sent_and_the_progress_has_the_end() -> None:
    handle, _ = in_turn(httpx2.Response(204), progress("completed", 100))
    assert list(follow(api_of(handle), 4)) == [Update("exported", 100)]


def test_a_progress_that_is_not_ours_to_see_is_refused() -> None:
    body = {"errors": [{"message": "user not authorized to perform that action"}]}
    handle, _ = in_turn(httpx2.Response(403, json=body), httpx2.Response(403, json=body))
    with pytest.raises(Refused, match="not authorized"):
        list(follow(api_of(handle), 4))
