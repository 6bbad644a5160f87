"""What the progress service answers, under the gateway's own address: one base URL serves a client."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from shared.domain.errors import in_full
from shared.http.answers import not_found, unavailable
from shared.http.bodies import has_body
from shared.http.connection import while_connected
from shared.http.edge import ADDRESS, REQUEST_ID
from shared.http.handing_on import EVENTS, LINES, HandingOn
from shared.http.polling import wait_s
from shared.http.urls import EXPORTS, LOG, SUFFIX, base_url
from shared.runtime.http_spans import client_span, describe_answer
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.runtime.span_kinds import SpanKind
from shared.runtime.traces import traceparent

_HOP_BY_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
    ]
)
_OURS_TO_SAY = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-port"}
)  # to the service behind, not the client's

_ANSWER_S = (
    10.0  # how long the progress service may take to begin to answer, or to go on with an answer that has an end
)
_SILENT_COMMENTS = 3  # comment lines that a stream may leave out until it counts as broken

_DOT_SEGMENTS = frozenset({".", ".."})  # a part of a path that a server behind may resolve (RFC 3986, 5.2.4)


@dataclass(slots=True)
class Forward:
    """A reverse proxy to the progress service, streams included."""

    settings: Settings
    session: aiohttp.ClientSession
    _handing_on: HandingOn = field(default_factory=HandingOn)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        progress = "/api/v1/progress/{id:[0-9]+}"
        app.router.add_get(progress + SUFFIX, self.forward)
        app.router.add_post(progress + "/cancel" + SUFFIX, self.forward)
        app.router.add_get(progress + "/events" + SUFFIX, self.forward)
        app.router.add_get(EXPORTS + "/events" + SUFFIX, self.forward)
        app.router.add_get(LOG + SUFFIX, self.forward)
        self._handing_on.add_to(app)

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Hand the request on and the answer back, as it comes."""
        if request.match_info.get("context_id") in _DOT_SEGMENTS:
            raise not_found()
        body = await request.read() if has_body(request) else None
        async with while_connected(request), await self._ask(request, body) as answer:
            return await self._hand_back(request, answer)

    async def _ask(self, request: web.Request, body: bytes | None) -> aiohttp.ClientResponse:
        url = URL(self.settings.progress_url + request.rel_url.raw_path_qs, encoded=True)  # to the letter
        try:
            with client_span(request.method, url):
                async with asyncio.timeout(_ANSWER_S + wait_s(request)):
                    answer = await self.session.request(
                        request.method, url, headers=self._headers(request), data=body, allow_redirects=False
                    )
                describe_answer(answer.status, SpanKind.CLIENT)
                return answer
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            get_logger().warning("progress_unavailable", reason=in_full(error))
            raise unavailable("The progress service does not answer.") from error

    async def _next_chunk(self, answer: aiohttp.ClientResponse) -> bytes:
        """The next bytes; none at the end. Raises TimeoutError where the service is frozen: it sends comments to streams."""
        if answer.content_type == LINES:
            return await answer.content.readany()
        silent = answer.content_type == EVENTS
        async with asyncio.timeout(_SILENT_COMMENTS * self.settings.sse_comment_s if silent else _ANSWER_S):
            return await answer.content.readany()

    def _headers(self, request: web.Request) -> CIMultiDict[str]:
        """Those of the request, but for what is between two neighbours; its body goes on as it came, compressed too."""
        headers = CIMultiDict((k, v) for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP | _OURS_TO_SAY)
        scheme, _, host = base_url(request, self.settings).partition("://")
        headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"] = scheme, host
        headers["X-Forwarded-For"], headers["X-Request-Id"] = request[ADDRESS], request[REQUEST_ID]
        if (here := traceparent()) is not None:
            headers["traceparent"] = here
        return headers

    async def _hand_back(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        out = web.StreamResponse(status=answer.status, reason=answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                out.headers.add(name, value)
        out.content_length = answer.content_length
        return await self._handing_on.hand_on(request, answer, out, partial(self._next_chunk, answer))
