"""The JSON bodies of the HTTP API as types: responses are made of these, and so is the OpenAPI description.

Names and meanings are Canvas's; fields beyond Canvas's come after its own. A field that may be UNSET is absent where it
does not apply, and never null for that. A class whose name the domain has too ends in `Body`; in the description it does
not.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from shared.contracts.estimate_body import EstimateBody
from shared.domain.export import ContextType, ExportType, ProgressState, WorkflowState
from shared.domain.packages.package_state import PackageState
from shared.domain.verification import Verification

Id = Annotated[int, Meta(ge=1, description="a string if the client accepts `application/json+canvas-string-ids`")]
Moment = Annotated[
    str, Meta(pattern=r"^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="ISO 8601 in UTC, whole seconds")
]
Counts = dict[str, int]  # by kind


class JsonBody(Struct, frozen=True, kw_only=True):
    """A JSON object of the API."""


class AttachmentBody(JsonBody, frozen=True, kw_only=True):
    """A package (Canvas: File). `url` is a signed link that needs no token and expires."""

    id: Id
    uuid: str
    folder_id: int | None = None
    display_name: str
    filename: str
    upload_status: Literal["success"] = "success"
    content_type: str = field(name="content-type")
    url: str
    size: int
    created_at: Moment
    updated_at: Moment
    unlock_at: Moment | None = None
    locked: bool = False
    hidden: bool = False
    lock_at: Moment | None = None
    hidden_for_user: bool = False
    thumbnail_url: str | None = None
    modified_at: Moment
    mime_class: Literal["zip", "file"]
    media_entry_id: str | None = None
    category: str = "uncategorized"
    locked_for_user: bool = False
    sha256: str
    entries: int
    part: int | UnsetType = UNSET
    parts: int | UnsetType = UNSET
    package_state: PackageState | UnsetType = UNSET  # at the last scrub
    checked_at: Moment | UnsetType = UNSET  # when that was


class WarnedItem(JsonBody, frozen=True, kw_only=True):
    """The object that a warning is about."""

    kind: str | None
    id: int | None
    title: str | None


class Warned(JsonBody, frozen=True, kw_only=True):
    """A loss or change in the package, and what to do about it."""

    code: str
    message: str
    item: WarnedItem | None
    place: str | None
    what_to_do: str


class ExportErrorBody(JsonBody, frozen=True, kw_only=True):
    """Why an export has failed: a stable code, a sentence, and the id of the request for the logs."""

    code: str | None
    message: str | None
    request_id: str | None


class PausedBody(JsonBody, frozen=True, kw_only=True):
    """Why an export waits, whatever its turn is: a stable code, a sentence with the reason of the operator, since when."""

    code: Literal["paused", "quarantined"]
    message: str
    since: Moment


class ContentExportBody(JsonBody, frozen=True, kw_only=True):
    """An export. `attachment` is its package, the first of `attachments` where it has several, until `expires_at`.

    `retry_of` is the export that this one retries, the first of a chain; `retried_by` is the latest retry of this one.
    `paused` is there while an operator keeps a waiting export from the workers. `warnings` appear only in the response to a
    create request: names in its `select` that do not exist.
    """

    id: Id
    user_id: Id | None
    created_at: Moment
    workflow_state: WorkflowState
    export_type: ExportType
    progress_url: str
    course_id: Id | UnsetType = UNSET
    attachment: AttachmentBody | UnsetType = UNSET
    attachments: list[AttachmentBody] | UnsetType = UNSET
    expires_at: Moment | UnsetType = UNSET
    retry_of: Id | UnsetType = UNSET
    retried_by: Id | UnsetType = UNSET
    estimate: EstimateBody | UnsetType = UNSET
    warnings_count: int | UnsetType = UNSET
    paused: PausedBody | UnsetType = UNSET
    error: ExportErrorBody | UnsetType = UNSET
    warnings: list[Warned] | UnsetType = UNSET


class AccountExportBody(ContentExportBody, frozen=True, kw_only=True):
    """An export in the list of all contexts: where it belongs, and where it is shown and deleted.

    The `attachment` of another person's zip is not there: that person downloads it, or who acts as that person.
    """

    context_type: ContextType
    context_id: Id
    url: str


class ProgressBody(JsonBody, frozen=True, kw_only=True):
    """The progress of an export, or of the load of an uploaded package. `completion` is 100 once it has finished, also as failed."""

    id: Id
    context_id: Id
    context_type: Literal["ContentExport", "PackageLoad"] = "ContentExport"
    user_id: Id | None
    tag: Literal["content_export", "package_load"] = "content_export"
    completion: Annotated[float, Meta(ge=0, le=100)]
    workflow_state: ProgressState
    created_at: Moment
    updated_at: Moment
    message: str | None
    url: str
    estimate: EstimateBody | UnsetType = UNSET


class ReceiptBody(JsonBody, frozen=True, kw_only=True):
    """What was packed and what was left out; `verification` is present once the package has been verified."""

    complete: bool
    expected: Counts
    packed: Counts
    skipped: Counts
    failed: Counts
    excluded: Counts
    included_because: dict[str, str]
    warnings: list[Warned]
    verification: Verification | UnsetType = UNSET


class PackageFacts(JsonBody, frozen=True, kw_only=True):
    """A package of a report."""

    filename: str
    content_type: str
    sha256: str
    size: int
    entries: int
    entries_url: str | UnsetType = UNSET


class ReportBody(ReceiptBody, frozen=True, kw_only=True):
    """The report of an export. `packages` are present if there are several."""

    content_export_id: Id
    workflow_state: WorkflowState
    package: PackageFacts | UnsetType = UNSET
    packages: list[PackageFacts] | UnsetType = UNSET


class EntryBody(JsonBody, frozen=True, kw_only=True):
    """A member of a package, and the object that it belongs to: null for documents of the package itself."""

    path: str
    size: int
    compressed_size: int
    crc32: str
    sha256: str | None
    kind: str | None
    item_id: int | None
    title: str | None
    url: str | UnsetType = UNSET


class Enrollment(JsonBody, frozen=True, kw_only=True):
    """A role of the caller in a course."""

    type: str
    role: str
    user_id: Id | None
    enrollment_state: str


class AccountBody(JsonBody, frozen=True, kw_only=True):
    """The account of this service; there is one."""

    id: Id
    name: str
    workflow_state: Literal["active"] = "active"
    parent_account_id: int | None = None
    root_account_id: int | None = None
    default_time_zone: str = "Etc/UTC"
    sis_account_id: str | None = None
    integration_id: str | None = None


class UserDisplay(JsonBody, frozen=True, kw_only=True):
    """A user by name, in what others see."""

    id: Id
    display_name: str


class CourseBody(JsonBody, frozen=True, kw_only=True):
    """A course; SIS ids only for its administrators. `include[]` asks for the fields after these."""

    id: Id
    name: str
    course_code: str
    uuid: str
    workflow_state: str
    account_id: int
    root_account_id: int
    start_at: str | None
    end_at: str | None
    created_at: Moment
    default_view: str
    license: str | None
    is_public: bool
    is_public_to_auth_users: bool
    time_zone: str | None
    blueprint: bool
    enrollments: list[Enrollment] | UnsetType = UNSET
    sis_course_id: str | UnsetType | None = UNSET
    integration_id: str | UnsetType | None = UNSET
    syllabus_body: str | UnsetType | None = UNSET
    total_students: int | UnsetType = UNSET
    teachers: list[UserDisplay] | UnsetType = UNSET
    account: AccountBody | UnsetType = UNSET
    account_name: str | UnsetType = UNSET
    concluded: bool | UnsetType = UNSET
    image_download_url: str | UnsetType | None = UNSET
    banner_image_download_url: str | UnsetType | None = UNSET
    lti_context_id: str | UnsetType | None = UNSET
    public_description: str | UnsetType | None = UNSET
    term: dict[str, Any] | UnsetType | None = UNSET


class GroupBody(JsonBody, frozen=True, kw_only=True):
    """A group."""

    id: Id
    name: str
    description: str | None
    created_at: Moment
    members_count: int
    is_public: bool
    join_level: str
    context_type: Literal["Course", "Account"]
    group_category_id: int | None
    role: str | None
    course_id: Id | UnsetType = UNSET
    sis_group_id: str | UnsetType | None = UNSET


class User(JsonBody, frozen=True, kw_only=True):
    """A user, as shown to the same user and to site admins."""

    id: Id
    name: str
    created_at: Moment
    sortable_name: str
    short_name: str
    sis_user_id: str | None
    integration_id: str | None
    login_id: str | None
    email: str | None
    locale: str | None
    time_zone: str | None


class Profile(JsonBody, frozen=True, kw_only=True):
    """What a user is called and reached by, as shown to themself and to site admins."""

    id: Id
    name: str
    short_name: str
    sortable_name: str
    title: str | None
    bio: str | None
    primary_email: str | None
    login_id: str | None
    sis_user_id: str | None
    integration_id: str | None
    lti_user_id: str | None
    avatar_url: str | None
    time_zone: str | None
    locale: str | None


class LinkedResource(JsonBody, frozen=True, kw_only=True):
    """The linked object: the assignment of a quiz, or the quiz, topic or page of an assignment."""

    type: str
    id: str
    message: str


class SelectableArea(JsonBody, frozen=True, kw_only=True):
    """A kind of content of the course, and the property that selects all of it."""

    type: str
    property: str
    title: str
    count: int | UnsetType = UNSET
    sub_items_url: str | UnsetType = UNSET


class SelectableItem(JsonBody, frozen=True, kw_only=True):
    """An object that can be selected; `id` is its asset string, `sub_items` are the objects in a group or folder."""

    type: str
    property: str
    title: str
    id: str
    linked_resource: LinkedResource | UnsetType = UNSET
    sub_items: list[SelectableItem] | UnsetType = UNSET


class Refusal(JsonBody, frozen=True, kw_only=True):
    """One cause of an error."""

    message: str
    error_code: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    expired_at: Moment | UnsetType = UNSET


class Errors(JsonBody, frozen=True, kw_only=True):
    """An error in the form of Canvas: only `message` for an invalid parameter of create; `errors` is a string for masquerading."""

    errors: list[Refusal] | str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    status: Literal["unauthenticated", "unauthorized"] | UnsetType = UNSET
    request_id: str | UnsetType = UNSET


class ExportAgain(JsonBody, frozen=True, kw_only=True):
    """The request that builds an export anew."""

    method: str
    url: str
    body: dict[str, Any]


class Gone(JsonBody, frozen=True, kw_only=True):
    """The package has expired or was deleted."""

    errors: list[Refusal]
    export_again: ExportAgain | UnsetType = UNSET


class ProblemBody(Struct, frozen=True, kw_only=True):
    """An error for clients that accept `application/problem+json` (RFC 9457), with the fields of Canvas beside it."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: str
