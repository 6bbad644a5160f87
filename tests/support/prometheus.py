"""Programs of Prometheus, for tests of what watches the system; and a running one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from deploy.stack.ports import LOOPBACK, free_port


def program(name: str) -> str:
    """The path of `promtool`, `prometheus` or `blackbox_exporter`; skips the test where it is not installed.

    A variable of the environment with the name in capitals comes first.
    """
    path = installed(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus, or set {name.upper()}")
    return path


def installed(name: str) -> str | None:
    """The same; None where it is not installed."""
    return os.environ.get(name.upper()) or shutil.which(name) or shutil.which(f"prometheus-{name.replace('_', '-')}")


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def values(self, expression: str) -> list[Any]:
        """The present series of an expression; none while Prometheus starts."""
        try:
            answer = httpx2.get(f"{self.url}/api/v1/query", params={"query": expression}, trust_env=False).json()
        except (httpx2.TransportError, ValueError):
            return []
        assert answer["status"] == "success", (expression, answer)
        return list(answer["data"]["result"])

    def states(self) -> dict[str, str]:
        """The state of each alert: `inactive`, `pending` or `firing`; `unhealthy` where its expression fails."""
        groups = httpx2.get(f"{self.url}/api/v1/rules", trust_env=False).json()["data"]["groups"]
        return {
            rule["name"]: "unhealthy" if rule["health"] == "err" else rule["state"]
            for group in groups
            for rule in group["rules"]
        }

    def firing(self) -> set[str]:
        """The alerts that fire."""
        return {name for name, state in self.states().items() if state in ("firing", "unhealthy")}

    def labels(self, alert: str) -> list[dict[str, str]]:
        """The labels of each firing series of an alert."""
        series = self.values(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')
        return [each["metric"] for each in series]


@contextmanager
def prometheus(config: Mapping[str, Any], folder: Path) -> Iterator[Prometheus]:
    """A Prometheus with this configuration during the block; its data and log are in the folder."""
    (folder / "prometheus.yml").write_text(yaml.safe_dump(dict(config)))
    address = f"{LOOPBACK}:{free_port()}"
    words = [
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen([program("prometheus"), *words], stderr=log) as process:
        try:
            yield Prometheus(f"http://{address}")
        finally:
            process.terminate()
