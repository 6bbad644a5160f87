"""Every operation of the HTTP API. A route without an entry here ends the gateway at its start."""

from __future__ import annotations

from typing import Any

from shared.contracts import bodies
from shared.contracts.examples import NEW_EXPORT
from shared.contracts.operation import EVENTS, Answer, Operation, Parameter
from shared.contracts.plans import Plan
from shared.contracts.requests import CancelRequest, CreateRequest
from shared.domain.export import ContextType

_EXPORTS = "/api/v1/{contexts}/{context_id}/content_exports"
_ONE = _EXPORTS + "/{id}"
_PROGRESS = "/api/v1/progress/{id}"

_PAGE = (
    Parameter("page", "from 1", {"type": "integer", "minimum": 1, "maximum": 10**9, "default": 1}),
    Parameter("per_page", "objects of a page", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}),
)
_LINK = Parameter("Link", "current, next, prev, first and last page, as far as they exist")
_WAIT = Parameter(
    "wait",
    "seconds to wait for the end, or with If-None-Match for a change",
    {"type": "number", "minimum": 0, "maximum": 30},
)
_KNOWN = Parameter("If-None-Match", "the ETag of the answer that is known already")
_ETAG = Parameter("ETag", "changes with what the answer tells; not on a finished export")
_RETRY = Parameter("Retry-After", "seconds after which to ask again", {"type": "string", "pattern": "^[0-9]+$"})
_CHALLENGE = Parameter("WWW-Authenticate", "where a good token would help")
_VERIFIER = Parameter("verifier", "the signature of a link that was given out: opens it without a token")
_RANGE = Parameter("Range", "one range of the bytes; several ranges are answered with the whole (200)")
_LAST_EVENT = Parameter("Last-Event-ID", "the id of the last event that was read: what follows it is told")

_ERRORS = {
    400: Answer("The request cannot be understood.", bodies.Errors),
    401: Answer("No token, or one that is not good for this.", bodies.Errors, headers=(_CHALLENGE,)),
    403: Answer("Not permitted.", bodies.Errors),
    404: Answer("There is no such thing.", bodies.Errors),
    409: Answer("It is in another state than this needs.", bodies.Errors),
    410: Answer("It was there and is not any more.", bodies.Gone),
    412: Answer("It has changed.", bodies.Errors),
    413: Answer("The body is too large.", bodies.Errors),
    416: Answer("The range lies outside of the file.", bodies.Errors),
    422: Answer("A parameter asks for what cannot be done.", bodies.Errors),
    429: Answer("The token has spent its rate.", bodies.Errors, headers=(_RETRY,)),
    503: Answer("A part of the system does not answer.", bodies.Errors, headers=(_RETRY,)),
}


def _with(answers: dict[int, Answer], *errors: int) -> dict[int, Answer]:
    """The answers, with those errors that everything may meet, and these."""
    return answers | {status: _ERRORS[status] for status in sorted({400, 401, 403, 404, 429, 503, *errors})}


def _one(type_: Any, description: str, *errors: int, headers: tuple[Parameter, ...] = ()) -> dict[int, Answer]:
    return _with({200: Answer(description, type_, headers=headers)}, *errors)


def _service(path: str, summary: str, answers: dict[int, Answer], headers: tuple[Parameter, ...] = ()) -> Operation:
    """What a process tells of itself, to anybody: no operation of Canvas."""
    return Operation("GET", path, summary, answers, "Service", headers=headers, login=False, beyond=True)


_SAME = {304: Answer("Nothing has changed.", media=None)}
_EXPORT = Answer("The export.", bodies.ContentExport)
_STREAM = Answer("Events, from a snapshot or after Last-Event-ID.", media=EVENTS)

OPERATIONS = (
    Operation(
        "GET",
        _EXPORTS,
        "List exports",
        _one(list[bodies.ContentExport], "Those that the caller sees, newest first.", headers=(_LINK,)),
        "Exports",
        query=_PAGE,
        login=False,
    ),
    Operation(
        "POST",
        _EXPORTS,
        "Ask for an export",
        _with(
            {
                200: Answer(
                    "The export, which will be built; the plan, for a dry run.",
                    (bodies.ContentExport, Plan),
                    example=NEW_EXPORT,
                ),
                202: Answer(
                    "The same, where that was preferred.",
                    bodies.ContentExport,
                    headers=(Parameter("Location", "where the export is shown"),),
                    example=NEW_EXPORT,
                ),
            },
            413,
            422,
        ),
        "Exports",
        headers=(
            Parameter(
                "Idempotency-Key", "makes repeats harmless: the same key and body is the same export, for 24 hours"
            ),
            Parameter("Prefer", "`respond-async` is answered with 202 and Location"),
        ),
        body=CreateRequest,
    ),
    Operation(
        "GET",
        _ONE,
        "Show an export",
        _one(bodies.ContentExport, "The export.", headers=(_ETAG, _RETRY)) | _SAME,
        "Exports",
        query=(_WAIT,),
        headers=(_KNOWN,),
        login=False,
    ),
    Operation("DELETE", _ONE, "Delete an export and its packages", _with({200: _EXPORT}), "Exports", beyond=True),
    Operation("PUT", _ONE + "/fail", "End an unfinished export by hand", _with({200: _EXPORT}), "Exports"),
    Operation(
        "POST",
        _ONE + "/retry",
        "Retry a failed export",
        _with({200: _EXPORT, 202: _EXPORT}, 409),
        "Exports",
        beyond=True,
    ),
    Operation(
        "GET",
        _ONE + "/report",
        "What was packed and left out",
        _one(bodies.Report, "The report."),
        "Packages",
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        _ONE + "/entries",
        "List what a package holds",
        _one(list[bodies.Entry], "The members, in their order.", 410, headers=(_LINK,)),
        "Packages",
        query=_PAGE,
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        _ONE + "/entries/{path}",
        "Download one member of a package",
        _with(
            {200: Answer("Its bytes.", media="*/*"), 206: Answer("Some of its bytes.", media="*/*")} | _SAME, 410, 416
        ),
        "Packages",
        query=(_VERIFIER,),
        headers=(_RANGE,),
        beyond=True,
        login=False,
    ),
    Operation(
        "GET", "/api/v1/files/{id}", "Show a package as a file", _one(bodies.Attachment, "The file.", 410), "Packages"
    ),
    Operation(
        "GET",
        "/files/{id}/download",
        "Download a package",
        _with(
            {
                200: Answer("Its bytes.", media="*/*"),
                206: Answer("Some of its bytes.", media="*/*"),
                302: Answer(
                    "Where the store hands them out.", media=None, headers=(Parameter("Location", "for a short while"),)
                ),
            }
            | _SAME,
            410,
            412,
            416,
        ),
        "Packages",
        query=(_VERIFIER, Parameter("download_frd", "as Canvas's links have it; means nothing here")),
        headers=(_RANGE,),
        login=False,
    ),
    Operation(
        "GET",
        _EXPORTS + "/events",
        "Follow all exports of a context",
        _with({200: _STREAM}),
        "Progress",
        headers=(_LAST_EVENT,),
        beyond=True,
    ),
    Operation(
        "GET",
        _PROGRESS,
        "Show how far an export is",
        _one(bodies.Progress, "The progress.", headers=(_ETAG, _RETRY)) | _SAME,
        "Progress",
        query=(_WAIT,),
        headers=(_KNOWN,),
        login=False,
    ),
    Operation(
        "POST",
        _PROGRESS + "/cancel",
        "Cancel an export",
        _one(bodies.Progress, "The progress.", 413, 422),
        "Progress",
        body=CancelRequest,
    ),
    Operation(
        "GET",
        _PROGRESS + "/events",
        "Follow an export to its end",
        _with({200: _STREAM, 204: Answer("All has been told.", media=None)}),
        "Progress",
        headers=(_LAST_EVENT,),
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/courses",
        "List the caller's courses",
        _one(list[bodies.Course], "The courses.", headers=(_LINK,)),
        "Contexts",
        query=_PAGE,
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}",
        "Show a course, a group or a user",
        _one((bodies.Course, bodies.Group, bodies.User), "What is known of it."),
        "Contexts",
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}/content_list",
        "List what can be selected of a course",
        _one((list[bodies.SelectableArea], list[bodies.SelectableItem]), "Areas; with `type` the objects of one."),
        "Contexts",
        query=(Parameter("type", "such as wiki_pages, quizzes, attachments"),),
        contexts=(ContextType.COURSE,),
    ),
    _service("/healthz", "Whether the process lives", {200: Answer("It does.", dict[str, str])}),
    _service(
        "/readyz",
        "Whether its dependencies answer",
        {200: Answer("They do.", dict[str, Any]), 503: Answer("Some do not.", dict[str, Any])},
    ),
    _service("/metrics", "Prometheus metrics", {200: Answer("As text.", media="text/plain")}),
    _service(
        "/openapi.json",
        "This description",
        {200: Answer("OpenAPI 3.1.", dict[str, Any])} | _SAME,
        headers=(_KNOWN,),
    ),
    _service("/docs", "This description, to read", {200: Answer("A page.", media="text/html")}),
    _service(
        "/docs/{file}",
        "What the page is made of",
        {200: Answer("Script and style.", media="*/*"), 404: _ERRORS[404]},
    ),
)
