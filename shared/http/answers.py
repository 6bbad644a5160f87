"""JSON responses, and errors in the JSON of Canvas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import hdrs, web

_JSON: dict[str, str] = {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


class ApiError(Exception):
    """An error response: its status, body and headers."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def json_answer(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """`data` as a JSON body."""
    all_headers = _JSON if headers is None else {**_JSON, **headers}
    return web.Response(body=msgspec.json.encode(data), status=status, headers=all_headers)


def _errors(message: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, **more}]}


def unauthenticated() -> ApiError:
    """Anonymous, where a login is required."""
    return ApiError(401, {"status": "unauthenticated", **_errors("user authorization required")}, _CHALLENGE)


def invalid_token(message: str, **more: Any) -> ApiError:
    """The token has expired or was revoked."""
    return ApiError(401, _errors(message, **more), _CHALLENGE)


class UnknownToken(ApiError):
    """The token was never issued: perhaps a guess."""

    def __init__(self) -> None:
        super().__init__(401, _errors("Invalid access token."), _CHALLENGE)


def insufficient_scopes() -> ApiError:
    """The token is valid, but its scopes do not cover this route."""
    return ApiError(401, _errors("Insufficient scopes on access token."))


def invalid_masquerade() -> ApiError:
    """`as_user_id` names no user, or one whom the caller may not act as: Canvas's body is a bare sentence here."""
    return ApiError(401, {"errors": "Invalid as_user_id"})


def forbidden() -> ApiError:
    """The caller has no right to do this."""
    return ApiError(403, {"status": "unauthorized", **_errors("user not authorized to perform that action")})


def not_found() -> ApiError:
    """Unknown context, export, progress or route."""
    return ApiError(404, _errors("The specified resource does not exist."))


def missing(message: str, code: str, **more: str) -> ApiError:
    """What a site admin, or the `parameter` of a command, names does not exist; the message says what."""
    return ApiError(404, _errors(message, error_code=code, **more))


def bad_request(message: str, **more: Any) -> ApiError:
    """The request is malformed; `message` says what and where."""
    return ApiError(400, _errors(message, error_code="bad_request", **more))


def too_large() -> ApiError:
    """The body is over the limit."""
    return ApiError(413, _errors("the request body is too large", error_code="content_too_large", parameter="body"))


def unsupported_encoding() -> ApiError:
    """The body is compressed in a way that is not read here (RFC 9110, 15.5.16)."""
    message = "Content-Encoding must be gzip, deflate or identity; a multipart body must not be compressed."
    return ApiError(415, _errors(message, error_code="unsupported_encoding"), {"Accept-Encoding": "gzip, deflate"})


def timed_out(part: str) -> ApiError:
    """The `part` of a request, its head or its body, did not arrive in time (RFC 9110, 15.5.9)."""
    message = f"The {part} of the request did not arrive in time."
    return ApiError(408, _errors(message, error_code="request_timeout"), {"Connection": "close"})


def overloaded() -> ApiError:
    """The process holds as many connections as it may."""
    error = _errors("Too many connections are open; try again later.", error_code="too_many_connections")
    return ApiError(503, error, {"Retry-After": "5"})


def method_not_allowed(allowed: str) -> ApiError:
    """The path is there, for other methods: those in `allowed`, the value of Allow."""
    return ApiError(
        405, _errors("This method is not allowed here.", error_code="method_not_allowed"), {"Allow": allowed}
    )


def of_status(status: int, message: str, reason: str) -> ApiError:
    """An answer that HTTP itself has a name for: `reason`, such as "Bad Request", is its code in lower case."""
    return ApiError(status, _errors(message, error_code=reason.lower().replace(" ", "_")))


def other_version() -> ApiError:
    """If-Match names another representation than the one that is there (RFC 9110, 13.1.1)."""
    return ApiError(412, _errors("The package has another ETag.", error_code="changed"))


def outside_of(size: int) -> ApiError:
    """No requested range lies in the `size` bytes (RFC 9110, 14.4)."""
    return ApiError(416, _errors("The requested range lies outside of the file."), {"Content-Range": f"bytes */{size}"})


def unprocessable(parameter: str, message: str, code: str = "unprocessable_content") -> ApiError:
    """The request can be read, and `parameter` requests something impossible."""
    return ApiError(422, _errors(message, error_code=code, parameter=parameter))


def conflict(message: str, code: str = "conflict", **more: str) -> ApiError:
    """What the request is about is in another state than it needs."""
    return ApiError(409, _errors(message, error_code=code, **more))


def too_many(wait_s: float) -> ApiError:
    """The rate limit is exceeded; the client may retry in `wait_s` seconds."""
    headers = {"Retry-After": str(max(1, math.ceil(wait_s)))}
    return ApiError(429, _errors("Rate limit exceeded.", error_code="too_many_requests"), headers)


def too_many_open(most: int, what: str) -> ApiError:
    """The token has the most open streams or waiting requests allowed; `what` names them in the plural."""
    message = f"This token has {most} {what} open already, which is the most; close one and try again."
    return ApiError(429, _errors(message, error_code="too_many_open"), {"Retry-After": "5"})


def over_quota(message: str, wait_s: float) -> ApiError:
    """The queue has as many of the caller's exports as it may; the client may retry in `wait_s` seconds."""
    headers = {"Retry-After": str(max(1, math.ceil(wait_s)))}
    return ApiError(429, _errors(message, error_code="too_many_exports"), headers)


def storage_exhausted(message: str) -> ApiError:
    """The store has as many bytes of the caller's as it may (RFC 4918, 11.5)."""
    return ApiError(507, _errors(message, error_code="storage_exhausted"))


def invalid(message: str) -> ApiError:
    """A parameter of the create call is wrong: Canvas answers these with a bare `message`."""
    return ApiError(400, {"message": message})


def unavailable(message: str) -> ApiError:
    """A dependency of this service is unavailable; a later retry may succeed."""
    return ApiError(503, _errors(message, error_code="service_unavailable"), {"Retry-After": "5"})


def internal_error(request_id: str) -> ApiError:
    """Something that should not happen; the log has it under this request id."""
    return ApiError(
        500, {**_errors("An error occurred.", error_code="internal_server_error"), "request_id": request_id}
    )
