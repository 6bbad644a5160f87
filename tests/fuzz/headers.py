"""Headers and signed links: ranges, verifiers, proxies, event ids, keys of repeated requests."""

from __future__ import annotations

from contextlib import suppress

from aiohttp import web

from services.gateway.create import _idempotency_key, _prefers_async
from services.gateway.packages.ranges import Unsatisfiable, other_version_required, part_of, unchanged
from services.gateway.verifier import sign, verified
from services.progress.frames import last_event_id
from shared.domain.rights import Caller
from shared.http import edge, polling
from shared.http.answers import ApiError
from shared.http.forwarded import client_address, forwarded_address
from shared.http.urls import base_url
from shared.runtime.settings import Settings
from tests.fuzz import inputs

_ETAG = '"0123456789abcdef"'
_SIZES = (0, 1, 1000, 2**40)
_KEYS = ("new-key", "old-key")
_FILE, _USER, _EXPIRES = 31, 7, 2_000_000_000
_SETTINGS = Settings(database_url="postgresql://none.invalid/none", secret_key=("a-key",), trust_forwarded=True)
_EDGE = edge.edge(trusted_proxies=1)


def byte_range(data: bytes) -> None:
    """Any Range and If-Range mean a part that lies within the bytes, or 416."""
    given, condition = map(inputs.header, inputs.lines(data, 2))
    headers = {"Range": given, **({"If-Range": condition} if condition else {})}
    for size in _SIZES:
        with suppress(Unsatisfiable):
            part = part_of(headers, _ETAG, size)
            assert 0 <= part.start <= part.stop <= part.size == size
    unchanged({"If-None-Match": given}, _ETAG)
    other_version_required({"If-Match": given}, _ETAG)


def verifier(data: bytes) -> None:
    """No text opens a file but the signed one."""
    text = inputs.text(data)
    signed = {sign([key], _FILE, _USER, _EXPIRES) for key in _KEYS}
    user = verified(_KEYS, _FILE, text, now=1.0)
    assert user is None or text in signed, f"{text!r} opens the file of {user}"
    assert verified(_KEYS, _FILE, text, now=_EXPIRES) is None


def forwarded(data: bytes) -> None:
    """Any words of proxies are an address without white space, or a 400 answer; ours cannot be changed by a client."""
    names = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Host")
    given = [(name, value) for name, value in zip(names, inputs.lines(data, len(names)), strict=True) if value]
    request = inputs.request(given)
    forwarded_address(request)
    for trusted in range(3):
        client_address(request, trusted)
    with inputs.refused_with(400):
        base = base_url(request, _SETTINGS)
        assert base.isascii()
        assert not set(base) & set(" \"'<>@?#\\")
    if b"," not in data and data.split(b"\n")[0]:
        ours = inputs.request([*given, ("Forwarded", b"for=192.0.2.7")])
        assert client_address(ours, 1) == "192.0.2.7"


def event_stream(data: bytes) -> None:
    """Any Last-Event-ID or `last_event_id` is an id of 64 bits or none, and any `wait` a time within its limit."""
    given, query = inputs.lines(data, 2)
    request = inputs.request([("Last-Event-ID", given)], query=query)
    found = last_event_id(request)
    assert found is None or 0 <= found < 2**63
    assert 0 <= polling.wait_s(request) <= polling.LONGEST_WAIT_S


def create_headers(data: bytes) -> None:
    """Any Idempotency-Key is a key or a 400 answer; Prefer and If-None-Match mean something or nothing."""
    key, prefer, tag = inputs.lines(data, 3)
    request = inputs.request([("Idempotency-Key", key), ("Prefer", prefer), ("If-None-Match", tag)])
    with inputs.refused_with(400):
        found = _idempotency_key(request, Caller(1), {"export_type": "zip"})
        assert found is None or (found.key.isascii() and 0 < len(found.key) <= 255)
    assert _prefers_async(request) in (True, False)
    polling.is_current(request, 'W/"1"')


def request_id(data: bytes) -> None:
    """Any X-Request-Id and traceparent are answered, with an id that is safe in a log and in a header."""
    given, trace, accept = inputs.lines(data, 3)
    request = inputs.request([("X-Request-Id", given), ("traceparent", trace), ("Accept", accept)])

    async def refuse(_request: web.Request) -> web.Response:
        raise ApiError(404, {"errors": [{"message": "no"}]})

    answer = inputs.wait(_EDGE(request, refuse))
    assert answer.status == 404
    shown = answer.headers["X-Request-Id"]
    assert shown.isascii()
    assert shown.isprintable()
    assert 0 < len(shown) <= 128
