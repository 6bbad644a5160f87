"""Commands of internal services about exports, and the replies to them: the data of CloudEvents.

A field of the wrong type is an error; unknown fields are ignored, and null is an absent field. Within `.v1` fields are only added.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from shared.contracts.requests import CreateRequest
from shared.domain.export import ExportType
from shared.domain.fairness.priority import Priority
from shared.domain.packages.package_options import SMALLEST_PART, Target

_LARGEST_ID = 2**63 - 1  # of a bigint

ExportNumber = Annotated[int, Meta(ge=1, le=_LARGEST_ID)]
UserName = (
    Annotated[int, Meta(ge=1, le=_LARGEST_ID)]
    | Annotated[str, Meta(min_length=1, max_length=1024, description="any form of a path: sis_user_id:S1, uuid:...")]
)


class CommandType(StrEnum):
    """The commands about exports, by the `type` of their events."""

    REQUEST = "export.request.v1"
    CANCEL = "export.cancel.v1"
    RETRY = "export.retry.v1"


class ReplyType(StrEnum):
    """The replies to them."""

    ACCEPTED = "export.accepted.v1"  # the data is a ContentExportBody (bodies.py)
    REFUSED = "export.refused.v1"  # the data is a Problem


class ExportRequestData(Struct, frozen=True, kw_only=True):
    """`export.request.v1`: create an export. From a service, to the inbox; safe to send twice under one id.

    The fields are those of the HTTP create, with the user who requests it. The context is the event's `subject`, or
    `context` where that is given: `courses/42`, `groups/sis_group_id:G1`, `users/9`.
    """

    export_type: ExportType
    user_id: UserName
    context: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    select: dict[str, Any] | None = None
    skip_notifications: bool | None = None
    version: str | None = None
    target: Target | None = None
    include_banks: bool | None = None
    thin: bool | None = None
    include_report: bool | None = None
    include_index: bool | None = None
    priority: Priority | None = None  # interactive needs the right export.interactive
    max_part_size: Annotated[int, Meta(ge=SMALLEST_PART, lt=10**18)] | None = None
    dry_run: bool | None = None  # refused where it is true: a dry run is a call of the HTTP API

    def create_request(self) -> CreateRequest:
        """The same as the parameters of an HTTP create."""
        return CreateRequest.read(msgspec.structs.asdict(self))


class ExportCancelData(Struct, frozen=True, kw_only=True):
    """`export.cancel.v1`: end an unfinished export. From a service, to the inbox; a finished one stays as it is."""

    id: ExportNumber
    user_id: UserName | None = None  # as whom; without it, the user who requested the export
    message: str | None = None  # the first 1000 characters are kept


class ExportRetryData(Struct, frozen=True, kw_only=True):
    """`export.retry.v1`: create a failed export anew. From a service, to the inbox; safe to send twice under one id."""

    id: ExportNumber
    user_id: UserName | None = None  # as whom; without it, the user who requested the export


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a command was refused, as problem details (RFC 9457). `status` is that of the same HTTP answer."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None  # stable, for programs
    parameter: str | None = None  # the path of the field that it is about: data.user_id
