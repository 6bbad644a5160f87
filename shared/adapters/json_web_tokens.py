"""Bearer tokens of an identity provider: JSON Web Tokens, verified against its published keys or a file."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from joserfc import errors, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shared.domain.errors import KeysUnavailable, TokenExpired, TokenInvalid
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

# Signatures that the provider alone can make: whoever verifies holds no secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LEEWAY_S = 30  # by which clocks may differ
_FRESH_S = 600.0  # how long fetched keys are used without a look at whether they have changed
_AGAIN_S = 10.0  # at most so often keys are fetched for a token whose key is not known
_FETCH_S = 5.0

Key = RSAKey | ECKey | OKPKey
Keys = KeySet | Key  # a single key is good whatever name a token gives it
Fetch = Callable[[], Awaitable[Keys]]


class JsonWebTokens:
    """Verifies tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, fetch: Fetch) -> None:
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        self._fetch = fetch
        self._keys: Keys | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()

    async def claims(self, token: str) -> dict[str, Any]:
        """What a good token says. Raises TokenInvalid, TokenExpired, and KeysUnavailable where no keys can be had."""
        try:
            decoded = await self._decoded(token)
            self._claims.validate(decoded.claims)
        except errors.ExpiredTokenError as error:
            raise TokenExpired(int(decoded.claims["exp"])) from error
        except (errors.JoseError, ValueError, TypeError) as error:
            get_logger().info("token_refused", reason=f"{type(error).__name__}: {error}"[:200])
            raise TokenInvalid from error
        return dict(decoded.claims)

    async def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, await self._current(_FRESH_S), algorithms=_ALGORITHMS)
        except (errors.BadSignatureError, errors.InvalidKeyIdError, errors.MissingKeyError, ValueError):
            before = self._keys
            if await self._current(_AGAIN_S) is before:
                raise
            return jwt.decode(token, await self._current(_FRESH_S), algorithms=_ALGORITHMS)

    async def _current(self, oldest_s: float) -> Keys:
        """The keys, fetched anew where they are older than this; old ones are used on where that fails."""
        async with self._fetching:
            if self._keys is None or time.monotonic() - self._fetched_at > oldest_s:
                self._fetched_at = time.monotonic()
                try:
                    self._keys = await self._fetch()
                except KeysUnavailable as error:
                    if self._keys is None:
                        self._fetched_at = 0.0
                        raise
                    get_logger().warning("keys_not_fetched", reason=str(error))
            return self._keys


@asynccontextmanager
async def open_tokens(settings: Settings) -> AsyncIterator[JsonWebTokens | None]:
    """The verifier that the settings describe; None without any. A file of keys must be readable from the start."""
    if not settings.jwt_keys:
        yield None
        return
    assert settings.jwt_issuer is not None
    assert settings.jwt_audience is not None
    timeout = aiohttp.ClientTimeout(total=_FETCH_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        location = settings.jwt_keys

        async def fetch() -> Keys:
            text = await _download(session, location) if "://" in location else await asyncio.to_thread(_read, location)
            return keys_of(text)

        if "://" not in location:
            await fetch()
        yield JsonWebTokens(settings.jwt_issuer, settings.jwt_audience, fetch)


def keys_of(text: str) -> Keys:
    """A JWKS document, or one public key as PEM. Raises KeysUnavailable for what is none."""
    try:
        if text.lstrip().startswith("{"):
            return KeySet.import_key_set(json.loads(text))
        return _pem(text)
    except (errors.JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeysUnavailable(
            "The keys of the identity provider are neither a JWKS document nor a public key."
        ) from error


def _pem(text: str) -> Key:
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(text)
        except (ValueError, TypeError, errors.JoseError):
            continue
    raise ValueError("no key of a known kind")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise KeysUnavailable(f"The keys of the identity provider cannot be read: {error}.") from error


async def _download(session: aiohttp.ClientSession, url: str) -> str:
    try:
        async with session.get(url, raise_for_status=True) as answer:
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise KeysUnavailable("The identity provider does not answer with its keys.") from error
