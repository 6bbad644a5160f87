"""Streams and packages of the API, handed on as they come: not gathered, not changed, resumable."""

from __future__ import annotations

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict

from services.console.api_client import API, NO_PARAMETERS, Parameters
from services.console.session import token_of
from shared.http.connection import while_connected
from shared.http.handing_on import HandingOn

_REQUEST_HEADERS = (hdrs.RANGE, hdrs.IF_RANGE, hdrs.IF_MATCH, hdrs.IF_NONE_MATCH, "Last-Event-ID")
_ANSWER_HEADERS = (
    hdrs.ACCEPT_RANGES,
    hdrs.CONTENT_DISPOSITION,
    hdrs.CONTENT_LENGTH,
    hdrs.CONTENT_RANGE,
    hdrs.CONTENT_TYPE,
    hdrs.ETAG,
    hdrs.LAST_MODIFIED,
    hdrs.LOCATION,
    "Repr-Digest",
    "X-Accel-Buffering",
)
_HANDING_ON = web.AppKey("handing_on", HandingOn)


def set_up(app: web.Application) -> None:
    """Streams of events end when the process stops: browsers come back, and go on where they were."""
    app[_HANDING_ON] = HandingOn()
    app[_HANDING_ON].add_to(app)


async def pass_on(
    request: web.Request,
    path: str,
    parameters: Parameters = NO_PARAMETERS,
    *,
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    """Answer with what the API answers at this path, byte by byte; `headers` replace its own. Raises ApiRefused."""
    await token_of(request)  # before the answer has begun
    request_headers = CIMultiDict((name, request.headers[name]) for name in _REQUEST_HEADERS if name in request.headers)
    opened = request.app[API].opened(request, request.method, path, parameters=parameters, headers=request_headers)
    async with while_connected(request), opened as answer:
        out = web.StreamResponse(status=answer.status, headers=passed_headers(answer.headers) | (headers or {}))
        return await request.app[_HANDING_ON].hand_on(request, answer, out, answer.content.readany)


def passed_headers(headers: aiohttp.typedefs.LooseHeaders) -> dict[str, str]:
    """The headers of an answer that are about its bytes."""
    multi = CIMultiDict(headers)
    return {name: multi[name] for name in _ANSWER_HEADERS if name in multi}
