"""`content-exports events`: what it asks for, what it prints, and how it goes on after an answer that breaks off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.cli.api import Api
from services.cli.errors import Refused, Unreachable
from services.cli.operator.events import WhichEvents, line_of, read_events

FACTS = {
    "export_type": "qti",
    "user_id": 7,
    "attempt": 1,
    "completion": 62.5,
    "at": "2026-03-02T09:15:12.004Z",
    "request_id": "r",
}


def an_event(number: int, what: str = "exporting", **data: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "type": f"content_export.{what}.v1",
        "subject": "courses/12/content_exports/42",
        "data": FACTS | data,
    }


class Broken(httpx2.SyncByteStream):
    """Lines that break off."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events

    def __iter__(self) -> Iterator[bytes]:
        for event in self.events:
            yield json.dumps(event).encode() + b"\n\n"
        raise httpx2.ReadError("broken off")


def whole(*events: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(200, content=b"".join(json.dumps(event).encode() + b"\n" for event in events))


class Server:
    """Gives its answers in turn, the last one for ever, and keeps the queries."""

    def __init__(self, *answers: httpx2.Response | Broken) -> None:
        self.answers, self.queries, self.headers = list(answers), [], []  # type: ignore[var-annotated]
        self.api = Api("http://h", "t", httpx2.MockTransport(self))

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.queries.append(dict(request.url.params.multi_items()))
        self.headers.append(request.headers)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx2.Response(200, stream=answer) if isinstance(answer, Broken) else answer

    def read(self, which: WhichEvents) -> list[str]:
        return [event["id"] for event in read_events(self.api, which, sleep=lambda _: None)]


def test_all_options_are_asked_for_and_lines_of_cloud_events_are_accepted() -> None:
    server = Server(whole())
    which = WhichEvents(
        follow=True, type=["exported"], context="courses/42", since=datetime(2026, 3, 2, tzinfo=UTC), last_event_id=0
    )
    assert server.read(which) == []
    assert server.queries == [
        {
            "type[]": "exported",
            "context": "courses/42",
            "since": "2026-03-02T00:00:00+00:00",
            "last_event_id": "0",
            "follow": "true",
        }
    ]
    assert server.headers[0]["Accept"] == "application/x-ndjson"


def test_an_answer_that_breaks_off_is_continued_after_the_last_event() -> None:
    server = Server(Broken(an_event(3), an_event(5)), Broken(), whole(an_event(8)))
    assert server.read(WhichEvents()) == ["3", "5", "8"]
    assert [query.get("last_event_id") for query in server.queries] == [None, "5", "5"]


def test_a_server_that_stays_silent_is_given_up() -> None:
    server = Server(Broken())
    with pytest.raises(Unreachable):
        server.read(WhichEvents(follow=True))
    assert len(server.queries) == 5


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (503, 5)])
def test_a_refusal_ends_the_command_at_once_and_an_outage_after_some_tries(status: int, tries: int) -> None:
    server = Server(httpx2.Response(status, json={"errors": [{"message": "no"}]}))
    with pytest.raises(Refused):
        server.read(WhichEvents())
    assert len(server.queries) == tries


@pytest.mark.parametrize(
    ("event", "rest"),
    [
        (an_event(1, "progress"), "progress  courses/12/content_exports/42 type=qti user=7 attempt=1 completion=62.5% request=r"),
        (
            an_event(1, "exported", attachments=[{"size": 2}, {"size": 3}], warnings_count=4),
            "exported  courses/12/content_exports/42 type=qti user=7 attempt=1 bytes=5 warnings=4 request=r",
        ),
        (
            an_event(1, "failed", error={"code": "x", "message": "a\nb\x1b[1m"}),
            "failed    courses/12/content_exports/42 type=qti user=7 attempt=1 code=x request=r message=a\\nb\\x1b[1m",
        ),
    ],
    ids=["progress", "exported", "failed"],
)  # fmt: skip
def test_a_line_for_people_has_what_is_known_and_drives_no_terminal(event: dict[str, Any], rest: str) -> None:
    assert line_of(event) == f"2026-03-02T09:15:12.004Z 1 {rest}"
