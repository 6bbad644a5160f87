"""Parses `--select` into the `select` parameter of the API."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def read_selection(words: Sequence[str]) -> dict[str, list[int] | bool]:
    """The `select` parameter: `pages=1,2` gives lists of ids, `all_quizzes` and `everything` are flags.

    The ids of a kind that is named several times add up. Raises a usage error for any other word.
    """
    selection: dict[str, list[int] | bool] = {}
    for word in words:
        kind, equals, ids = word.partition("=")
        if not equals and (kind == "everything" or kind.startswith("all_")):
            selection[kind] = True
            continue
        selected = selection.setdefault(kind, [])
        if not (kind and equals and isinstance(selected, list)):
            raise _usage_error(word)
        selected += _numbers(ids, word)
    return selection


def _numbers(text: str, word: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise _usage_error(word)
    return [int(part) for part in parts]


def _usage_error(word: str) -> typer.BadParameter:
    return typer.BadParameter(f"{word!r} is neither KIND=1,2 nor all_KIND", param_hint="--select")
