"""Which panels of the dashboards show nothing."""

from __future__ import annotations

from collections.abc import Collection

from deploy.observability.dashboards import DASHBOARDS
from tests.support.prometheus import Prometheus

# What has not happened in a system that is well, or needs another kind of work than an export.
QUIET = {"Attempts that do not succeed, an hour", "Commands, a minute", "Delay of events on streams"}


def empty_panels(watching: Prometheus, elsewhere: Collection[str] = ()) -> list[str]:
    """Queries without a series, but for quiet panels, and those with metrics of such prefixes, which nobody exports here."""
    return [
        f"{panel.title}: {query.expr}"
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        if panel.title not in QUIET
        for query in panel.queries
        if not any(prefix in query.expr for prefix in elsewhere) and not watching.values(query.expr)
    ]
