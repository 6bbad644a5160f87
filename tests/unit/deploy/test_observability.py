"""Alerts, dashboards and the runbook against each other, and against the metrics of the code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability.dashboards import DASHBOARDS, FOLDER, rendered
from deploy.observability.panels import Dashboard
from deploy.stack.checkout import ROOT
from deploy.stack.service_processes import APIS, SERVICES
from tests.support.metrics import metric_types
from tests.support.prometheus import program

PLACE = ROOT / "deploy" / "observability"
RUNBOOK = ROOT / "deploy" / "runbook"
SAMPLES = ROOT / "tests" / "data" / "alerts"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PLACE / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
NAMES = [rule["alert"] for rule in ALERTS]
OTHERS = ("rabbitmq_", "probe_", "process_")  # of the broker, the blackbox exporter, and the client library
EACH_ALERT = pytest.mark.parametrize("alert", ALERTS, ids=NAMES)


def page_of(alert: dict[str, Any]) -> Path:
    """The page of the runbook that an alert leads to."""
    return RUNBOOK / alert["annotations"]["runbook_url"].removeprefix("{{ $externalLabels.runbooks }}/")


def unknown_metrics(expression: str) -> set[str]:
    """The metrics of an expression that no code of ours has."""
    names = set(re.findall(r"\b((?:content_exports|rabbitmq|probe|process)_\w+)", re.sub(r'"[^"]*"', '""', expression)))
    known = metric_types()
    series = {
        f"{name}{suffix}"
        for name, kind in known.items()
        if kind == "histogram"
        for suffix in ("_bucket", "_sum", "_count")
    }
    return {name for name in names - set(known) - series if not name.startswith(OTHERS)}


@EACH_ALERT
def test_an_alert_asks_for_metrics_that_exist(alert: dict[str, Any]) -> None:
    assert unknown_metrics(alert["expr"]) == set()
    assert re.search("content[_-]exports", alert["expr"]), "of this system"


@EACH_ALERT
def test_an_alert_says_how_urgent_it_is_and_leads_to_a_page_of_the_runbook(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert {"summary", "description"} <= set(alert["annotations"])
    headings = re.findall(r"^## (.+)$", page_of(alert).read_text(), re.MULTILINE)
    assert headings == ["What it means", "What to look at", "What to type"]


@EACH_ALERT
def test_an_alert_has_samples_that_it_fires_for_and_samples_that_it_is_silent_for(alert: dict[str, Any]) -> None:
    tests = yaml.safe_load((SAMPLES / page_of(alert).with_suffix(".yaml").name).read_text())["tests"]
    expected = {(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]}
    assert expected == {(alert["alert"], False), (alert["alert"], True)}


def test_the_runbook_lists_every_alert_with_its_page() -> None:
    listed = re.findall(
        r"^\| `(\w+)` \| \[[\w-]+\]\(([\w-]+\.md)\) \|$", (RUNBOOK / "README.md").read_text(), re.MULTILINE
    )
    assert dict(listed) == {alert["alert"]: page_of(alert).name for alert in ALERTS}


def test_every_alert_fires_for_its_fault_and_is_silent_on_a_normal_day() -> None:
    files = sorted(map(str, SAMPLES.glob("*.yaml")))
    promtool = program("promtool")
    for words in (["check", "rules", str(PLACE / "alerts.yaml")], ["test", "rules", *files]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_scrapes_every_process_once_on_its_operators_port() -> None:
    jobs = yaml.safe_load((PLACE / "prometheus.yaml").read_text())["scrape_configs"]
    targets = [target for job in jobs for target in job["static_configs"][0]["targets"]]
    expected = [f"{service.name}:{8081 if service.name in APIS else 8080}" for service in SERVICES]
    assert sorted(targets) == sorted([*expected, "rabbitmq:15692", "https://proxy/healthz"])


def test_the_alert_of_a_missing_process_knows_every_process() -> None:
    (alert,) = (rule for rule in ALERTS if rule["alert"] == "ContentExportsProcessMissing")
    names = {"cartridge": "common_cartridge-worker", "qti": "qti-worker", "zip": "zip-worker"}
    expected = {names.get(service.name, service.name) for service in SERVICES}
    assert set(re.findall(r'service="([\w-]+)"', alert["expr"])) == expected


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_dashboard_asks_for_metrics_that_exist(dashboard: Dashboard) -> None:
    assert unknown_metrics(" ".join(query.expr for panel in dashboard.panels for query in panel.queries)) == set()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_the_file_of_a_dashboard_is_what_the_code_writes(dashboard: Dashboard) -> None:
    text = (FOLDER / f"{dashboard.name}.json").read_text()
    assert text == rendered(dashboard), "run python -m deploy.observability.dashboards"
    assert len({panel["title"] for panel in json.loads(text)["panels"]}) == len(dashboard.panels)


def test_an_unknown_metric_would_be_noticed() -> None:
    assert unknown_metrics("rate(content_exports_imagined_total[5m])") == {"content_exports_imagined_total"}
