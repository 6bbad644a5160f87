"""The queries of these pages' addresses: the fields of a form, and the page of a list that begins before an id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import web

from services.console.pages import see_other

PER_PAGE = 50
BEFORE = "before_id"  # of the API and of our addresses alike: the id of the last row of the page before


class _Row(Protocol):
    @property
    def id(self) -> int: ...


def query_of(fields: Mapping[str, str]) -> str:
    """The fields as the query of an address, with its question mark; empty where there are none."""
    return f"?{urlencode(fields)}" if fields else ""


def filled(request: web.Request, names: Iterable[str]) -> dict[str, str]:
    """Those fields of the address that are not empty."""
    values = {name: request.query.get(name, "").strip() for name in names}
    return {name: value for name, value in values.items() if value}


def without_empty(request: web.Request, fields: Mapping[str, str]) -> web.Response | None:
    """The way to the page with these fields alone, if its address has empty ones: a form sends them, too."""
    return see_other(request.path + query_of(fields)) if "" in request.query.values() else None


def older(rows: Sequence[_Row], shown: Mapping[str, str] | None = None) -> str:
    """The query of the page after these rows, with what else is `shown`; empty where this page is the last."""
    return query_of({**(shown or {}), BEFORE: str(rows[-1].id)}) if len(rows) == PER_PAGE else ""
