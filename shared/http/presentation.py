"""The forms of an answer that a client may ask for with its Accept header: ids as strings, errors as problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import hdrs, web

from shared.http.answers import ApiError, json_answer

_STRING_IDS = "application/json+canvas-string-ids"
_PROBLEM = "application/problem+json"


def present(request: web.Request, answer: web.StreamResponse) -> None:
    """Give a JSON answer the form that its client wants (Canvas: ids as strings, for readers without 64-bit integers)."""
    if _STRING_IDS not in request.headers.get(hdrs.ACCEPT, ""):
        return
    if not isinstance(answer, web.Response) or answer.content_type != "application/json":
        return
    if isinstance(answer.body, bytes) and answer.body:
        answer.body = msgspec.json.encode(with_string_ids(msgspec.json.decode(answer.body)))


def with_string_ids(data: Any) -> Any:
    """The same data with every `id` and `*_id` as a string, lists of `*_ids` too (Canvas: for readers without int64)."""
    if isinstance(data, list):
        return [with_string_ids(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {name: _as_string(value) if _names_ids(name) else with_string_ids(value) for name, value in data.items()}


def _names_ids(name: str) -> bool:
    return name == "id" or name.endswith(("_id", "_ids"))


def _as_string(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_string(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else with_string_ids(value)


def error_answer(request: web.Request, error: ApiError) -> web.Response:
    """An error in Canvas's form or, where the client accepts them, as problem details (RFC 9457) around it."""
    if _PROBLEM not in request.headers.get(hdrs.ACCEPT, ""):
        return json_answer(error.body, status=error.status, headers=error.headers)
    answer = json_answer(_problem(request, error), status=error.status, headers=error.headers)
    answer.content_type = _PROBLEM
    return answer


def _problem(request: web.Request, error: ApiError) -> dict[str, Any]:
    body = error.body if isinstance(error.body, dict) else {"errors": error.body}
    return {
        **body,
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": sentence(body),
        "instance": request.path,
    }


def sentence(body: dict[str, Any]) -> str:
    """The message of an error's body, for people."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else errors
    message = first.get("message") if isinstance(first, dict) else first
    return str(message or body.get("message") or "")
