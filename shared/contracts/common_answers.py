"""What many operations of the HTTP API have in common: parameters of pages, and the errors that everything may meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.contracts import bodies
from shared.contracts.operation import Operation, Parameter, Response

PAGE = (
    Parameter(
        "page", "the number of the page, from 1", {"type": "integer", "minimum": 1, "maximum": 10**9, "default": 1}
    ),
    Parameter(
        "per_page", "the number of objects per page", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    ),
)
ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
LINK = Parameter("Link", "URLs of the current, next, prev, first and last page, where they exist (RFC 8288)")
RETRY = Parameter(
    "Retry-After", "the seconds to wait before the next request", {"type": "string", "pattern": "^[0-9]+$"}
)
_CHALLENGE = Parameter("WWW-Authenticate", "present where a valid token is required")
_ENCODINGS = Parameter("Accept-Encoding", "the encodings accepted in a request body")

ERRORS = {
    400: Response("The request is malformed, or a parameter is invalid.", bodies.Errors),
    401: Response(
        "The token is missing, unknown, expired or revoked, or its scopes do not cover this route.",
        bodies.Errors,
        headers=(_CHALLENGE,),
    ),
    403: Response("The caller has no right to do this.", bodies.Errors),
    404: Response("The resource does not exist, or is in another context.", bodies.Errors),
    408: Response("The request was not received in time.", bodies.Errors),
    409: Response("The state of the resource does not allow this.", bodies.Errors),
    410: Response("The package has expired or was deleted.", bodies.Gone),
    412: Response("The package is not the one that If-Match names.", bodies.Errors),
    413: Response("The request body is too large.", bodies.Errors),
    415: Response("The Content-Encoding of the body is not supported.", bodies.Errors, headers=(_ENCODINGS,)),
    416: Response("The range is outside of the file.", bodies.Errors),
    422: Response("The request is well-formed, but a parameter has a value that cannot be processed.", bodies.Errors),
    429: Response("The rate limit is exceeded, or a quota of exports.", bodies.Errors, headers=(RETRY,)),
    500: Response("An internal error; the log has it under the request id.", bodies.Errors),
    503: Response("A dependency of the service is unavailable.", bodies.Errors, headers=(RETRY,)),
    507: Response("The packages that are kept have used up a quota of bytes.", bodies.Errors),
}


def with_errors(answers: dict[int, Response], *errors: int) -> dict[int, Response]:
    """The responses, with the errors that are common to all operations, and these."""
    return answers | {status: ERRORS[status] for status in sorted({400, 401, 403, 404, 429, 503, *errors})}


def answer_of(type_: Any, description: str, *errors: int, headers: tuple[Parameter, ...] = ()) -> dict[int, Response]:
    """One answer of this type, and the errors."""
    return with_errors({200: Response(description, type_, headers=headers)}, *errors)


def complete(operation: Operation) -> Operation:
    """The operation with those errors, too, that the edge of a process answers whatever the route."""
    of_bodies = set() if operation.method == "GET" else {413, 415, 422}
    errors = {status: ERRORS[status] for status in {400, 408, 500, 503} | of_bodies}
    return replace(operation, answers=dict(sorted({**errors, **operation.answers}.items())))
