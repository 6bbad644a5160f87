"""Parameters of requests: select, the whole create call, bodies, paths of ids, pages."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from aiohttp import web

from services.gateway import paging
from services.gateway.create_request import read_export_request
from shared.contracts.requests import CancelRequest, CreateRequest
from shared.domain.audit import Actor
from shared.domain.errors import InvalidSelection
from shared.domain.export import Context, ContextType
from shared.domain.export_settings import ExportSettings
from shared.domain.path_ids import Alias, is_storable, parse_id
from shared.domain.rights import Caller
from shared.domain.selection import Selection, parse_select
from shared.http.bodies import nested, read_parameters
from tests.fuzz import inputs

_CONTEXTS = tuple(Context(each, 7) for each in ContextType)
_MOST_SELECTED = 10_000


def select_of_json(data: bytes) -> None:
    """Any JSON value is a selection or InvalidSelection, and the stored form of a selection is the same selection."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return
    _check_select(value)


def select_of_form(data: bytes) -> None:
    """Any form is parameters or a 4xx answer; what stands under `select` is a selection, as from JSON."""
    with inputs.refused_with(400, 422):
        _check_select(nested(inputs.request(query=data).query.items()).get("select"))


def _check_select(value: object) -> None:
    try:
        select = parse_select(value)
    except InvalidSelection:
        return
    if isinstance(value, dict):
        assert parse_select(msgspec.json.decode(msgspec.json.encode(value))) == select
    selection = Selection.of(select)
    for kind in select.chosen:
        selection.selected(kind, 1, "an-identifier")


def create_request(data: bytes) -> None:
    """Any JSON object is a request or a 4xx answer; a request's settings can be stored, and are the same when read."""
    try:
        parameters = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return
    if isinstance(parameters, dict):
        for context in _CONTEXTS:
            check_create(parameters, context)
        CancelRequest.read(parameters)


def check_create(parameters: dict[str, object], context: Context) -> None:
    """Read the parameters as the create call does. Raises AssertionError where the request would be lost or changed."""
    asked = CreateRequest.read(parameters)
    with inputs.refused_with(400, 422):
        settings = read_export_request(asked, context, Caller(1), Actor(1, request_id="r"), _MOST_SELECTED).settings
        stored = msgspec.json.encode(settings)
        assert b"\\u0000" not in stored, "the database cannot hold a NUL"
        again = msgspec.json.decode(stored, type=ExportSettings)
        assert again == settings
        assert again.selected == settings.selected


def body(data: bytes) -> None:
    """Any body is parameters or a 4xx answer; type, encoding and query are the first lines of an input."""
    content_type, encoding, query, content = inputs.lines(data, 4)
    headers = [("Content-Type", content_type)] if content_type else []
    if encoding:
        headers.append(("Content-Encoding", encoding))
    request = inputs.request(headers, method="POST", query=query, body=content)
    # The edge answers 400 to a payload that cannot be read.
    with suppress(web.RequestPayloadError), inputs.refused_with(400, 413, 415, 422):
        check_create(inputs.wait(read_parameters(request)), _CONTEXTS[0])


def path_id(data: bytes) -> None:
    """Any text of a path is an id of 64 bits, an alias that can be looked for, or nothing."""
    for kind in ContextType:
        found = parse_id(kind, inputs.text(data))
        if isinstance(found, Alias):
            assert is_storable(found.value)
        else:
            assert found is None or 0 <= found < 2**63


def page(data: bytes) -> None:
    """Any query is a page with its links, or a 404 answer."""
    query = inputs.request(query=data).query
    if (place := paging.read_bookmark(query.get("page"), 2)) is not None:
        assert paging.read_bookmark(paging.bookmark(*place), 2) == place
    with inputs.refused_with(404):
        found = paging.page_of(query.get("page"), query.get("per_page"))
        pages = paging.numbered_pages(found, 1000)
        link = paging.link_header("http://exports.example.edu/x", query.items(), pages, found.size)
        assert link.isascii()
        assert link.isprintable()
