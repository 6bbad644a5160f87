"""The HTTP API, as the person who is signed in: the console has no right of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import aiohttp
import msgspec
from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from services.console.newer_api import decoded
from services.console.session import token_of
from shared.contracts.bodies import ExportAgain
from shared.domain.errors import in_full
from shared.http.edge import ADDRESS, REQUEST_ID
from shared.runtime.http_spans import client_span, describe_answer
from shared.runtime.logs import get_logger
from shared.runtime.span_kinds import SpanKind
from shared.runtime.traces import traceparent

_CONNECT_S, _ANSWER_S = 5.0, 30.0
_LONGEST_ANSWER = 32 << 20  # bytes of JSON

Body = TypeVar("Body")
Parameters = Mapping[str, str]
NO_PARAMETERS: Parameters = MappingProxyType({})


class ApiRefused(Exception):
    """The API answered with an error: its status and its sentence, which are for the person too."""

    def __init__(
        self,
        status: int,
        sentence: str,
        headers: Mapping[str, str],
        *,
        code: str = "",
        export_again: ExportAgain | None = None,
    ) -> None:
        super().__init__(f"HTTP {status}: {sentence}")
        self.status = status
        self.sentence = sentence
        self.code = code
        self.export_again = export_again  # where a package is gone: the request that builds it again
        self.retry_after = headers.get(hdrs.RETRY_AFTER)
        self.request_id = headers.get("X-Request-Id", "")


class ApiAway(Exception):
    """The API did not answer."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A JSON body, and the addresses of its Link header by `rel`."""

    body: bytes
    headers: CIMultiDictProxy[str]
    links: Mapping[str, URL]

    @property
    def next_page(self) -> str:
        """The `page` of the next page of a list; empty where this one is the last."""
        return self.links["next"].query.get("page", "") if "next" in self.links else ""

    def decoded(self, kind: type[Body]) -> Body:
        """The body as a value of this type; fields that it does not name are left out, unknown values of enumerations stay."""
        return decoded(self.body, kind)


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Requests in the name of the person whose request is being answered."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, request: web.Request, path: str, parameters: Parameters = NO_PARAMETERS) -> ApiAnswer:
        """GET a path of the API, such as `/api/v1/courses`. Raises ApiRefused, ApiAway or SignedOut."""
        return await self.send(request, "GET", path, parameters=parameters)

    async def send(
        self,
        request: web.Request,
        method: str,
        path: str,
        *,
        parameters: Parameters = NO_PARAMETERS,
        json: Any = None,
    ) -> ApiAnswer:
        """A request with a JSON body, if any. Raises ApiRefused, ApiAway or SignedOut."""
        headers = CIMultiDict({hdrs.ACCEPT: "application/json"})
        async with self.opened(request, method, path, parameters=parameters, json=json, headers=headers) as answer:
            body = await _whole(answer)
            links = {rel: URL(str(link["url"])) for rel, link in answer.links.items()}
            return ApiAnswer(body, answer.headers, links)

    @asynccontextmanager
    async def opened(
        self,
        request: web.Request,
        method: str,
        path: str,
        *,
        parameters: Parameters = NO_PARAMETERS,
        json: Any = None,
        headers: CIMultiDict[str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer whose body is still to be read, such as a stream or a package. Raises ApiRefused, ApiAway or SignedOut."""
        url = URL(self.url.rstrip("/") + path, encoded=True).update_query(parameters)
        sent = await self._headers(request, headers)
        try:
            with client_span(method, url):
                answer = await self.session.request(method, url, headers=sent, json=json, allow_redirects=False)
                describe_answer(answer.status, SpanKind.CLIENT)
        except (aiohttp.ClientError, TimeoutError) as error:
            get_logger().warning("api_unavailable", reason=in_full(error))
            raise ApiAway from error
        async with answer:
            if answer.status >= 400:
                raise await _refused(answer)
            yield answer

    async def _headers(self, request: web.Request, more: CIMultiDict[str] | None) -> CIMultiDict[str]:
        headers = CIMultiDict(more or {})
        headers[hdrs.AUTHORIZATION] = f"Bearer {await token_of(request)}"
        headers.setdefault(hdrs.ACCEPT_ENCODING, "identity")  # what is handed on is handed on as it came
        headers["X-Request-Id"], headers["X-Forwarded-For"] = request[REQUEST_ID], request[ADDRESS]
        if (here := traceparent()) is not None:
            headers["traceparent"] = here
        return headers


API = web.AppKey("api", ApiClient)


@asynccontextmanager
async def open_api_client(url: str) -> AsyncIterator[ApiClient]:
    """A client of the API at this address. Streams have no time limit of their own."""
    timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S, sock_read=_ANSWER_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        yield ApiClient(url, session)


class _Problem(msgspec.Struct):
    """An error of the API: `errors[0].message` as in Canvas, or `message`."""

    errors: list[dict[str, Any]] | dict[str, Any] | None = None
    message: str = ""
    code: str = ""
    export_again: ExportAgain | None = None


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body. Raises ApiAway for one that is longer than any answer, and for one that ends too early."""
    body = bytearray()
    try:
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > _LONGEST_ANSWER:
                raise ApiAway(f"the answer is longer than {_LONGEST_ANSWER} bytes")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ApiAway from error
    return bytes(body)


async def _refused(answer: aiohttp.ClientResponse) -> ApiRefused:
    body = await _whole(answer)
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    first = problem.errors[0] if isinstance(problem.errors, list) and problem.errors else {}
    sentence = str(first.get("message") or problem.message or answer.reason or "")
    code = str(first.get("error_code") or first.get("code") or problem.code)
    return ApiRefused(answer.status, sentence, answer.headers, code=code, export_again=problem.export_again)
