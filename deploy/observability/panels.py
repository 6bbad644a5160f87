"""Dashboards of Grafana as data: a panel is a title, a unit and queries; where it stands follows from its order.

Source: Grafana 10, "Dashboard JSON model".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT, _COLUMNS = 12, 8, 24
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query, and what its lines are called: `{{label}}` stands for the value of a label."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart over time, or the present value (`stat`). Units are Grafana's: `s`, `bytes`, `short`, `percentunit`."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; `name` is that of its file and of its address."""

    name: str
    title: str
    panels: tuple[Panel, ...]

    def document(self) -> dict[str, Any]:
        """As Grafana imports it; its data source is chosen at the top."""
        return {
            "uid": f"content-exports-{self.name}",
            "title": f"Content Exports / {self.title}",
            "tags": ["content-exports"],
            "timezone": "utc",
            "schemaVersion": 39,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {
                "list": [{"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}]
            },
            "links": [
                {"type": "dashboards", "tags": ["content-exports"], "title": "Content Exports", "asDropdown": True}
            ],
            "panels": [_document(number, panel) for number, panel in enumerate(self.panels)],
        }


def chart(title: str, unit: str, *queries: tuple[str, str], description: str = "") -> Panel:
    """A chart of (expression, legend) pairs."""
    return Panel(title, unit, tuple(Query(*each) for each in queries), description=description)


def stat(title: str, unit: str, expr: str, legend: str = "") -> Panel:
    """The present value of one expression."""
    return Panel(title, unit, (Query(expr, legend),), "stat")


def quantiles(metric: str, by: str, levels: Sequence[float] = (0.5, 0.99)) -> tuple[tuple[str, str], ...]:
    """Queries of quantiles of a histogram, by a label."""
    rate = f"sum by (le, {by}) (rate({metric}_bucket[5m]))"
    return tuple((f"histogram_quantile({each}, {rate})", f"{{{{{by}}}}} p{each * 100:g}") for each in levels)


def _document(number: int, panel: Panel) -> dict[str, Any]:
    per_row = _COLUMNS // _WIDTH
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {"x": number % per_row * _WIDTH, "y": number // per_row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": each.expr, "legendFormat": each.legend}
            for place, each in enumerate(panel.queries)
        ],
    }
