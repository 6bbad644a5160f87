"""The parameters of the create call as an export to be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import Context, ContextType, ExportType, NewExport
from shared.domain.package_options import read_options
from shared.domain.rights import Caller
from shared.domain.selection import read_select, truth
from shared.http.answers import ApiError, invalid, unauthenticated, unprocessable
from shared.runtime.settings import Settings
from shared.runtime.traces import traceparent

_ALLOWED = {each: frozenset(ExportType if each is ContextType.COURSE else {ExportType.ZIP}) for each in ContextType}


def wanted_export(
    parameters: Mapping[str, Any], context: Context, caller: Caller, settings: Settings, request_id: str
) -> NewExport:
    """What is asked for. Raises 400 for what Canvas would not understand, 422 for a selection over the limits."""
    if caller.user_id is None:
        raise unauthenticated()
    export_type = _export_type(parameters.get("export_type"), context)
    stored = _settings(parameters, export_type, settings.max_selected)
    stored["user_time_zone"] = caller.time_zone or settings.default_time_zone
    return NewExport(context, caller.user_id, export_type, stored, request_id, traceparent())


def _export_type(wanted: Any, context: Context) -> ExportType:
    """The type asked for. Canvas packs courses in all three ways, groups and users as zip only."""
    if not isinstance(wanted, str) or wanted not in _ALLOWED[context.type]:
        raise invalid("invalid export_type")
    return ExportType(wanted)


def _settings(parameters: Mapping[str, Any], export_type: ExportType, max_selected: int) -> dict[str, Any]:
    """What is stored of a request: what differs from the default."""
    stored: dict[str, Any] = {}
    select = parameters.get("select")
    try:
        _check_size(select, max_selected)
        read_select(select)
        stored |= read_options(parameters, export_type)
    except (InvalidOption, InvalidSelection) as error:
        raise invalid(str(error)) from error
    if select:
        stored["select"] = select
    if truth(parameters.get("skip_notifications")):
        stored["skip_notifications"] = True
    return stored


def _check_size(select: Any, most: int) -> None:
    """Raise 422, naming the key, for a selection that is deeper than two levels, names too many, or has NUL in it."""
    if not isinstance(select, dict):
        return
    named = 0
    for key, value in select.items():
        if any(isinstance(word, str) and "\0" in word for word in (key, *_words(value))):
            shown = f"select[{key}]".replace("\0", "")
            raise unprocessable(shown, f"No name in {shown[:100]} can have a NUL character.", "nul_character")
        if isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, (dict, list)):
                    raise _too_deep(f"select[{key}][{name}]")
        named += len(value) if isinstance(value, (dict, list)) else 1
        if named > most:
            raise unprocessable(f"select[{key}]", f"A selection may name at most {most} objects.", "select_too_large")


def _words(value: Any) -> list[Any]:
    """What is said below a key: names and flags, or ids."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else [value]


def _too_deep(name: str) -> ApiError:
    return unprocessable(name, f"{name[:100]} is nested too deep.", "nested_too_deep")
