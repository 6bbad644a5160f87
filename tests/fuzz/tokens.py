"""Access tokens: JSON Web Tokens of any bytes, signed ones of any header and claims, and scopes."""

from __future__ import annotations

import base64
import time

from aiohttp import web
from joserfc.jwk import KeySet, OKPKey

from shared.adapters.json_web_tokens import JsonWebTokens, KeyCache, Keys
from shared.contracts.scopes import parse_scope, scope_fault
from shared.domain.errors import TokenInvalid
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import Alias, is_storable
from shared.domain.rights import Caller
from shared.http.answers import ApiError
from shared.http.scopes import reaches
from shared.http.tokens import ProvidedTokens
from shared.http.urls import EXPORTS, SUFFIX
from tests.fuzz import inputs

ISSUER, AUDIENCE = "https://login.example.edu", "content-exports"
# RFC 8037, appendix A.1: a key that everybody knows, so that a signature in a seed stays good.
_KEY = OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "ed",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
)


async def _listed(_request: web.Request) -> web.Response:
    return web.Response()


_ROUTES = web.UrlDispatcher()
_ROUTES.add_get(EXPORTS + SUFFIX, _listed)


class _Users:
    """A directory in which everybody is known."""

    async def caller(self, user_id: int) -> Caller | None:
        return Caller(user_id)

    async def find(self, kind: ContextType, alias: Alias) -> int | None:
        assert is_storable(alias.value), "the database cannot look for this"
        return 1


class _NoneIssued:
    async def caller(self, token: str, context: Context | None) -> Caller:
        raise ApiError(401, {})


async def _fetch() -> Keys:
    return KeySet.import_key_set({"keys": [_KEY.as_dict(private=False)]})


_VERIFIER = JsonWebTokens(ISSUER, AUDIENCE, KeyCache(_fetch, lambda: 1.0))
_TOKENS = tuple(
    ProvidedTokens(_Users(), _VERIFIER, ("sub", field, "scope"), _NoneIssued())  # type: ignore[arg-type]
    for field in ("id", "login_id")
)


def any_token(data: bytes) -> None:
    """No bytes are a good token: each is TokenInvalid, and a 401 answer."""
    token = inputs.header(data)
    try:
        claims = inputs.wait(_VERIFIER.claims(token))
    except TokenInvalid:
        pass
    else:
        raise AssertionError(f"these bytes are signed: {claims}")
    _check_caller(token)


def signed_token(data: bytes) -> None:
    """Any header (the first line) and claims that our provider has signed are a caller or a 401 answer."""
    head, claims = inputs.lines(data, 2)
    _check_caller(_signed(head, claims.replace(b'"NOW"', str(int(time.time()) + 60).encode())))


def _check_caller(token: str) -> None:
    for tokens in _TOKENS:
        with inputs.refused_with(401):
            caller = inputs.wait(tokens.caller(token, None))
            assert caller.user_id is not None
            assert caller.scopes is not None


def _signed(head: bytes, claims: bytes) -> str:
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, claims))
    signature = _KEY.private_key.sign(text)
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def scope(data: bytes) -> None:
    """Any scopes are good for a request or not: without one of its verb, none is. What is wrong with one is a sentence."""
    request = inputs.request()
    request._match_info = inputs.wait(_ROUTES.resolve(request))
    scopes = inputs.text(data).split("\n")
    if reaches(frozenset(scopes), request):
        assert any(each.startswith("url:GET|/") for each in scopes)
    for each in scopes:
        fault = scope_fault(each)
        assert fault or parse_scope(each)
