"""Request parameters as Rails reads them: query, form or JSON, with `select[pages][]=1` as nested data."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import hdrs, web

from shared.http import forms
from shared.http.answers import bad_request, unprocessable, unsupported_encoding
from shared.http.inflate import inflated, is_compressed

_PART = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH = 8
_LONGEST_TYPE = 512  # characters of a Content-Type, whose parser takes the square of them in time
_PARAMETERS = web.RequestKey("parameters", dict)


def has_body(request: web.Request) -> bool:
    """Whether there is a body to read; one of a GET is ignored, whatever its headers say."""
    return request.method not in ("GET", "HEAD") and request.can_read_body


def has_parameters(request: web.Request) -> bool:
    """Whether there may be any, in the query or in a body."""
    return bool(request.query_string) or has_body(request)


async def read_parameters(request: web.Request) -> dict[str, Any]:
    """The query and the body as one hash; the body wins. Raises 400 for a body that cannot be read, 413 for a large one."""
    if _PARAMETERS not in request:
        request[_PARAMETERS] = await _read(request)
    return request[_PARAMETERS]


def leave_body(request: web.Request) -> None:
    """Leave the body to the handler: it is a file, so that the parameters are those of the query alone."""
    request[_PARAMETERS] = nested(request.query.items())


async def _read(request: web.Request) -> dict[str, Any]:
    parameters = nested(request.query.items()) if request.query_string else {}
    if not has_body(request):
        return parameters
    # Before `content_type` is read, which parses the header.
    if len(request.headers.get(hdrs.CONTENT_TYPE, "")) > _LONGEST_TYPE:
        raise bad_request(f"the Content-Type has more than {_LONGEST_TYPE} characters")
    if request.content_type == "multipart/form-data":
        return {**parameters, **nested(await _multipart(request))}
    raw = inflated(await request.read(), request.headers.get(hdrs.CONTENT_ENCODING, ""), request.client_max_size)
    if request.content_type == "application/x-www-form-urlencoded":
        return {**parameters, **nested(forms.urlencoded(raw, request.charset or "utf-8"))}
    if not raw.strip():
        return parameters
    try:
        # A byte order mark may be ignored (RFC 8259, 8.1).
        data = msgspec.json.decode(raw.removeprefix(BOM_UTF8))
    except RecursionError as error:
        raise unprocessable("body", "The body is nested too deep.", "nested_too_deep") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"the body is not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise bad_request("the body must be a JSON object")
    return {**parameters, **data}


async def _multipart(request: web.Request) -> forms.Pairs:
    if is_compressed(request.headers.get(hdrs.CONTENT_ENCODING, "")):
        raise unsupported_encoding()
    return await forms.multipart(request)


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][]=1&a[b][]=2&a[c]=3` as `{"a": {"b": ["1", "2"], "c": "3"}}`; of two plain values the later wins.

    Raises 400 where a name is used both as a list and as a hash, 422 where it is nested too deep.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        rest = _PART.findall(name[len(head) :])
        if not head:
            raise bad_request(f"the parameter name {name[:100]!r} cannot be read")
        if len(rest) > _MAX_DEPTH:
            raise unprocessable(name[:100], f"The parameter {name[:100]!r} is nested too deep.", "nested_too_deep")
        _put(root, [head, *rest], value, name)
    return root


def _put(into: dict[str, Any], path: list[str], value: str, name: str) -> None:
    here = into
    for place, step in enumerate(path):
        following = path[place + 1] if place + 1 < len(path) else None
        if following is None:
            here[step] = value
            return
        if following == "":
            values = here.setdefault(step, [])
            if not isinstance(values, list) or place + 2 != len(path):
                raise bad_request(f"the parameter {name[:100]!r} is used in two ways")
            values.append(value)
            return
        below = here.setdefault(step, {})
        if not isinstance(below, dict):
            raise bad_request(f"the parameter {name[:100]!r} is used in two ways")
        here = below
