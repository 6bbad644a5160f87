"""A client of the HTTP API, with the requests that the commands need."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from services.cli.errors import Refused, Unreachable

TIMEOUT_S = 30.0
SILENCE_S = 45.0  # three comment lines of an event stream are missing: the connection is dead
STORED_S = 300.0  # after its last byte, an upload is put together in the store
TRIES = 4
PAUSE_S = 0.5  # wait before the second try; doubles with each further one

Json = dict[str, Any]


class Api:
    """A client of one server. Raises Refused for error responses, Unreachable if the server does not respond."""

    def __init__(self, url: str, token: str, transport: httpx2.BaseTransport | None = None) -> None:
        """`url` is scheme, host and port."""
        self._client = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "content-exports"},
            timeout=TIMEOUT_S,
            follow_redirects=True,
            transport=transport,
        )
        self.url = url

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, context_path: str, parameters: Mapping[str, Any], key: str = "") -> Json:
        """Create an export of `/api/v1/courses/1`. Retries share an idempotency key: one export at most."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._json("POST", f"{context_path}/content_exports", json=parameters, headers=headers)

    def get(self, path: str) -> Json:
        """A JSON object."""
        return self._json("GET", path)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """The object that a request which may be repeated responds with, such as DELETE of an export."""
        return self._json(method, path, json=dict(body or {}))

    def send_for_rows(self, path: str, body: Mapping[str, Any]) -> list[Json]:
        """The array that a POST which may be repeated responds with."""
        rows: list[Json] = self._decoded(self._request("POST", path, json=dict(body)))
        return rows

    def send_once(self, method: str, path: str, body: Mapping[str, Any]) -> Json:
        """The object that a request responds with which must not be repeated, since each repetition would add one."""
        decoded: Json = self._decoded(self._request(method, path, tries=1, json=dict(body)))
        return decoded

    def upload(self, path: str, content: Iterator[bytes], size: int) -> Json:
        """The object that an upload of `size` bytes responds with. It is tried once: its content is read as it is sent."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        timeout = httpx2.Timeout(TIMEOUT_S, read=STORED_S)
        decoded: Json = self._decoded(
            self._request("POST", path, tries=1, content=content, headers=headers, timeout=timeout)
        )
        return decoded

    def array(self, path: str) -> list[Json]:
        """A JSON array."""
        items: list[Json] = self._decoded(self._request("GET", path))
        return items

    def progress(self, progress_id: int) -> Json:
        """The progress of an export."""
        return self.get(f"/api/v1/progress/{progress_id}")

    def probe(self, path: str) -> httpx2.Response:
        """The response to one try, whatever its status. Raises Unreachable if there is none."""
        try:
            return self._client.get(path)
        except httpx2.TransportError as error:
            raise Unreachable(f"{self.url} does not respond: {error}") from error

    def pages(self, path: str) -> Iterator[Json]:
        """The objects of a list, page by page along the Link headers."""
        url: str | None = f"{path}{'&' if '?' in path else '?'}per_page=100"
        while url:
            response = self._request("GET", url)
            yield from self._decoded(response)
            following = response.links.get("next", {}).get("url")
            url = self._own(following) if following else None

    def areas(self, context_path: str, type_: str = "") -> list[Json]:
        """What can be selected of a course: its areas, or the objects of one."""
        query = f"?type={type_}" if type_ else ""
        return self.array(f"{context_path}/content_list{query}")

    @contextmanager
    def events(self, progress_id: int, last_id: str) -> Iterator[httpx2.Response]:
        """Open the event stream of a progress, after the event `last_id` if that is not empty."""
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        timeout = httpx2.Timeout(TIMEOUT_S, read=SILENCE_S)
        with self.stream(f"/api/v1/progress/{progress_id}/events", headers, timeout) as response:
            yield response

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str], timeout: httpx2.Timeout | float = TIMEOUT_S
    ) -> Iterator[httpx2.Response]:
        """Open a response that is read in pieces. Raises httpx2.TransportError if the connection breaks.

        A URL of another server, such as a bucket, is requested without our token.
        """
        request = self._client.build_request("GET", url, headers=dict(headers), timeout=timeout)
        if not self._is_own(str(request.url)):
            del request.headers["Authorization"]
        response = self._client.send(request, stream=True)
        try:
            if response.is_error:
                response.read()
                raise refusal_of(response)
            yield response
        finally:
            response.close()

    def _json(self, method: str, url: str, **more: Any) -> Json:
        body: Json = self._decoded(self._request(method, url, **more))
        return body

    def _decoded(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise Unreachable(f"{self.url} is not a server of this API: its response is not JSON") from error

    def _request(self, method: str, url: str, tries: int = TRIES, **more: Any) -> httpx2.Response:
        for attempt in range(tries):
            try:
                response = self._client.request(method, url, **more)
            except httpx2.TransportError as error:
                if attempt == tries - 1:
                    raise Unreachable(f"{self.url} does not respond: {error}") from error
            else:
                if response.is_success:
                    return response
                if response.status_code != 503 or attempt == tries - 1:
                    raise refusal_of(response)
            time.sleep(PAUSE_S * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _own(self, url: str) -> str:
        if not self._is_own(url):
            raise Unreachable(f"the next page is on another server: {url}")
        return url

    def _is_own(self, url: str) -> bool:
        ours, theirs = urlsplit(self.url), urlsplit(urljoin(self.url, url))
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def refusal_of(response: httpx2.Response) -> Refused:
    """An error response as an error."""
    try:
        first = response.json()["errors"][0]
        code, parameter = str(first.get("error_code", "")), str(first.get("parameter", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        code = parameter = ""
    return Refused(response.status_code, message_of(response), code, parameter)


def message_of(response: httpx2.Response) -> str:
    """The message of an error response in one of Canvas's shapes: `errors` as list or text, or only `message`."""
    try:
        body = response.json()
    except ValueError:
        return response.reason_phrase or "no reason given"
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message", errors[0]))
    if isinstance(errors, str):
        return errors
    return str(body.get("message", response.reason_phrase)) if isinstance(body, dict) else response.reason_phrase
