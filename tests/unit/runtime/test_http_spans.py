"""The status of a span of HTTP. Source: OpenTelemetry, "Semantic conventions for HTTP spans", Status."""

from __future__ import annotations

import pytest
from opentelemetry.trace import StatusCode
from yarl import URL

from shared.runtime.http_spans import client_span, describe_answer, server_span
from shared.runtime.span_kinds import SpanKind
from shared.runtime.traces import span
from tests.support.spans import attribute, recorded


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        (SpanKind.SERVER, 404, StatusCode.UNSET),
        (SpanKind.SERVER, 500, StatusCode.ERROR),
        (SpanKind.CLIENT, 302, StatusCode.UNSET),
        (SpanKind.CLIENT, 400, StatusCode.ERROR),
        (SpanKind.CLIENT, 503, StatusCode.ERROR),
    ],
)
def test_an_answer_of_4xx_is_an_error_of_the_client_and_not_of_the_server(
    kind: SpanKind, status: int, expected: StatusCode
) -> None:
    with recorded() as spans, span("GET", kind=kind):
        describe_answer(status, kind)
    (kept,) = spans.get_finished_spans()
    assert kept.status.status_code is expected
    assert attribute(kept, "http.response.status_code") == status
    assert ("error.type" in (kept.attributes or {})) is (expected is StatusCode.ERROR)


def test_a_request_to_this_process_is_named_by_its_method_and_the_template_of_its_route() -> None:
    with recorded() as spans, server_span("GET", "/courses/{id}", None, (), {"url.path": "/courses/7"}):
        pass
    (kept,) = spans.get_finished_spans()
    assert (kept.name, kept.kind.name) == ("GET /courses/{id}", "SERVER")
    assert dict(kept.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/courses/{id}",
        "url.path": "/courses/7",
    }


def test_a_request_to_another_server_has_its_address() -> None:
    with recorded() as spans, client_span("POST", URL("https://host/path")):
        describe_answer(204, SpanKind.CLIENT)
    (kept,) = spans.get_finished_spans()
    assert (kept.name, kept.kind.name) == ("POST", "CLIENT")
    assert dict(kept.attributes or {}) == {
        "http.request.method": "POST",
        "http.response.status_code": 204,
        "server.address": "host",
        "server.port": 443,
        "url.full": "https://host/path",
    }


def test_a_method_that_http_does_not_have_is_another_one() -> None:
    with recorded() as spans, server_span("BREW", None, None, (), {}):
        pass
    (kept,) = spans.get_finished_spans()
    assert kept.name == "HTTP"
    assert dict(kept.attributes or {}) == {"http.request.method": "_OTHER", "http.request.method_original": "BREW"}


def test_the_query_and_the_password_of_a_url_are_in_no_span() -> None:
    with recorded() as spans, client_span("GET", URL("http://ada:word@host:81/path?token=secret")):
        pass
    (kept,) = spans.get_finished_spans()
    assert attribute(kept, "url.full") == "http://host:81/path"
