"""Tracing by OpenTelemetry. Needs the extra `traces`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, StatusCode, format_trace_id, get_current_span
from opentelemetry.trace import SpanKind as KindOfLibrary
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from shared.runtime.span_kinds import Errors, SpanKind

_TIMEOUT_S = 5.0
_CONTEXT = TraceContextTextMapPropagator()
_KINDS = {kind: KindOfLibrary[kind.name] for kind in SpanKind}


class OpenTelemetry:
    """Tracing of one process: spans are handed to a processor when they end."""

    def __init__(self, service: str, processor: SpanProcessor) -> None:
        """`service` is the name of the process in its spans."""
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("content-exports")

    @contextmanager
    def span(
        self,
        name: str,
        parent: str | None,
        kind: SpanKind,
        expected: Errors,
        attributes: Mapping[str, AttributeValue],
    ) -> Iterator[None]:
        """As in Tracing; an invalid traceparent is ignored, and the span begins a trace of its own."""
        above = _CONTEXT.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, above, _KINDS[kind], attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            trace_id = format_trace_id(span.get_span_context().trace_id)
            with structlog.contextvars.bound_contextvars(trace_id=trace_id), _errors_of(span, expected):
                yield

    def add_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """As in Tracing."""
        get_current_span().set_attributes(attributes)

    def fail(self, error_type: str) -> None:
        """As in Tracing."""
        get_current_span().set_attribute("error.type", error_type)
        get_current_span().set_status(StatusCode.ERROR)

    def traceparent(self) -> str | None:
        """As in Tracing."""
        carrier: dict[str, str] = {}
        _CONTEXT.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        """As in Tracing."""
        self._provider.shutdown()


@contextmanager
def _errors_of(span: Span, expected: Errors) -> Iterator[None]:
    """Record an error that leaves the block. A cancelled task is no error, nor is one of `expected`."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, expected):
            span.record_exception(error)
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
        raise


def collected_by(service: str, endpoint: str) -> OpenTelemetry:
    """Tracing that sends spans to a collector, in batches, from a thread. `endpoint` is the URL without /v1/traces."""
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_S)
    return OpenTelemetry(service, BatchSpanProcessor(exporter))
