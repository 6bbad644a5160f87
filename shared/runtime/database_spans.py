"""Spans of statements of the database. Source: OpenTelemetry, "Semantic conventions for PostgreSQL client operations".

They have a summary of the statement, without values: what it reads and writes. The text of a server's error stays out as
well, since it quotes rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache

from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import NO_SPAN, add_attributes, fail, span, traceparent

_LONGEST_SUMMARY = 255  # by the conventions
_NAME = r"(?:(?:ONLY|LATERAL)\s+)?(?!(?:ONLY|LATERAL)\b)([a-z_][\w.]*)(?![\w.]*\s*\()"  # with a parenthesis: a function
_NO_TARGETS = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/"  # literals and comments
    r"|\b(?:FOR|NO\s+KEY|DO)\s+UPDATE\b|\bDISTINCT\s+FROM\b|\b(?:extract|substring|trim)\s*\([^()]*\bFROM\b",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_QUERY = re.compile(r"\b(\w+)(?:\s*\([\w\s,]*\))?\s+AS\s+(?:(?:NOT\s+)?MATERIALIZED\s*)?\(", re.IGNORECASE)
_TARGET = re.compile(
    rf"\b(?:(INSERT)\s+INTO\s+([a-z_][\w.]*)|(UPDATE)\s+{_NAME}|(DELETE)\s+FROM\s+{_NAME}|(?:FROM|JOIN|USING)\s+{_NAME})",
    re.IGNORECASE,
)


def statement_span(statement: str, place: dict[str, Value], rows: int | None = None) -> AbstractContextManager[None]:
    """The execution of a statement at `place`, below the current span.

    Without one nothing is recorded: a process that looks for work each second would begin a trace each second. `rows` is
    how many sets of values a batch has.
    """
    if traceparent() is None:
        return NO_SPAN
    summary = summary_of(statement)
    batch: dict[str, Value] = {"db.operation.batch.size": rows} if rows is not None and rows > 1 else {}
    return _recorded(summary, place | {"db.query.summary": summary} | batch)


def copy_span(table: str, place: dict[str, Value]) -> AbstractContextManager[None]:
    """The copying of rows into a table, below the current span, as that of a statement."""
    if traceparent() is None:
        return NO_SPAN
    return _recorded(f"COPY {table}", place | {"db.operation.name": "COPY", "db.collection.name": table})


@contextmanager
def _recorded(name: str, attributes: dict[str, Value]) -> Iterator[None]:
    described = {"db.system.name": "postgresql"} | attributes
    with span(name, kind=SpanKind.CLIENT, expected=(Exception,), attributes=described):
        try:
            yield
        except Exception as error:
            state = getattr(error, "sqlstate", None)  # of the server's answer; a lost connection has none
            if state:
                add_attributes({"db.response.status_code": state})
            fail(state or type(error).__name__)
            raise


@lru_cache(maxsize=2048)
def summary_of(statement: str) -> str:
    """What a statement does to which tables, in their order: `SELECT exports UPDATE exports progress`.

    Each pair of both stands there once. A statement without tables is its first word: `BEGIN`.
    """
    text = _NO_TARGETS.sub(" ", statement)
    query_names = {name.lower() for name in _NAMED_QUERY.findall(text)}
    words: list[str] = []
    seen: set[tuple[str, str]] = set()
    operation = ""
    for match in _TARGET.finditer(text):
        here = (match[1] or match[3] or match[5] or "SELECT").upper()
        target = match[2] or match[4] or match[6] or match[7]
        if target.lower() in query_names or (here, target) in seen:
            continue
        seen.add((here, target))
        words += [target] if here == operation else [here, target]
        operation = here
    return _shortened(words) or (text.split() or [""])[0].rstrip(";").upper()


def _shortened(words: list[str]) -> str:
    """The words in one line; what would be too long ends at a word."""
    line = " ".join(words)
    return line if len(line) <= _LONGEST_SUMMARY else line[: _LONGEST_SUMMARY + 1].rpartition(" ")[0]
