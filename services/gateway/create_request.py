"""The create call, read once: its parameters become the ExportRequest that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from shared.contracts.requests import CreateRequest
from shared.domain.audit import Actor
from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import ContentExport, Context, ContextType, ExportRequest, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind
from shared.domain.report import ItemWarning
from shared.domain.rights import Caller, may_create
from shared.domain.selection_warnings import selection_warnings
from shared.http.answers import ApiError, conflict, invalid, unauthenticated, unprocessable
from shared.http.identity import Visit
from shared.runtime.traces import traceparent


class SelectedObjects(Protocol):
    """What contexts hold, by id."""

    async def missing(self, context: Context, objects: Sequence[tuple[Kind, int]]) -> list[tuple[Kind, int]]:
        """Those of the objects that the context does not have, in the given order."""
        ...


# Canvas packs courses in all three ways, groups and users as zip only.
_ALLOWED = {each: frozenset(ExportType if each is ContextType.COURSE else {ExportType.ZIP}) for each in ContextType}


def permitted_request(create_request: CreateRequest, visit: Visit, actor: Actor, max_selected: int) -> ExportRequest:
    """The request of a visit, over HTTP or by a command. Raises 401 or 403 without the right, 400 and 422 as below."""
    visit.require(visit.rights.read)
    new = read_export_request(create_request, visit.context, visit.caller, actor, max_selected)
    visit.require(may_create(visit.caller, visit.rights, new.export_type))
    return new


def retry_request(failed: ContentExport, visit: Visit, actor: Actor) -> tuple[int, ExportRequest]:
    """(the first export, the request that retries it), of a visit to the context of a failed export.

    A retry of a retry is one of the first export. An export whose package is damaged in the store is built again likewise,
    by itself. Raises 401 or 403 without the right, 409 for one that has neither failed nor lost its package.
    """
    visit.require_read(failed)
    visit.require(may_create(visit.caller, visit.rights, failed.export_type))
    if failed.workflow_state is not WorkflowState.FAILED and not failed.is_damaged:
        raise conflict(f"Only a failed export can be retried; this one is {failed.workflow_state}.")
    assert visit.caller.user_id is not None  # may_create has let it pass
    first = failed.id if failed.is_damaged else failed.settings.retry_of or failed.id
    settings = replace(failed.settings, retry_of=first, command=None)
    request_id = actor.request_id or ""
    request = ExportRequest(
        visit.context, visit.caller.user_id, failed.export_type, settings, request_id, traceparent(), actor
    )
    return first, request


async def warnings_of(new: ExportRequest, contexts: SelectedObjects) -> list[ItemWarning]:
    """Of unknown keys and objects in the selection. Only the worker looks up identifiers, for the report."""
    select = new.settings.selected
    ids = [(kind, token) for kind, token in select.named if isinstance(token, int)]
    missing = await contexts.missing(new.context, ids) if ids and not select.everything else []
    return [] if select.everything else selection_warnings(select.unknown, missing)


def read_export_request(
    create_request: CreateRequest, context: Context, caller: Caller, actor: Actor, max_selected: int
) -> ExportRequest:
    """The request of this caller. Raises 400 for what Canvas would not understand, 422 for a selection over the limits."""
    if caller.user_id is None:
        raise unauthenticated()
    export_type = _export_type(create_request.export_type, context)
    settings = _settings(create_request, export_type, max_selected)
    request_id = actor.request_id or ""
    return ExportRequest(
        context,
        caller.user_id,
        export_type,
        settings,
        request_id,
        traceparent(),
        actor,
        coalesce=create_request.is_coalesced,
    )


def _export_type(name: Any, context: Context) -> ExportType:
    if not isinstance(name, str) or name not in _ALLOWED[context.type]:
        raise invalid("invalid export_type") from InvalidOption("invalid export_type", item="export_type")
    return ExportType(name)


def _settings(create_request: CreateRequest, export_type: ExportType, max_selected: int) -> ExportSettings:
    if isinstance(create_request.select, dict):
        _check_limits(create_request.select, max_selected)
    try:
        return create_request.settings(export_type)
    except (InvalidOption, InvalidSelection) as error:
        raise invalid(str(error)) from error


def _check_limits(select: Mapping[str, Any], most: int) -> None:
    """Raise 422, naming the key, for a selection that is deeper than two levels, names too many, or has NUL in it."""
    count = 0
    for key, value in select.items():
        if any(isinstance(word, str) and "\0" in word for word in (key, *_words(value))):
            shown = f"select[{key}]".replace("\0", "")
            raise unprocessable(shown, f"No name in {shown[:100]} can have a NUL character.", "nul_character")
        _check_depth(key, value)
        count += len(value) if isinstance(value, (dict, list)) else 1
        if count > most:
            raise unprocessable(f"select[{key}]", f"A selection may name at most {most} objects.", "select_too_large")


def _check_depth(key: str, value: Any) -> None:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, (dict, list)):
            raise _too_deep(f"select[{key}][{name}]")


def _words(value: Any) -> list[Any]:
    """What stands below a key: names and flags, or ids."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else [value]


def _too_deep(name: str) -> ApiError:
    return unprocessable(name, f"{name[:100]} is nested too deep.", "nested_too_deep")
