"""`--select` as the API's `select` parameter."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def read_selection(words: Sequence[str]) -> dict[str, list[int] | bool]:
    """`pages=1,2` is the list shape, `all_quizzes` and `everything` are flags; a usage error for anything else.

    The same kind may be named again: its ids add up.
    """
    selection: dict[str, list[int] | bool] = {}
    for word in words:
        kind, equals, ids = word.partition("=")
        if not equals and (kind == "everything" or kind.startswith("all_")):
            selection[kind] = True
            continue
        known = selection.setdefault(kind, [])
        if not (kind and equals and isinstance(known, list)):
            raise _wrong(word)
        known += _numbers(ids, word)
    return selection


def _numbers(text: str, word: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise _wrong(word)
    return [int(part) for part in parts]


def _wrong(word: str) -> typer.BadParameter:
    return typer.BadParameter(f"{word!r} is neither KIND=1,2 nor all_KIND", param_hint="--select")
