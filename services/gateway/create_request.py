"""The create call, read once: its parameters become the ExportRequest that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.contracts.requests import CreateRequest
from shared.domain.audit import Actor
from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.rights import Caller
from shared.http.answers import ApiError, invalid, unauthenticated, unprocessable
from shared.runtime.traces import traceparent

# Canvas packs courses in all three ways, groups and users as zip only.
_ALLOWED = {each: frozenset(ExportType if each is ContextType.COURSE else {ExportType.ZIP}) for each in ContextType}


def read_export_request(
    asked: CreateRequest, context: Context, caller: Caller, actor: Actor, max_selected: int
) -> ExportRequest:
    """The request of this caller. Raises 400 for what Canvas would not understand, 422 for a selection over the limits."""
    if caller.user_id is None:
        raise unauthenticated()
    export_type = _export_type(asked.export_type, context)
    settings = _settings(asked, export_type, max_selected)
    request_id = actor.request_id or ""
    return ExportRequest(context, caller.user_id, export_type, settings, request_id, traceparent(), actor)


def _export_type(name: Any, context: Context) -> ExportType:
    if not isinstance(name, str) or name not in _ALLOWED[context.type]:
        raise invalid("invalid export_type")
    return ExportType(name)


def _settings(asked: CreateRequest, export_type: ExportType, max_selected: int) -> ExportSettings:
    if isinstance(asked.select, dict):
        _check_limits(asked.select, max_selected)
    try:
        return asked.settings(export_type)
    except (InvalidOption, InvalidSelection) as error:
        raise invalid(str(error)) from error


def _check_limits(select: Mapping[str, Any], most: int) -> None:
    """Raise 422, naming the key, for a selection that is deeper than two levels, names too many, or has NUL in it."""
    named = 0
    for key, value in select.items():
        if any(isinstance(word, str) and "\0" in word for word in (key, *_words(value))):
            shown = f"select[{key}]".replace("\0", "")
            raise unprocessable(shown, f"No name in {shown[:100]} can have a NUL character.", "nul_character")
        _check_depth(key, value)
        named += len(value) if isinstance(value, (dict, list)) else 1
        if named > most:
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
