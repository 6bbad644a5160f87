"""Operators' commands for pauses and quarantines: what they send and print."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.unit.services.cli.conftest import Run
from tests.unit.services.cli.test_export_actions import Answers

API = "/api/v1/admin"
ROW: dict[str, Any] = {
    "id": 1, "export_type": "zip", "user_id": None, "context": None, "quarantine": False, "reason": "The store\nmoves.",
    "paused_by": 7, "paused_at": "2027-01-02T03:04:05Z",
}  # fmt: skip
COURSE = {**ROW, "export_type": None, "context": "courses/42", "quarantine": True, "paused_by": None}


@pytest.mark.parametrize(
    ("words", "sent", "answer"),
    [
        (
            ["pause", "--type", "zip", "--reason", "r"],
            ("pauses", {"export_type": "zip", "reason": "r", "dry_run": False}),
            (ROW, "type zip paused"),
        ),
        (
            ["pause", "--owner", "7", "--reason", "r", "--dry-run"],
            ("pauses", {"user_id": 7, "reason": "r", "dry_run": True}),
            ({**ROW, "export_type": None, "user_id": 7}, "owner 7 paused (dry run: nothing is changed)"),
        ),
        (
            ["resume", "--context", "courses/42"],
            ("pauses/resume", {"context": "courses/42", "dry_run": False}),
            (COURSE, "courses/42 resumed"),
        ),
        (
            ["quarantine", "add", "courses/42", "--reason", "r"],
            ("quarantine", {"context": "courses/42", "reason": "r", "dry_run": False}),
            (COURSE, "courses/42 in quarantine"),
        ),
        (
            ["quarantine", "remove", "courses/42"],
            ("quarantine/remove", {"context": "courses/42", "dry_run": False}),
            (COURSE, "courses/42 out of quarantine"),
        ),
    ],
)
def test_a_change_is_one_request_and_one_line(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sent: tuple[str, Any],
    answer: tuple[dict[str, Any], str],
) -> None:
    changed, printed = answer
    server = Answers({"changed": True, "pause": changed})
    assert run(server, *words) == 0
    assert server.asked == [(f"POST {API}/{sent[0]}", sent[1])]
    assert capsys.readouterr().out.strip() == printed


def test_what_is_paused_already_is_no_error_and_what_is_not_there_to_end_is_one(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Answers({"changed": False, "pause": ROW}), "pause", "--type", "zip", "--reason", "r") == 0
    assert capsys.readouterr().out.strip() == "type zip was paused before"
    assert run(Answers({"changed": False, "pause": None}), "resume", "--type", "zip") == 1
    assert capsys.readouterr().err.strip() == "This is not paused."


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["pause"], "type zip since 2027-01-02T03:04:05Z by user 7: The store moves."),
        (["quarantine"], "courses/42 since 2027-01-02T03:04:05Z by the system: The store moves."),
    ],
)
def test_each_kind_is_listed_by_itself(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str], line: str
) -> None:
    assert run(lambda _: httpx2.Response(200, json=[ROW, COURSE]), *words) == 0
    assert capsys.readouterr().out.strip() == line


@pytest.mark.parametrize(
    "words",
    [
        ["pause", "--type", "zip"],
        ["pause", "--type", "zip", "--owner", "7", "--reason", "r"],
        ["resume"],
        ["quarantine", "add"],
        ["quarantine", "add", "courses/42"],
        ["quarantine", "remove"],
        ["quarantine", "frog"],
    ],
)
def test_a_wrong_command_is_a_usage_error_without_a_request(run: Run, words: list[str]) -> None:
    server = Answers()
    assert run(server, *words) == 2
    assert not server.asked
