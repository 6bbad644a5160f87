"""The words of spans: their kinds, the values of their attributes, the errors that are expected."""

from __future__ import annotations

from enum import Enum

Value = str | int | float | bool
Errors = tuple[type[BaseException], ...]


class SpanKind(Enum):
    """What a span is to other processes. Source: OpenTelemetry, "Tracing API", SpanKind; the names are the same."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
