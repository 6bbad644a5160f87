"""Traces: spans from the request to the finished package, where somebody takes them; otherwise nothing, at no cost."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Value = str | int | float | bool


class Tracing(Protocol):
    """Whoever makes spans."""

    def span(self, name: str, parent: str | None, attributes: dict[str, Value]) -> AbstractContextManager[None]:
        """A span for as long as the block lasts; below `parent`, a traceparent, or else below the current span."""
        ...

    def note(self, attributes: dict[str, Value]) -> None:
        """Say more of the current span."""
        ...

    def traceparent(self) -> str | None:
        """The current span, as W3C Trace Context writes it."""
        ...

    def close(self) -> None:
        """Send what has not been sent."""
        ...


class _Use:
    tracing: Tracing | None = None


_NOTHING = nullcontext()


def use(tracing: Tracing | None) -> None:
    """Have spans made from now on, or none."""
    _Use.tracing = tracing


def set_up_traces(service: str, endpoint: str | None) -> None:
    """Send spans to a collector (OTLP over HTTP), where one is named. Ends the process where that is not installed."""
    if endpoint is None:
        return
    try:
        from shared.runtime.otlp import collected_by  # noqa: PLC0415  (an extra: not everywhere)
    except ImportError as error:
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        print(f"{name}: needs the extra `traces`: pip install '.[traces]'", file=sys.stderr)  # noqa: T201  (as for settings)
        raise SystemExit(78) from error  # EX_CONFIG of sysexits.h
    use(collected_by(service, endpoint))


def close_traces() -> None:
    """Send what has not been sent; no more spans are made."""
    tracing = _Use.tracing
    use(None)
    if tracing is not None:
        tracing.close()


def span(name: str, parent: str | None = None, **attributes: Value) -> AbstractContextManager[None]:
    """A span for as long as the block lasts; an error that leaves it is recorded. Log lines of the block name its trace."""
    return _NOTHING if _Use.tracing is None else _Use.tracing.span(name, parent, attributes)


def note(**attributes: Value) -> None:
    """Say more of the current span."""
    if _Use.tracing is not None:
        _Use.tracing.note(attributes)


def traceparent() -> str | None:
    """The current span for whoever goes on with its work elsewhere; None where no spans are made."""
    return None if _Use.tracing is None else _Use.tracing.traceparent()
