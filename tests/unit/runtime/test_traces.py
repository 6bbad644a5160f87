"""Traces go where somebody takes them, and cost nothing where nobody does."""

from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from typing import ClassVar

import pytest
import structlog

from shared.runtime.traces import add_attributes, close_traces, set_up_traces, span, traceparent


class _Collector(http.server.BaseHTTPRequestHandler):
    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[str]:
    _Collector.taken.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_where_no_collector_is_named_nothing_is_made() -> None:
    set_up_traces("zip-worker", None)
    assert isinstance(span("export zip", attributes={"export_id": 1}), nullcontext)
    with span("export zip"):
        add_attributes({"outcome": "exported"})
        assert traceparent() is None


def test_spans_reach_the_collector_with_the_service_and_log_lines_name_their_trace(collector: str) -> None:
    set_up_traces("zip-worker", f"{collector}/")
    try:
        with span("export zip", attributes={"export_id": 7}):
            reported = traceparent()
            bound = structlog.contextvars.get_contextvars()["trace_id"]
        assert "trace_id" not in structlog.contextvars.get_contextvars()
    finally:
        close_traces()
    assert reported is not None
    assert reported.split("-")[1] == bound
    ((path, body),) = _Collector.taken
    assert path == "/v1/traces"
    assert b"zip-worker" in body
    assert b"export zip" in body
    assert bytes.fromhex(bound) in body
    assert traceparent() is None, "once closed, no more spans are made"


def test_a_collector_without_the_extra_ends_the_process_with_a_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shared.runtime.otlp", None)
    with pytest.raises(SystemExit) as ended:
        set_up_traces("zip-worker", "http://collector:4318")
    assert ended.value.code == 78
    assert capsys.readouterr().err.startswith("OTEL_EXPORTER_OTLP_ENDPOINT: needs the extra `traces`")
