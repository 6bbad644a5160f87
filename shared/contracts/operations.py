"""Every operation of the HTTP API. A route without an entry here ends the gateway at its start."""

from __future__ import annotations

from typing import Any

from shared.contracts import bodies
from shared.contracts.admin_operations import ADMIN_OPERATIONS
from shared.contracts.common_answers import ERRORS, PAGE, RETRY, answer_of, complete, with_errors
from shared.contracts.examples import NEW_EXPORT
from shared.contracts.operation import EVENTS, Operation, Parameter, Response
from shared.contracts.plans import Plan
from shared.contracts.requests import CancelRequest, CreateRequest
from shared.domain.export import ContextType

_EXPORTS = "/api/v1/{contexts}/{context_id}/content_exports"
_ONE = _EXPORTS + "/{id}"
_PROGRESS = "/api/v1/progress/{id}"

_LINK = Parameter("Link", "current, next, prev, first and last page, as far as they exist")
_WAIT = Parameter(
    "wait",
    "seconds to wait for the end, or with If-None-Match for a change",
    {"type": "number", "minimum": 0, "maximum": 30},
)
_KNOWN = Parameter("If-None-Match", "the ETag of the answer that is known already")
_ETAG = Parameter("ETag", "changes with what the answer tells; not on a finished export")
_VERIFIER = Parameter("verifier", "the signature of a link that was given out: opens it without a token")
_RANGE = Parameter("Range", "one range of the bytes; several ranges are answered with the whole (200)")
_LAST_EVENT = Parameter("Last-Event-ID", "the id of the last event that was read: what follows it is told")


def _service(path: str, summary: str, answers: dict[int, Response], headers: tuple[Parameter, ...] = ()) -> Operation:
    """What a process tells of itself, to anybody: no operation of Canvas."""
    return Operation("GET", path, summary, answers, "Service", headers=headers, login=False, beyond=True)


_SAME = {304: Response("Nothing has changed.", media=None)}
_EXPORT = Response("The export.", bodies.ContentExportBody)
_STREAM = Response("Events, from a snapshot or after Last-Event-ID.", media=EVENTS)

_OPERATIONS = (
    Operation(
        "GET",
        _EXPORTS,
        "List exports",
        answer_of(list[bodies.ContentExportBody], "Those that the caller sees, newest first.", headers=(_LINK,)),
        "Exports",
        query=PAGE,
        login=False,
    ),
    Operation(
        "POST",
        _EXPORTS,
        "Ask for an export",
        with_errors(
            {
                200: Response(
                    "The export, which will be built; the plan, for a dry run.",
                    (bodies.ContentExportBody, Plan),
                    example=NEW_EXPORT,
                ),
                202: Response(
                    "The same, where that was preferred.",
                    bodies.ContentExportBody,
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
        answer_of(bodies.ContentExportBody, "The export.", headers=(_ETAG, RETRY)) | _SAME,
        "Exports",
        query=(_WAIT,),
        headers=(_KNOWN,),
        login=False,
    ),
    Operation("DELETE", _ONE, "Delete an export and its packages", with_errors({200: _EXPORT}), "Exports", beyond=True),
    Operation("PUT", _ONE + "/fail", "End an unfinished export by hand", with_errors({200: _EXPORT}), "Exports"),
    Operation(
        "POST",
        _ONE + "/retry",
        "Retry a failed export",
        with_errors({200: _EXPORT, 202: _EXPORT}, 409),
        "Exports",
        beyond=True,
    ),
    Operation(
        "GET",
        _ONE + "/report",
        "What was packed and left out",
        answer_of(bodies.ReportBody, "The report."),
        "Packages",
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        _ONE + "/entries",
        "List what a package holds",
        answer_of(list[bodies.EntryBody], "The members, in their order.", 410, headers=(_LINK,)),
        "Packages",
        query=PAGE,
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        _ONE + "/entries/{path}",
        "Download one member of a package",
        with_errors(
            {200: Response("Its bytes.", media="*/*"), 206: Response("Some of its bytes.", media="*/*")} | _SAME,
            410,
            416,
        ),
        "Packages",
        query=(_VERIFIER,),
        headers=(_RANGE,),
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/files/{id}",
        "Show a package as a file",
        answer_of(bodies.AttachmentBody, "The file.", 410),
        "Packages",
    ),
    Operation(
        "GET",
        "/files/{id}/download",
        "Download a package",
        with_errors(
            {
                200: Response("Its bytes.", media="*/*"),
                206: Response("Some of its bytes.", media="*/*"),
                302: Response(
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
        with_errors({200: _STREAM}),
        "Progress",
        headers=(_LAST_EVENT,),
        beyond=True,
    ),
    Operation(
        "GET",
        _PROGRESS,
        "Show how far an export is",
        answer_of(bodies.ProgressBody, "The progress.", headers=(_ETAG, RETRY)) | _SAME,
        "Progress",
        query=(_WAIT,),
        headers=(_KNOWN,),
        login=False,
    ),
    Operation(
        "POST",
        _PROGRESS + "/cancel",
        "Cancel an export",
        answer_of(bodies.ProgressBody, "The progress.", 413, 422),
        "Progress",
        body=CancelRequest,
    ),
    Operation(
        "GET",
        _PROGRESS + "/events",
        "Follow an export to its end",
        with_errors({200: _STREAM, 204: Response("All has been told.", media=None)}),
        "Progress",
        headers=(_LAST_EVENT,),
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/courses",
        "List the caller's courses",
        answer_of(list[bodies.CourseBody], "The courses.", headers=(_LINK,)),
        "Contexts",
        query=(
            *PAGE,
            Parameter("enrollment_type", "of the caller: teacher, ta, designer, student or observer"),
            Parameter("enrollment_role", "the same as TeacherEnrollment, ..."),
            Parameter("enrollment_state", "active (default) or completed"),
            Parameter("state[]", "of the course: available, unpublished or completed"),
            Parameter("search_term", "a part of the name or the code"),
        ),
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}",
        "Show a course, a group or a user",
        answer_of((bodies.CourseBody, bodies.GroupBody, bodies.User), "What is known of it."),
        "Contexts",
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}/content_list",
        "List what can be selected of a course",
        answer_of((list[bodies.SelectableArea], list[bodies.SelectableItem]), "Areas; with `type` the objects of one."),
        "Contexts",
        query=(Parameter("type", "such as wiki_pages, quizzes, attachments"),),
        contexts=(ContextType.COURSE,),
    ),
    *ADMIN_OPERATIONS,
    _service("/healthz", "Whether the process lives", {200: Response("It does.", dict[str, str])}),
    _service(
        "/readyz",
        "Whether its dependencies answer",
        {200: Response("They do.", dict[str, Any]), 503: Response("Some do not.", dict[str, Any])},
    ),
    _service(
        "/openapi.json",
        "This description",
        {200: Response("OpenAPI 3.1.", dict[str, Any])} | _SAME,
        headers=(_KNOWN,),
    ),
    _service("/docs", "This description, to read", {200: Response("A page.", media="text/html")}),
    _service(
        "/docs/{file}",
        "What the page is made of",
        {200: Response("Script and style.", media="*/*"), 404: ERRORS[404]},
    ),
)

OPERATIONS = tuple(map(complete, _OPERATIONS))
