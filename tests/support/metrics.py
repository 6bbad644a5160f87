"""The metrics of the system."""

from __future__ import annotations

import importlib

from prometheus_client import REGISTRY

_OF_LIBRARIES = {"python", "process", "stamina"}  # whose metrics their own pages describe
_MODULES = (
    "services.janitor.__main__",
    "services.gateway.app",
    "services.gateway.relay",
    "services.loader.__main__",
    "services.notifier.__main__",
    "services.notifier.mail.channel",
    "services.ingest.__main__",
    "services.progress.metrics",
    "shared.http.edge",
    "shared.commands.inbox",
    "shared.worker.loop",
)


def metric_types() -> dict[str, str]:
    """Each metric by its name, as a query has it, with its type; without those of libraries."""
    for module in _MODULES:
        importlib.import_module(module)
    return {
        metric.name + ("_total" if metric.type == "counter" else ""): metric.type
        for metric in REGISTRY.collect()
        if metric.name.partition("_")[0] not in _OF_LIBRARIES
    }
