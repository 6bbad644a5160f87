"""Traces: spans from the request to the finished package. Without a collector nothing is recorded, at no cost."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from shared.runtime.span_kinds import Errors, SpanKind, Value


class Tracing(Protocol):
    """A recorder of spans."""

    def span(
        self, name: str, parent: str | None, kind: SpanKind, expected: Errors, attributes: dict[str, Value]
    ) -> AbstractContextManager[None]:
        """A span that lasts as long as the block. Its parent is `parent`, a traceparent, or else the current span.

        An error that leaves the block is the span's, unless it is one of `expected`.
        """
        ...

    def add_attributes(self, attributes: dict[str, Value]) -> None:
        """Add attributes to the current span."""
        ...

    def fail(self, error_type: str) -> None:
        """Mark the current span as failed."""
        ...

    def traceparent(self) -> str | None:
        """The identifier of the current span in the form of W3C Trace Context."""
        ...

    def close(self) -> None:
        """Send the spans that have not been sent."""
        ...


class _Current:  # a holder, so that functions can replace it without `global`
    tracing: Tracing | None = None


NO_SPAN = nullcontext()  # one for all calls: without a collector a span must cost nothing


def use(tracing: Tracing | None) -> None:
    """Record spans with `tracing` from now on; None: record none."""
    _Current.tracing = tracing


def set_up_traces(service: str, endpoint: str | None) -> None:
    """Send spans to the collector at `endpoint` (OTLP over HTTP); None: record none.

    Ends the process with exit code 78 if the extra `traces` is not installed.
    """
    if endpoint is None:
        return
    try:
        from shared.runtime.otlp import collected_by  # noqa: PLC0415  (an extra: it may be missing)
    except ImportError as error:
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        print(f"{name}: needs the extra `traces`: pip install '.[traces]'", file=sys.stderr)  # noqa: T201  (as for settings)
        raise SystemExit(78) from error  # EX_CONFIG of sysexits.h
    use(collected_by(service, endpoint))


def close_traces() -> None:
    """Stop recording, and send the spans that have not been sent."""
    tracing = _Current.tracing
    use(None)
    if tracing is not None:
        tracing.close()


def recording() -> bool:
    """Whether spans are recorded: what costs more than a call to describe is described only then."""
    return _Current.tracing is not None


def span(
    name: str,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    expected: Errors = (),
    attributes: dict[str, Value] | None = None,
) -> AbstractContextManager[None]:
    """A span that lasts as long as the block and records its error, unless it is one of `expected`.

    Log lines of the block have its trace_id.
    """
    if _Current.tracing is None:
        return NO_SPAN
    return _Current.tracing.span(name, parent, kind, expected, attributes or {})


def add_attributes(attributes: dict[str, Value]) -> None:
    """Add attributes to the current span."""
    if _Current.tracing is not None:
        _Current.tracing.add_attributes(attributes)


def fail(error_type: str) -> None:
    """Mark the current span as failed. `error_type` is of few values: a class, a code, a status."""
    if _Current.tracing is not None:
        _Current.tracing.fail(error_type)


def exemplar() -> dict[str, str] | None:
    """The trace of the current span, as the exemplar of a measured value; None while no spans are recorded.

    Source: OpenMetrics 1.0, "Exemplars": labels of at most 128 characters in all.
    """
    here = traceparent()
    return None if here is None else {"trace_id": here.split("-")[1]}


def traceparent() -> str | None:
    """The current span, for a process that continues its work; None while no spans are recorded."""
    return None if _Current.tracing is None else _Current.tracing.traceparent()
