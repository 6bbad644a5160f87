"""The JSON bodies of the admin API, as those of bodies.py."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from shared.contracts.bodies import Id, JsonBody, Moment
from shared.domain.export import ProgressState
from shared.domain.rights import EnrollmentState, Role
from shared.domain.stored_file import SHA256


class AuditRow(JsonBody, frozen=True, kw_only=True):
    """An entry of the audit log: who did what to which export. Unknown and inapplicable fields are null."""

    id: Id
    at: Moment
    action: str
    content_export_id: int | None
    user_id: int | None
    real_user_id: int | None
    token: str | None
    address: str | None
    request_id: str | None
    subject: str | None


class RowBody(JsonBody, frozen=True, kw_only=True):
    """The user, course or group that was added, changed or deleted."""

    id: Id


class EnrolledBody(JsonBody, frozen=True, kw_only=True):
    """A role in a course, as it is now."""

    course_id: Id
    user_id: Id
    role: Role
    workflow_state: EnrollmentState


class TokenBody(JsonBody, frozen=True, kw_only=True):
    """An access token without itself: `scopes` are null where it has no limit of scope."""

    id: Id
    user_id: Id
    scopes: list[str] | None
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class LoadErrorBody(JsonBody, frozen=True, kw_only=True):
    """Why a load has failed: a stable code, and a sentence that names the member."""

    code: str | None
    message: str | None


class LoadBody(JsonBody, frozen=True, kw_only=True):
    """The load of an uploaded package. `result`, once it is completed, has `course_id`, `objects` by kind and `warnings`."""

    id: Id
    user_id: Id | None
    workflow_state: ProgressState
    completion: Annotated[float, Meta(ge=0, le=100)]
    filename: str
    size: int
    created_at: Moment
    progress_url: str
    result: dict[str, Any] | None
    error: LoadErrorBody | None


class BlobBody(JsonBody, frozen=True, kw_only=True):
    """Bytes that are here, by their SHA-256 in hexadecimal digits."""

    sha256: Annotated[str, Meta(pattern=f"^{SHA256}$")]
    size: int


class RevokedBody(JsonBody, frozen=True, kw_only=True):
    """A token that has been revoked."""

    revoked: Literal[True] = True
