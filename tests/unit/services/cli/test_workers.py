"""Operators' commands for workers."""

from __future__ import annotations

import httpx2
import pytest

from tests.unit.services.cli.conftest import Run
from tests.unit.services.cli.test_export_actions import Answers
from tests.unit.services.gateway.test_admin_workers import DRAINING, WORKER

DRAIN = "POST /api/v1/admin/workers/drain"


def test_workers_are_a_table(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    lost = {**WORKER, "name": "w:2:b", "is_alive": False, "version": None, "running": []}
    assert run(lambda _: httpx2.Response(200, json=[WORKER, DRAINING, lost]), "workers") == 0
    _, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["w:1:a", "zip", "2", "1.2.3", "2027-01-01T00:00:00Z", "works", "7"],
        ["w:1:a", "zip", "2", "1.2.3", "2027-01-01T00:00:00Z", "draining", "7"],
        ["w:2:b", "zip", "2", "-", "2027-01-01T00:00:00Z", "lost"],
    ]


@pytest.mark.parametrize(
    ("words", "changed", "printed"),
    [
        ([], True, "w:1:a takes no more exports; it still builds 7"),
        ([], False, "w:1:a takes no more exports already; it still builds 7"),
        (["--undo"], True, "w:1:a takes exports"),
        (["--dry-run"], True, "w:1:a takes no more exports; it still builds 7 (dry run: nothing is changed)"),
    ],
)
def test_a_drain_says_what_the_worker_still_builds(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str], changed: bool, printed: str
) -> None:
    server = Answers({"changed": changed, "worker": DRAINING})
    assert run(server, "drain", "w:1:a", *words) == 0
    body = {"worker": "w:1:a", "undo": "--undo" in words, "dry_run": "--dry-run" in words}
    assert server.asked == [(DRAIN, body)]
    assert capsys.readouterr().out.strip() == printed
