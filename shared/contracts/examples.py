"""One example of each body and event, as a value of its type: what the API's description shows beside the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.contracts import bodies
from shared.contracts.admin.administration import (
    CourseFields,
    CourseState,
    GroupFields,
    NewEnrollment,
    NewToken,
    RevokedToken,
    UserFields,
)
from shared.contracts.asyncapi import event_examples
from shared.contracts.events import PROGRESS, STATE, ExportEvent
from shared.contracts.export_events import EventType
from shared.contracts.operator.examples import OPERATOR_EXAMPLES
from shared.contracts.plans import Plan
from shared.contracts.requests import CancelRequest, CreateRequest
from shared.contracts.webhooks.bodies import WebhookBody
from shared.contracts.webhooks.requests import DEFAULT_TYPES, NewWebhookRequest
from shared.domain.export import ContextType, ExportType, WorkflowState
from shared.domain.rights import Role

_BASE = "https://exports.example.edu"
_RECEIVER = "https://archive.example.edu/hooks/exports"
_BEGAN, _ENDED = "2026-03-02T09:15:00Z", "2026-03-02T09:15:21Z"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_NAME = "biology-101-export-2026-03-02-42.imscc"

_ATTACHMENT = bodies.AttachmentBody(
    id=81,
    uuid="Wd1Xo7yGJd0lYyHGmDYAw0Yr0Ykz9P7rVJPEXAMP",
    display_name=_NAME,
    filename=_NAME,
    content_type="application/octet-stream",
    url=f"{_BASE}/files/81/download?download_frd=1&verifier=example",
    size=1_482_203,
    created_at=_ENDED,
    updated_at=_ENDED,
    modified_at=_ENDED,
    mime_class="file",
    sha256=_SHA256,
    entries=164,
)
_EXPORT = bodies.ContentExportBody(
    id=42,
    user_id=7,
    created_at=_BEGAN,
    workflow_state=WorkflowState.EXPORTED,
    export_type=ExportType.COMMON_CARTRIDGE,
    progress_url=f"{_BASE}/api/v1/progress/43",
    course_id=12,
    attachment=_ATTACHMENT,
    expires_at="2026-04-01T09:15:21Z",
    warnings_count=1,
)
NEW_EXPORT = bodies.ContentExportBody(
    id=42,
    user_id=7,
    created_at=_BEGAN,
    workflow_state=WorkflowState.CREATED,
    export_type=ExportType.COMMON_CARTRIDGE,
    progress_url=f"{_BASE}/api/v1/progress/43",
    course_id=12,
    estimate=event_examples.ESTIMATE,
)
_REPORT = bodies.ReportBody(
    content_export_id=42,
    workflow_state=WorkflowState.EXPORTED,
    complete=False,
    expected={"pages": 12, "attachments": 30},
    packed={"pages": 12, "attachments": 29},
    skipped={},
    failed={"attachments": 1},
    excluded={},
    included_because={},
    warnings=[
        bodies.Warned(
            code="file_missing",
            message="The bytes of this file are missing.",
            item=bodies.WarnedItem(kind="attachments", id=301, title="cells.pdf"),
            place="web_resources/cells.pdf",
            what_to_do="Upload the file again and repeat the export.",
        )
    ],
    package=bodies.PackageFacts(
        filename=_NAME, content_type="application/octet-stream", sha256=_SHA256, size=1_482_203, entries=164
    ),
)
_PROGRESS = bodies.ProgressBody(
    id=43,
    context_id=42,
    user_id=7,
    completion=62.5,
    workflow_state="running",
    created_at=_BEGAN,
    updated_at="2026-03-02T09:15:12Z",
    message=None,
    url=f"{_BASE}/api/v1/progress/43",
)
_ENTRY = bodies.EntryBody(
    path="wiki_content/cells.html",
    size=2104,
    compressed_size=911,
    crc32="5f1e0c3a",
    sha256=_SHA256,
    kind="pages",
    item_id=5,
    title="Cells",
    url=f"{_BASE}/api/v1/courses/12/content_exports/42/entries/wiki_content/cells.html?verifier=example",
)
_COURSE = bodies.CourseBody(
    id=12,
    name="Biology 101",
    course_code="BIO101",
    uuid="2fH0Yk1EXAMPLE",
    workflow_state="available",
    account_id=1,
    root_account_id=1,
    start_at=None,
    end_at=None,
    created_at="2026-01-10T08:00:00Z",
    default_view="modules",
    license="private",
    is_public=False,
    is_public_to_auth_users=False,
    time_zone="Europe/Dublin",
    blueprint=False,
    enrollments=[bodies.Enrollment(type="teacher", role="TeacherEnrollment", user_id=7, enrollment_state="active")],
)
_AREA = bodies.SelectableArea(type="wiki_pages", property="select[all_wiki_pages]", title="Pages", count=12)
_PLAN = Plan(
    export_type=ExportType.QTI,
    filename="biology-101-quiz-export-2026-03-02.zip",
    content_type="application/zip",
    entries=9,
    bytes=48_120,
    estimated_seconds=0.4,
    expected={"quizzes": 4},
    packed={"quizzes": 4},
    complete=True,
)

_EXAMPLES: dict[Any, Any] = {
    CreateRequest: CreateRequest(export_type="common_cartridge", select={"pages": [5, 6], "all_quizzes": True}),
    UserFields: UserFields(name="Ada Lovelace", login_id="ada", site_admin=False),
    CourseFields: CourseFields(name="Biology 101", sis_course_id="BIO101", workflow_state=CourseState.AVAILABLE),
    GroupFields: GroupFields(name="Lab group", course_id=12, members=[7]),
    NewEnrollment: NewEnrollment(user_id=7, course_id=12, role=Role.TEACHER),
    NewToken: NewToken(
        user_id=7, scopes=["url:GET|/api/v1/courses/:course_id/content_exports"], expires_in_s=2_592_000
    ),
    RevokedToken: RevokedToken(token=_SHA256),
    NewWebhookRequest: NewWebhookRequest(url=_RECEIVER, context="courses/12"),
    WebhookBody: WebhookBody(
        id=5,
        user_id=7,
        url=_RECEIVER,
        context="courses/12",
        types=list(DEFAULT_TYPES),
        workflow_state="active",
        created_at=_BEGAN,
        disabled_at=None,
        disabled_reason=None,
    ),
    CancelRequest: CancelRequest(message="Asked for by mistake."),
    bodies.ContentExportBody: _EXPORT,
    list[bodies.ContentExportBody]: [_EXPORT],
    list[bodies.AccountExportBody]: [
        bodies.AccountExportBody(
            **msgspec.structs.asdict(_EXPORT),
            context_type=ContextType.COURSE,
            context_id=12,
            url=f"{_BASE}/api/v1/courses/12/content_exports/42",
        )
    ],
    bodies.AttachmentBody: _ATTACHMENT,
    bodies.ReportBody: _REPORT,
    list[bodies.EntryBody]: [_ENTRY],
    bodies.ProgressBody: _PROGRESS,
    bodies.CourseBody: _COURSE,
    list[bodies.CourseBody]: [_COURSE],
    list[bodies.SelectableArea]: [_AREA],
    Plan: _PLAN,
    **OPERATOR_EXAMPLES,
}


def _line(event_id: int, event_type: EventType) -> ExportEvent:
    data = event_examples.EVENTS[event_type]
    return ExportEvent(id=event_id, name=PROGRESS if event_type is EventType.PROGRESS else STATE, data=data)


EVENTS = (
    _line(901, EventType.EXPORTING),
    _line(902, EventType.PROGRESS),
    _line(903, EventType.EXPORTED),
)


def example_of(types: Iterable[Any], own: Any = None) -> Any | None:
    """Its own example, or that of the first of these types that has one, as JSON values; None without."""
    example = own or next((_EXAMPLES[each] for each in types if each in _EXAMPLES), None)
    return None if example is None else msgspec.to_builtins(example)


def stream_example() -> str:
    """The events as a stream has them, one block each."""
    lines = (f"id: {each.id}\nevent: {each.name}\ndata: {msgspec.json.encode(each.data).decode()}\n" for each in EVENTS)
    return "\n".join(lines)
