"""Spans that were recorded in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime.otlp import OpenTelemetry
from shared.runtime.traces import close_traces, use

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"  # of a caller that began a trace


@contextmanager
def recorded() -> Iterator[InMemorySpanExporter]:
    """The spans of this process during the block, kept in memory."""
    kept = InMemorySpanExporter()
    use(OpenTelemetry("test", SimpleSpanProcessor(kept)))
    try:
        yield kept
    finally:
        close_traces()


def by_name(kept: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """The latest span of each name, of which the part with braces is left out."""
    return {span.name.partition("{")[0]: span for span in kept.get_finished_spans()}


def parent_of(span: ReadableSpan) -> str:
    """The id of the parent; empty without one."""
    return f"{span.parent.span_id:016x}" if span.parent else ""


def id_of(span: ReadableSpan) -> str:
    """The id of a span, as its children have it."""
    return f"{span.context.span_id:016x}"


def attribute(span: ReadableSpan, name: str) -> Any:
    """An attribute of a span. Raises KeyError without it."""
    return (span.attributes or {})[name]


def without_statements(kept: InMemorySpanExporter) -> list[ReadableSpan]:
    """The spans but those of the database, whose number depends on when a pool has opened its connections."""
    return [each for each in kept.get_finished_spans() if each.name != "batch" and not is_statement(each)]


def is_statement(span: ReadableSpan) -> bool:
    """Whether a span is that of a statement of the database."""
    return "db.system.name" in (span.attributes or {})
