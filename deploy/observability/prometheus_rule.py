"""`python -m deploy.observability.prometheus_rule`: writes alerts.yaml as a PrometheusRule for the Prometheus Operator."""

from __future__ import annotations

from pathlib import Path

from deploy.stack.checkout import ROOT

ALERTS = Path(__file__).parent / "alerts.yaml"
RULE = ROOT / "deploy" / "cluster" / "components" / "monitoring" / "alerts.yaml"
_HEAD = """# Written by `python -m deploy.observability.prometheus_rule` from deploy/observability/alerts.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: content-exports
spec:
"""


def rendered() -> str:
    """The text of the file: the same groups, further in."""
    lines = ALERTS.read_text(encoding="utf-8").splitlines()
    body = lines[lines.index("groups:") :]
    return _HEAD + "".join(f"  {line}\n" if line else "\n" for line in body)


if __name__ == "__main__":
    RULE.write_text(rendered(), encoding="utf-8")
