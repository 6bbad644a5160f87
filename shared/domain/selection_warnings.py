"""Warnings of unknown names in a `select`: keys that are no type of content, and objects that do not exist."""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.kinds import Kind, table_name
from shared.domain.report import ItemWarning
from shared.domain.warning_codes import WarningCode


def selection_warnings(unknown: Iterable[str], missing: Iterable[tuple[Kind, int | str]]) -> list[ItemWarning]:
    """One warning for each unknown key, then one for each missing object, by its id or identifier."""
    return [_of_key(key) for key in unknown] + [_of_object(kind, token) for kind, token in missing]


def _of_key(key: str) -> ItemWarning:
    message = f"select[{key}] is no type of content: nothing is selected by it."
    return ItemWarning(code=WarningCode.KIND_UNKNOWN, message=message, place=f"select[{key}]")


def _of_object(kind: Kind, token: int | str) -> ItemWarning:
    return ItemWarning(
        code=WarningCode.SELECTED_MISSING,
        message=f"There is no {token!r} among the {kind} here: nothing is selected by it.",
        kind=kind.value,
        item_id=token if isinstance(token, int) else None,
        place=f"select[{table_name(kind)}]",
    )
