"""What the workers measure of exports: how they end, how long they wait and take, how large they are, what they warn of."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import product

from prometheus_client import Counter, Histogram

from shared.domain.export import ContentExport, ExportType
from shared.domain.report import ItemWarning
from shared.runtime.traces import exemplar

_TYPE = ("export_type",)
_TIMES = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800)
_MIB = 1024 * 1024

_ENDS = Counter(
    "content_exports_attempts_total",
    "Attempts by how they ended: exported, failed (with its code), handed_back, left (another attempt has it, or it was cancelled)",
    ["export_type", "outcome", "code"],
)
# A counter that begins with its first count shows Prometheus no increase: these begin at 0, for the alerts.
for _type, _end in product(
    ExportType, (("exported", ""), ("failed", "internal_error"), ("failed", "verification_failed"))
):
    _ENDS.labels(_type, *_end)

_ATTEMPT = Histogram(
    "content_exports_attempt_seconds", "The attempts that made their exports exported", _TYPE, buckets=_TIMES
)
_WAIT = Histogram(
    "content_exports_queue_wait_seconds",
    "From the request to the beginning of its first attempt",
    _TYPE,
    buckets=_TIMES,
)
_WHOLE = Histogram(
    "content_exports_end_to_end_seconds",
    "From the request to the end of exports that ended exported",
    _TYPE,
    buckets=_TIMES,
)
_BYTES = Histogram(
    "content_exports_package_bytes",
    "The packages of an export together",
    _TYPE,
    buckets=[mib * _MIB for mib in (0.01, 0.1, 1, 10, 100, 1024, 10_240, 102_400)],
)
_WARNINGS = Counter(
    "content_exports_warnings_total", "Warnings in reports of exported exports", ["export_type", "code"]
)


def began(export: ContentExport) -> None:
    """An attempt begins; only the first one ends the wait of its export."""
    if export.attempt == 1:
        _WAIT.labels(export.export_type).observe(_age(export), exemplar())


def ended(export: ContentExport, outcome: str, code: str = "") -> None:
    """An attempt has ended, in any way."""
    _ENDS.labels(export.export_type, outcome, code).inc()


def exported(export: ContentExport, seconds: float, size: int, warnings: Iterable[ItemWarning]) -> None:
    """An attempt of `seconds` has made its export exported, with packages of `size` bytes in all."""
    _ATTEMPT.labels(export.export_type).observe(seconds, exemplar())
    _WHOLE.labels(export.export_type).observe(_age(export), exemplar())
    _BYTES.labels(export.export_type).observe(size, exemplar())
    for warning in warnings:
        _WARNINGS.labels(export.export_type, warning.code).inc()


def _age(export: ContentExport) -> float:
    """Seconds since the request. The database has another clock, which may be a little ahead of ours."""
    return max(0.0, time.time() - export.created_at.timestamp())
