"""The status of a span of HTTP. Source: OpenTelemetry, "Semantic conventions for HTTP spans", Status."""

from __future__ import annotations

import pytest
from opentelemetry.trace import StatusCode
from yarl import URL

from shared.runtime.http_spans import client_span, describe_answer
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


def test_the_query_and_the_password_of_a_url_are_in_no_span() -> None:
    with recorded() as spans, client_span("GET", URL("http://ada:word@host:81/path?token=secret")):
        pass
    (kept,) = spans.get_finished_spans()
    assert attribute(kept, "url.full") == "http://host:81/path"
