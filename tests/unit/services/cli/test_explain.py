"""Operators' commands that list exports of all contexts, and explain one with its log lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.operator.log_lines import LineFilter, line_text, lines_about
from shared.contracts.examples import example_of
from shared.contracts.operator.export_bodies import ExplainedExportBody, OperatorExportBody
from tests.unit.services.cli.conftest import Run

ROW = (example_of([list[OperatorExportBody]]) or [])[0]
EXPLAINED: dict[str, Any] = example_of([ExplainedExportBody]) or {}
WANTED = LineFilter(42, "r-1", "t-1")


def line(**fields: Any) -> str:
    return json.dumps({"event": "x", "level": "info", **fields})


def test_exports_are_listed_with_the_filters_of_the_options(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[dict[str, str]] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        asked.append(dict(request.url.params))
        return httpx2.Response(200, json=[ROW, {**ROW, "id": 41, "lapsed": True}, {**ROW, "id": 40}])

    words = ("--state", "exporting", "--owner", "9", "--before", "2026-03-02T10:00", "--stuck", "--limit", "2")
    assert run(server, "exports", *words) == 0
    assert asked == [
        {"workflow_state": "exporting", "user_id": "9", "created_before": "2026-03-02T10:00:00+00:00", "stuck": "true",
         "per_page": "100"}
    ]  # fmt: skip
    _, *rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2
    assert "exporting 36 %" in rows[0]
    assert "worker lost" in rows[1]
    assert run(server, "exports", "--since", "yesterday") == 2


def test_an_explanation_shows_attempts_with_reasons_and_times_and_the_slowest_objects(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(lambda _: httpx2.Response(200, json=EXPLAINED), "explain", "42") == 0
    printed = capsys.readouterr().out
    for part in (
        "export 42 is exporting",
        "exports-3:812:5f1e0c builds it, and has done 36 %.",
        "1. exports-2:731:aa01b2, 2026-03-02T09:18:01Z to 2026-03-02T09:19:00Z: infrastructure, does not count (store_unavailable",
        "prepare 0.04 s, pack 58.2 s",
        "41.7 s web_resources/tides.mp4 (files 90312: tides.mp4)",
        "2. exports-3:812:5f1e0c, 2026-03-02T09:20:00Z to now: runs",
        "trace_url: https://traces.school.example/trace/4bf92f3577b34da6a3ce929d0e0e4736",
    ):
        assert part in printed, part


def test_an_explanation_prints_the_log_lines_of_its_export_and_request(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    logs.write_text("\n".join([line(export_id=42, event="export_started"), line(export_id=7), "no JSON"]))
    assert run(lambda _: httpx2.Response(200, json=EXPLAINED), "explain", "42", "--logs", str(logs)) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["log", "info export_started export_id=42"]
    assert run(lambda _: httpx2.Response(200, json=EXPLAINED), "explain", "42", "--logs", str(logs), "--json") == 0
    assert [each["event"] for each in json.loads(capsys.readouterr().out)["log"]] == ["export_started"]
    assert run(lambda _: httpx2.Response(200, json=EXPLAINED), "explain", "42", "--logs", str(tmp_path / "none")) == 1


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        (line(export_id=42), True),
        (line(content_export_id=42), True),
        (line(request_id="r-1"), True),
        (line(trace_id="t-1", request_id="other"), True),
        ("worker-1  | " + line(export_id=42), True),
        (line(request_id="r-1", export_id=43), False),
        (line(export_id=4), False),
        (line(request_id=None), False),
        ("export_id 42", False),
        ('{"export_id": 42', False),
        ("[42]", False),
    ],
)
def test_a_log_line_is_about_an_export_by_its_id_its_request_or_its_trace(text: str, is_about: bool) -> None:
    assert (WANTED.fields(text) is not None) is is_about


def test_log_lines_of_several_processes_are_put_in_the_order_of_their_times(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.write_text("\n".join(line(export_id=42, timestamp=f"2027-01-01T00:00:0{n}Z") for n in (3, 1, 2)))
    assert [each["timestamp"][-2] for each in lines_about(str(logs), WANTED)] == ["1", "2", "3"]


def test_a_log_line_cannot_drive_the_terminal_and_keeps_its_traceback() -> None:
    shown = line_text({"event": "a\x1b[2J", "exception": "Traceback\n  x"})
    assert shown == "a\\x1b[2J\nTraceback\n  x"
