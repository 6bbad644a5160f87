"""Operators' commands on exports: what they send, what they print, and when they end with 1."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import typer

from services.cli.durations import since_of
from tests.unit.services.cli.conftest import Run

API = "/api/v1/admin/exports"
NOW = datetime(2027, 1, 2, 12, tzinfo=UTC)


class Answers:
    """Answers one request after another, and keeps what they asked for."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, Any]]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((f"{request.method} {request.url.path}", json.loads(request.content)))
        return httpx2.Response(200, json=self.answers.pop(0))


def result(export_id: int, outcome: str, state: str | None = "created") -> dict[str, Any]:
    return {"id": export_id, "outcome": outcome, "workflow_state": state}


def test_each_export_has_a_line_that_says_what_became_of_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    server = Answers([result(3, "sent_again"), result(4, "taken_back", "exporting")])
    assert run(server, "requeue", "3", "4") == 0
    assert server.asked == [(f"POST {API}/requeue", {"ids": [3, 4], "dry_run": False})]
    assert capsys.readouterr().out.splitlines() == [
        "export 3 waits; its message is sent again",
        "export 4 is taken from its worker, and waits again at its turn",
    ]


def test_the_exit_code_is_1_where_an_export_was_left_as_it_was(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    results = [result(3, "ended"), result(4, "finished", "exported"), result(5, "unknown", None)]
    server = Answers(results)
    assert run(server, "fail", "3", "4", "5", "--reason", "too large", "--dry-run", "--json") == 1
    assert server.asked == [(f"POST {API}/fail", {"ids": [3, 4, 5], "dry_run": True, "reason": "too large"})]
    assert json.loads(capsys.readouterr().out) == results


def test_more_exports_than_one_request_may_name_take_several(run: Run) -> None:
    server = Answers([result(1, "sent_again")], [result(1, "sent_again")])
    assert run(server, "requeue", *map(str, range(1, 121))) == 0
    assert [len(body["ids"]) for _, body in server.asked] == [100, 20]


def test_a_site_admin_cancels_by_ids_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    server = Answers([result(3, "ended"), result(4, "ended")])
    assert run(server, "cancel", "3,4", "--message", "enough") == 0
    assert server.asked == [(f"POST {API}/cancel", {"ids": [3, 4], "dry_run": False, "message": "enough"})]
    assert capsys.readouterr().out.splitlines() == ["export 3 is ended", "export 4 is ended"]


def test_what_failed_of_one_cause_is_created_again_batch_by_batch(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = "2027-01-02T12:00:00Z"
    first = {"retried": [{"failed_id": n, "id": 100 + n} for n in range(100)], "more": True, "before": before}
    second = {"retried": [{"failed_id": 200, "id": 300}], "more": True, "before": before}
    server = Answers(first, second)
    words = ["--code", "store_unavailable", "--since", "2027-01-02T10:00", "--limit", "101", "--owner", "7"]
    assert run(server, "retry", *words, "--type", "zip", "--context", "courses/42") == 0
    body = {
        "error_code": "store_unavailable", "since": "2027-01-02T10:00:00+00:00", "user_id": 7, "export_type": "zip",
        "context": "courses/42",
    }  # fmt: skip
    assert server.asked == [
        (f"POST {API}/retry", {**body, "limit": 100}),
        (f"POST {API}/retry", {**body, "limit": 1, "before": before}),
    ]
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[100], lines[101]) == ("0 -> 100", "200 -> 300", "101 exports are created again")


def test_a_dry_run_of_a_retry_is_one_request(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    server = Answers({"retried": [{"failed_id": 9, "id": None}], "more": True, "before": "2027-01-02T12:00:00Z"})
    assert run(server, "retry", "--code", "store_full", "--since", "2h", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines() == ["9", "1 export would be created again"]
    ((_, body),) = server.asked
    assert (body["limit"], body["dry_run"]) == (1000, True)


@pytest.mark.parametrize(
    "words",
    [
        ["retry"],
        ["retry", "--code", "store_full"],
        ["retry", "--since", "2h"],
        ["retry", "--code", "frog", "--since", "2h"],
        ["retry", "--code", "store_full", "--since", "yesterday"],
        ["retry", "3", "--course", "1", "--code", "store_full"],
        ["requeue"],
        ["requeue", "x"],
        ["fail", "3"],
        ["cancel", "3", "--course", "1", "--dry-run"],
    ],
)
def test_a_wrong_command_is_a_usage_error_without_a_request(run: Run, words: list[str]) -> None:
    server = Answers()
    assert run(server, *words) == 2
    assert not server.asked


def test_a_time_is_a_duration_before_now_or_in_utc_unless_it_has_a_zone() -> None:
    assert since_of("2h", NOW) == datetime(2027, 1, 2, 10, tzinfo=UTC)
    assert since_of("2027-01-02T10:00", NOW) == datetime(2027, 1, 2, 10, tzinfo=UTC)
    assert since_of("2027-01-02T12:00+02:00", NOW) == datetime(2027, 1, 2, 10, tzinfo=UTC)
    with pytest.raises(typer.BadParameter):
        since_of("900000000w", NOW)
    with pytest.raises(typer.BadParameter) as refused:
        since_of("soon", NOW, "--before")
    assert refused.value.param_hint == "--before"
