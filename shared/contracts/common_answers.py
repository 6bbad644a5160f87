"""What many operations of the HTTP API have in common: parameters of pages, and the errors that everything may meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.contracts import bodies
from shared.contracts.operation import Operation, Parameter, Response

PAGE = (
    Parameter("page", "from 1", {"type": "integer", "minimum": 1, "maximum": 10**9, "default": 1}),
    Parameter("per_page", "objects of a page", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}),
)
ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
RETRY = Parameter("Retry-After", "seconds after which to ask again", {"type": "string", "pattern": "^[0-9]+$"})
_CHALLENGE = Parameter("WWW-Authenticate", "where a good token would help")
_ENCODINGS = Parameter("Accept-Encoding", "how a body may be compressed")

ERRORS = {
    400: Response("The request cannot be understood.", bodies.Errors),
    401: Response("No token, or one that is not good for this.", bodies.Errors, headers=(_CHALLENGE,)),
    403: Response("Not permitted.", bodies.Errors),
    404: Response("There is no such thing.", bodies.Errors),
    408: Response("The request did not arrive in time.", bodies.Errors),
    409: Response("It is in another state than this needs.", bodies.Errors),
    410: Response("It was there and is not any more.", bodies.Gone),
    412: Response("It has changed.", bodies.Errors),
    413: Response("The body is too large.", bodies.Errors),
    415: Response("The body is compressed in a way that is not read here.", bodies.Errors, headers=(_ENCODINGS,)),
    416: Response("The range lies outside of the file.", bodies.Errors),
    422: Response("A parameter asks for what cannot be done.", bodies.Errors),
    429: Response("The token has spent its rate.", bodies.Errors, headers=(RETRY,)),
    500: Response("A fault of this service; the log has it under the request id.", bodies.Errors),
    503: Response("A part of the system does not answer.", bodies.Errors, headers=(RETRY,)),
}


def with_errors(answers: dict[int, Response], *errors: int) -> dict[int, Response]:
    """The answers, with those errors that everything may meet, and these."""
    return answers | {status: ERRORS[status] for status in sorted({400, 401, 403, 404, 429, 503, *errors})}


def answer_of(type_: Any, description: str, *errors: int, headers: tuple[Parameter, ...] = ()) -> dict[int, Response]:
    """One answer of this type, and the errors."""
    return with_errors({200: Response(description, type_, headers=headers)}, *errors)


def complete(operation: Operation) -> Operation:
    """The operation with those errors, too, that the edge of a process answers whatever the route."""
    of_bodies = set() if operation.method == "GET" else {413, 415, 422}
    errors = {status: ERRORS[status] for status in {400, 408, 500, 503} | of_bodies}
    return replace(operation, answers=dict(sorted({**errors, **operation.answers}.items())))
