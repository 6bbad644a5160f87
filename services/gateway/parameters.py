"""The parameters of requests whose bodies are structs: those of the admin API and of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from shared.contracts.admin.administration import Request, parse
from shared.http.bodies import read_parameters

_OF_THE_CALLER = frozenset({"access_token", "as_user_id"})


async def body_of(request: web.Request, type_: type[Request]) -> Request:
    """The body, or the query, as this request. Raises InvalidOption for an unknown or invalid parameter."""
    return _parsed(await read_parameters(request), type_)


def query_of(request: web.Request, type_: type[Request]) -> Request:
    """The query as this request. Raises InvalidOption for an unknown or invalid parameter."""
    return _parsed(request.query, type_)


def _parsed(parameters: Mapping[str, Any], type_: type[Request]) -> Request:
    return parse({name: value for name, value in parameters.items() if name not in _OF_THE_CALLER}, type_)
