"""`make status`: what each process says of itself, and what waits."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.verbs.targets import VerbTarget

_DAY_S = 86_400
_FIGURES = (  # metric, what it is called, unit
    ("content_exports_unfinished", "exports that wait or run", ""),
    ("content_exports_unfinished_oldest_seconds", "the oldest of them", "s"),
    ("content_exports_outbox_messages", "messages that wait for RabbitMQ", ""),
    ("content_exports_outbox_oldest_seconds", "the oldest of them", "s"),
    ("content_exports_commands_oldest_seconds", "the oldest command in work", "s"),
    ("content_exports_notifications_oldest_due_seconds", "the oldest notification that is due", "s"),
    ("content_exports_worker_paused", "workers that take no work", ""),
    ("content_exports_store_free_bytes", "free in the store", "B"),
)
_OF_EACH = {"content_exports_commands_oldest_seconds", "content_exports_worker_paused"}  # of several processes


def status(target: VerbTarget, public_url: str = "") -> tuple[list[str], bool]:
    """The lines of a status, and whether all processes are ready."""
    metrics: dict[str, list[Metric]] = {}
    lines, well = [], True
    for process in target.processes():
        text = target.fetch(process, "/metrics")
        ready = text is not None and target.fetch(process, "/readyz") is not None
        well = well and ready
        own = list(text_string_to_metric_families(text)) if text else []
        metrics[process] = own
        state = "ready" if ready else "does not answer" if text is None else "not ready"
        lines.append(f"{process:<12} {state:<16} {_version(own)}".rstrip())
    lines += _figures(metrics)
    if urlsplit(public_url).scheme == "https":
        lines.append(f"certificate  {_certificate(public_url)}")
    return lines, well


def _version(metrics: Iterable[Metric]) -> str:
    versions = [sample.labels["version"] for sample in _samples(metrics, "content_exports_build_info")]
    return versions[0] if versions else ""


def _figures(metrics: Mapping[str, list[Metric]]) -> Iterator[str]:
    for name, called, unit in _FIGURES:
        for service, own in metrics.items():
            of = f", {service}" if name in _OF_EACH else ""
            for sample in (each for each in _samples(own, name) if each.value or not each.labels):
                labels = " ".join(sample.labels.values())
                yield f"{called}{of}: {sample.value:,.0f}{' ' if unit else ''}{unit} {labels}".rstrip()


def _samples(metrics: Iterable[Metric], name: str) -> Iterator[Sample]:
    return (sample for metric in metrics for sample in metric.samples if sample.name == name)


def _certificate(url: str) -> str:
    """For how many days the certificate of a server is valid, or why nobody knows."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = str((secure.getpeercert() or {}).get("notAfter", ""))
    except OSError as error:
        return f"of {host} cannot be checked: {error}"
    return f"of {host} is valid for {(ssl.cert_time_to_seconds(ends) - time.time()) / _DAY_S:.0f} days"


def lines_of(log: str, export: str) -> list[str]:
    """The lines of a log; those of one export alone, where one is named."""
    fields = (f'"export_id": {export}', f'"export_id":{export}')
    lines = log.splitlines()
    if not export:
        return lines
    return [line for line in lines if any(f"{each}{end}" in line for each in fields for end in (",", "}"))]
