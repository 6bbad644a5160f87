"""Prometheus beside the whole system: no panel of a dashboard is empty, and no alert fires on a normal day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.stack.child_processes import wait_until
from deploy.stack.service_processes import SERVICES
from tests.support.client import Client
from tests.support.dashboards import empty_panels
from tests.support.prometheus import program, prometheus
from tests.support.stack import Stack
from tests.unit.deploy.test_observability import PLACE

ELSEWHERE = ("rabbitmq_", "probe_")  # the broker of the tests has no plugin for metrics


def scraping(stack: Stack) -> dict[str, Any]:
    """The configuration of a Prometheus that scrapes the stack each second."""
    targets = [stack.system.processes.ops_url(each.name).removeprefix("http://") for each in SERVICES]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s", "external_labels": {"runbooks": "https://r"}},
        "rule_files": [str(PLACE / "alerts.yaml")],
        "scrape_configs": [{"job_name": "content-exports", "static_configs": [{"targets": targets}]}],
    }


@pytest.mark.timeout(300)
def test_no_panel_is_empty_and_no_alert_fires_while_all_is_well(
    stack: Stack, admin: Client, sample: int, tmp_path: Path
) -> None:
    program("prometheus")
    with prometheus(scraping(stack), tmp_path) as watching:
        assert wait_until(lambda: len(watching.values("up == 1")) == len(SERVICES), 30, pause_s=0.2)
        for export_type in ("common_cartridge", "qti", "zip"):
            done = admin.exported(sample, export_type)
            httpx2.get(done["attachment"]["url"], trust_env=False)

        wait_until(lambda: not empty_panels(watching, ELSEWHERE), 40, pause_s=1.0)
        assert empty_panels(watching, ELSEWHERE) == []
        states = watching.states()
        assert len(states) > 10
        assert set(states.values()) <= {"inactive", "pending"}
