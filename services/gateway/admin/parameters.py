"""The parameters of the admin API, from the query and from bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from shared.contracts.administration import Request, parse
from shared.domain.path_ids import parse_number
from shared.http.answers import bad_request
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


def query_number(request: web.Request, name: str) -> int | None:
    """A number of the query; None where it is absent. Raises 400 for anything else."""
    if (text := request.query.get(name)) is None:
        return None
    number = parse_number(text)
    if number is None:
        raise bad_request(f"{name} must be a number")
    return number


def query_time(request: web.Request, name: str) -> datetime | None:
    """A time with its zone, or in UTC."""
    if (text := request.query.get(name)) is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the latter before the year 1 in UTC
        raise bad_request(f"{name} must be a time in ISO 8601") from error
