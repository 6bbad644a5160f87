"""The HTTP API as the commands use it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from services.cli.connection import Connection
from services.cli.errors import Refused, Unreachable

TIMEOUT_S = 30.0
SILENCE_S = 45.0  # three comment lines of an event stream left out: the connection is dead
TRIES = 4
PAUSE_S = 0.5  # before the second try; doubles with each more

Json = dict[str, Any]


class Api:
    """A connection to one server. Refused for its error answers, Unreachable when it does not answer."""

    def __init__(self, connection: Connection, transport: httpx2.BaseTransport | None = None) -> None:
        self._client = httpx2.Client(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.token}", "User-Agent": "content-exports"},
            timeout=TIMEOUT_S,
            follow_redirects=True,
            transport=transport,
        )
        self.url = connection.url

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, context: str, parameters: Mapping[str, Any]) -> Json:
        """Ask for an export of `courses/1`, `groups/1` or `users/1`. Tried again under one key: one export at most."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._json("POST", f"/api/v1/{context}/content_exports", json=parameters, headers=headers)

    def show(self, context: str, export_id: int) -> Json:
        """Give one export."""
        return self._json("GET", f"/api/v1/{context}/content_exports/{export_id}")

    def progress(self, progress_id: int) -> Json:
        """Give how far an export is."""
        return self._json("GET", f"/api/v1/progress/{progress_id}")

    def exports(self, context: str) -> Iterator[Json]:
        """Give all exports of a context, newest first, page by page as the Link header leads."""
        url: str | None = f"/api/v1/{context}/content_exports?per_page=100"
        while url:
            answer = self._answer("GET", url)
            yield from self._decoded(answer)
            following = answer.links.get("next", {}).get("url")
            url = self._own(following) if following else None

    @contextmanager
    def events(self, progress_id: int, last_id: str) -> Iterator[httpx2.Response]:
        """Open the event stream of a progress, going on after `last_id` if there is one."""
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        timeout = httpx2.Timeout(TIMEOUT_S, read=SILENCE_S)
        with self.stream(f"/api/v1/progress/{progress_id}/events", headers, timeout) as answer:
            yield answer

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str], timeout: httpx2.Timeout | float = TIMEOUT_S
    ) -> Iterator[httpx2.Response]:
        """Open an answer that is read piece by piece; httpx2.TransportError when it breaks. Our token stays with us."""
        request = self._client.build_request("GET", url, headers=dict(headers), timeout=timeout)
        if not self._is_own(str(request.url)):
            del request.headers["Authorization"]
        answer = self._client.send(request, stream=True)
        try:
            if answer.is_error:
                answer.read()
                raise Refused(answer.status_code, message_of(answer))
            yield answer
        finally:
            answer.close()

    def _json(self, method: str, url: str, **more: Any) -> Json:
        body: Json = self._decoded(self._answer(method, url, **more))
        return body

    def _decoded(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise Unreachable(f"{self.url} is no server of this API: its answer is no JSON") from error

    def _answer(self, method: str, url: str, **more: Any) -> httpx2.Response:
        for attempt in range(TRIES):
            try:
                answer = self._client.request(method, url, **more)
            except httpx2.TransportError as error:
                if attempt == TRIES - 1:
                    raise Unreachable(f"{self.url} does not answer: {error}") from error
            else:
                if answer.is_success:
                    return answer
                if answer.status_code != 503 or attempt == TRIES - 1:
                    raise Refused(answer.status_code, message_of(answer))
            time.sleep(PAUSE_S * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _own(self, url: str) -> str:
        if not self._is_own(url):
            raise Unreachable(f"the next page is on another server: {url}")
        return url

    def _is_own(self, url: str) -> bool:
        ours, theirs = urlsplit(self.url), urlsplit(urljoin(self.url, url))
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def message_of(answer: httpx2.Response) -> str:
    """Give the sentence in an error answer of Canvas's shapes: `errors` as list or text, or a bare `message`."""
    try:
        body = answer.json()
    except ValueError:
        return answer.reason_phrase or "no reason given"
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message", errors[0]))
    if isinstance(errors, str):
        return errors
    return str(body.get("message", answer.reason_phrase)) if isinstance(body, dict) else answer.reason_phrase
