"""Every operation of the HTTP API. A route without an entry here ends the gateway at its start."""

from __future__ import annotations

from typing import Any

from shared.contracts import bodies
from shared.contracts.account_operations import ACCOUNT_OPERATIONS
from shared.contracts.admin.admin_operations import ADMIN_OPERATIONS
from shared.contracts.common_answers import ERRORS, LINK, PAGE, RETRY, answer_of, complete, with_errors
from shared.contracts.examples import NEW_EXPORT
from shared.contracts.list_parameters import BOOKMARKED, COURSE_FILTERS, EXPORT_FILTERS, INCLUDE
from shared.contracts.operation import EVENTS, Operation, Parameter, Response
from shared.contracts.operator.operations import OPERATOR_OPERATIONS
from shared.contracts.plans import Plan
from shared.contracts.requests import CancelRequest, CreateRequest
from shared.contracts.webhooks.operations import WEBHOOK_OPERATIONS
from shared.domain.export import ContextType

_EXPORTS = "/api/v1/{contexts}/{context_id}/content_exports"
_ONE = _EXPORTS + "/{id}"
_PROGRESS = "/api/v1/progress/{id}"

_WAIT = Parameter(
    "wait",
    "the seconds to wait for the end of the export or, with If-None-Match, for a change",
    {"type": "number", "minimum": 0, "maximum": 30},
)
_IF_NONE_MATCH = Parameter("If-None-Match", "the ETag of an earlier response: 304 while nothing has changed")
_ETAG = Parameter("ETag", "changes with the state; absent for a finished export")
_VERIFIER = Parameter("verifier", "the signature of a download link, in place of a token")
_RANGE = Parameter("Range", "one byte range; a request for several returns the whole file (200)")
_LAST_EVENT = Parameter("Last-Event-ID", "the id of the last event received: the stream resumes after it")


def _service(path: str, summary: str, answers: dict[int, Response], headers: tuple[Parameter, ...] = ()) -> Operation:
    """A service endpoint, open to everyone; Canvas has none of these."""
    return Operation("GET", path, summary, answers, "Service", headers=headers, login=False, beyond=True)


_SAME = {304: Response("Not modified.", media=None)}
_EXPORT = Response("The export.", bodies.ContentExportBody)
_STREAM = Response(
    "A stream of server-sent events: a snapshot, or the events after Last-Event-ID, then live.", media=EVENTS
)

_OPERATIONS = (
    Operation(
        "GET",
        _EXPORTS,
        "List exports",
        answer_of(list[bodies.ContentExportBody], "The exports visible to the caller, newest first.", headers=(LINK,)),
        "Exports",
        query=(*BOOKMARKED, *EXPORT_FILTERS),
        login=False,
    ),
    Operation(
        "POST",
        _EXPORTS,
        "Request an export",
        with_errors(
            {
                200: Response(
                    "The export, in the state `created`; for a dry run, the plan.",
                    (bodies.ContentExportBody, Plan),
                    example=NEW_EXPORT,
                ),
                202: Response(
                    "The same, for requests with `Prefer: respond-async`.",
                    bodies.ContentExportBody,
                    headers=(Parameter("Location", "the URL of the export"),),
                    example=NEW_EXPORT,
                ),
            },
            413,
            422,
            507,
        ),
        "Exports",
        headers=(
            Parameter(
                "Idempotency-Key",
                "a key chosen by the client: within 24 hours, a repeated request with it gets the first response again",
            ),
            Parameter("Prefer", "`respond-async`: respond with 202 and Location"),
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
        headers=(_IF_NONE_MATCH,),
        login=False,
    ),
    Operation("DELETE", _ONE, "Delete an export and its packages", with_errors({200: _EXPORT}), "Exports", beyond=True),
    Operation("PUT", _ONE + "/fail", "Mark an unfinished export as failed", with_errors({200: _EXPORT}), "Exports"),
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
        "Show the report of an export",
        answer_of(bodies.ReportBody, "The objects that were packed and left out, with warnings."),
        "Packages",
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        _ONE + "/entries",
        "List the members of a package",
        answer_of(list[bodies.EntryBody], "The members, in package order.", 410, headers=(LINK,)),
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
            {
                200: Response("The content.", media="*/*"),
                206: Response("The requested range of the content.", media="*/*"),
            }
            | _SAME,
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
                200: Response("The content.", media="*/*"),
                206: Response("The requested range of the content.", media="*/*"),
                302: Response(
                    "Redirect to a signed URL of the object store.",
                    media=None,
                    headers=(Parameter("Location", "the signed URL, which expires"),),
                ),
            }
            | _SAME,
            410,
            412,
            416,
        ),
        "Packages",
        query=(_VERIFIER, Parameter("download_frd", "accepted for compatibility with links of Canvas; ignored")),
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
        "/api/v1/content_exports/events",
        "Read the event log of all exports",
        with_errors(
            {
                200: Response(
                    "The events after Last-Event-ID, or from the oldest on, then live. For site admins only. With `Accept: "
                    "application/x-ndjson` CloudEvents, one on each line, up to the present end of the log.",
                    media=EVENTS,
                )
            }
        ),
        "Progress",
        query=(
            Parameter("type[]", "events of these types, such as content_export.exported.v1 or exported"),
            Parameter("context", "events of one context, such as courses/42"),
            Parameter("since", "events from this time on (ISO 8601)", {"type": "string", "format": "date-time"}),
            Parameter("last_event_id", "as Last-Event-ID, for clients that cannot set a header"),
            Parameter("follow", "go on with what happens, with application/x-ndjson too", {"type": "boolean"}),
        ),
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
        headers=(_IF_NONE_MATCH,),
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
        with_errors(
            {200: _STREAM, 204: Response("The export has finished, and no events follow Last-Event-ID.", media=None)}
        ),
        "Progress",
        headers=(_LAST_EVENT,),
        beyond=True,
        login=False,
    ),
    Operation(
        "GET",
        "/api/v1/courses",
        "List the caller's courses",
        answer_of(list[bodies.CourseBody], "The courses.", headers=(LINK,)),
        "Contexts",
        query=(*PAGE, *COURSE_FILTERS),
    ),
    Operation(
        "GET",
        "/api/v1/users/self/groups",
        "List the caller's groups",
        answer_of(list[bodies.GroupBody], "The groups.", headers=(LINK,)),
        "Contexts",
        query=PAGE,
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}",
        "Show a course",
        answer_of(bodies.CourseBody, "The course."),
        "Contexts",
        query=(INCLUDE,),
        login=False,
        contexts=(ContextType.COURSE,),
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}",
        "Show a group or a user",
        answer_of((bodies.GroupBody, bodies.User), "The group or user."),
        "Contexts",
        login=False,
        contexts=(ContextType.GROUP, ContextType.USER),
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}/profile",
        "Show the profile of a user",
        answer_of(bodies.Profile, "The profile."),
        "Contexts",
        login=False,
        contexts=(ContextType.USER,),
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}/permissions",
        "Show what the caller may do in a course",
        answer_of(dict[str, bool], "Whether the caller has each permission; one that does not count here is false."),
        "Contexts",
        query=(Parameter("permissions[]", "those to answer; without any, all that count here"),),
        contexts=(ContextType.COURSE,),
    ),
    Operation(
        "GET",
        "/api/v1/{contexts}/{context_id}/content_list",
        "List the selectable content of a course",
        answer_of(
            (list[bodies.SelectableArea], list[bodies.SelectableItem]),
            "The areas of the course or, with `type`, the objects of one area.",
        ),
        "Contexts",
        query=(Parameter("type", "the area, such as wiki_pages, quizzes or attachments"),),
        contexts=(ContextType.COURSE,),
    ),
    *ACCOUNT_OPERATIONS,
    *ADMIN_OPERATIONS,
    *OPERATOR_OPERATIONS,
    *WEBHOOK_OPERATIONS,
    _service("/healthz", "Liveness probe", {200: Response("The process is running.", dict[str, str])}),
    _service(
        "/readyz",
        "Readiness probe",
        {
            200: Response("All dependencies are available.", dict[str, Any]),
            503: Response("A dependency is unavailable.", dict[str, Any]),
        },
    ),
    _service(
        "/openapi.json",
        "Get this description",
        {200: Response("The OpenAPI 3.1 document.", dict[str, Any])} | _SAME,
        headers=(_IF_NONE_MATCH,),
    ),
    _service(
        "/asyncapi.json",
        "Get the description of messages",
        {200: Response("The AsyncAPI 3.0 document.", dict[str, Any])} | _SAME,
        headers=(_IF_NONE_MATCH,),
    ),
    _service("/", "See what is here, and where to go", {200: Response("An HTML page.", media="text/html")}),
    _service("/docs", "Read this description in a browser", {200: Response("An HTML page.", media="text/html")}),
    _service(
        "/docs/{file}",
        "Get a script or style sheet of the page",
        {200: Response("A script or a style sheet.", media="*/*"), 404: ERRORS[404]},
    ),
)

OPERATIONS = tuple(map(complete, _OPERATIONS))
