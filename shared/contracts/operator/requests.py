"""Requests of operators, over HTTP and in the command line: actions on exports, pauses, quarantines and workers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.contracts.admin.administration import AdminRequest, RowId
from shared.domain.error_codes import ErrorCode
from shared.domain.export import Context, ExportType
from shared.domain.operator.export_actions import FailedExports
from shared.domain.operator.pauses import PauseTarget
from shared.domain.path_ids import parse_context

MOST_IDS = 100  # exports that one request may name
MOST_RETRIED = 1000  # exports that one request creates again

_Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
ContextPath = Annotated[str, Meta(description="courses/42, groups/3 or users/9", max_length=40)]


class NamedExports(AdminRequest, frozen=True, kw_only=True):
    """Exports by their ids. A dry run says what would become of each, and changes nothing."""

    ids: Annotated[list[RowId], Meta(min_length=1, max_length=MOST_IDS)]
    dry_run: bool = False


class RequeueRequest(NamedExports, frozen=True, kw_only=True):
    """Exports that are to be sent to the workers again."""


class FailRequest(NamedExports, frozen=True, kw_only=True):
    """Exports that are to end as failed, for a reason that their callers read."""

    reason: _Reason


class CancelExportsRequest(NamedExports, frozen=True, kw_only=True):
    """Exports that are to end as cancelled."""

    message: Annotated[str, Meta(max_length=1000)] = ""


class RetryFailedRequest(AdminRequest, frozen=True, kw_only=True):
    """Failed exports that are to be created again: those with this error, since a time, up to a number of them.

    A dry run says which ones, and creates nothing. `before` is for the batches after the first: its answer has it.
    """

    error_code: ErrorCode
    since: datetime
    before: datetime | UnsetType = UNSET
    export_type: ExportType | UnsetType = UNSET
    context: ContextPath | UnsetType = UNSET
    user_id: Annotated[int, Meta(ge=1, le=2**63 - 1, description="the owner of the exports")] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=MOST_RETRIED)] = 100
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a context of no valid form."""
        super().__post_init__()
        if self.context:
            context_of(self.context)

    def failed(self, now: datetime) -> FailedExports:
        """The same as a filter; times without a zone are in UTC."""
        return FailedExports(
            code=self.error_code,
            since=_in_utc(self.since),
            before=_in_utc(self.before) if self.before else now,
            export_type=self.export_type or None,
            context=context_of(self.context) if self.context else None,
            user_id=self.user_id or None,
        )


class PauseTargetRequest(AdminRequest, frozen=True, kw_only=True):
    """Whose exports: those of a type, of an owner, or of a context; one of the three. A dry run changes nothing."""

    export_type: ExportType | UnsetType = UNSET
    user_id: Annotated[int, Meta(ge=1, le=2**63 - 1, description="the owner of the exports")] | UnsetType = UNSET
    context: ContextPath | UnsetType = UNSET
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one is named, and for a context of no valid form."""
        super().__post_init__()
        if sum(bool(each) for each in (self.export_type, self.user_id, self.context)) != 1:
            raise ValueError("name one of export_type, user_id and context")
        if self.context:
            context_of(self.context)

    @property
    def target(self) -> PauseTarget:
        """The same as a target."""
        context = context_of(self.context) if self.context else None
        return PauseTarget(self.export_type or None, self.user_id or None, context)


class PauseRequest(PauseTargetRequest, frozen=True, kw_only=True):
    """Exports that are to wait; their callers read the reason."""

    reason: _Reason


class ResumeRequest(PauseTargetRequest, frozen=True, kw_only=True):
    """Exports that are to take their turns again."""


class QuarantineEndRequest(AdminRequest, frozen=True, kw_only=True):
    """A context that is to leave quarantine. A dry run changes nothing."""

    context: ContextPath
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a context of no valid form."""
        super().__post_init__()
        context_of(self.context)

    @property
    def target(self) -> PauseTarget:
        """The context as a target."""
        return PauseTarget(context=context_of(self.context))


class QuarantineRequest(QuarantineEndRequest, frozen=True, kw_only=True):
    """A context whose exports end workers: they are to wait. Their callers read the reason."""

    reason: _Reason


class DrainRequest(AdminRequest, frozen=True, kw_only=True):
    """A worker that is to finish what it has and take no more; `undo` lets it take exports again."""

    worker: Annotated[str, Meta(min_length=1, max_length=255)]
    undo: bool = False
    dry_run: bool = False


class DeadLettersRequest(AdminRequest, frozen=True, kw_only=True):
    """Dead letters by their ids; `all` names every one. A dry run says which there are."""

    ids: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=MOST_IDS)]
    limit: Annotated[int, Meta(ge=1, le=MOST_RETRIED)] = MOST_RETRIED  # at most so many, the oldest first
    dry_run: bool = False


def context_of(path: str) -> Context:
    """`courses/42` as a context. Raises ValueError for text of another form."""
    parsed = parse_context(path)
    if parsed is None or not isinstance(parsed[1], int):
        raise ValueError(f"context must be courses/, groups/ or users/ and a number, not {path!r}")
    return Context(parsed[0], parsed[1])


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
