"""The table of faults against the metrics of the code, the alerts, and the commands."""

from __future__ import annotations

import re

import pytest

from services.cli.__main__ import COMMANDS
from tests.unit.deploy.test_observability import NAMES, RUNBOOK, unknown_metrics

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (RUNBOOK / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| fault", "| ---"))
]
EACH_FAULT = pytest.mark.parametrize(
    ("metrics", "alerts", "verbs"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)


@EACH_FAULT
def test_a_fault_is_seen_by_metrics_and_an_alert_that_exist(metrics: str, alerts: str, verbs: str) -> None:
    assert re.fullmatch(r"`\w+`(, `\w+`)*", metrics)
    assert unknown_metrics(metrics) == set()
    assert set(re.findall(r"`(\w+)`", alerts)) <= set(NAMES)
    assert alerts.startswith("`")


@EACH_FAULT
def test_what_to_type_for_a_fault_is_a_command(metrics: str, alerts: str, verbs: str) -> None:
    typed = re.findall(r"`(?:content-exports )?([a-z][\w -]*)`", verbs)
    assert {words.split()[0] for words in typed} <= {*COMMANDS, "make"}
    assert verbs


def test_no_fault_is_without_a_row() -> None:
    """At least the kinds that directed faults are injected for."""
    assert len(ROWS) >= 15
    assert all(len(row) == 4 for row in ROWS)
