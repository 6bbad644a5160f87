"""Verifies bearer tokens of an identity provider: JSON Web Tokens, signed by its published keys or those of a file."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from joserfc import errors, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shared.domain.errors import KeysUnavailable, TokenExpired, TokenInvalid, in_full
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

# Asymmetric signatures only: the keys that verify cannot sign. HS256 would need a secret, and "none" needs no key.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LEEWAY_S = 30  # how far the clocks of provider and service may differ
_REFRESH_S = 600.0  # age at which keys are fetched again, since the provider may have changed them
_UNKNOWN_KEY_REFRESH_S = (
    10.0  # shortest interval between fetches for unknown keys, which any client can name in a token
)
_UNKNOWN_KEY_WAIT_S = 0.5  # how long a token with an unknown key waits for the fetch
_FETCH_S = 5.0

Key = RSAKey | ECKey | OKPKey
Keys = KeySet | Key  # a single key verifies any token, whatever key id it names
Fetch = Callable[[], Awaitable[Keys]]


class KeyCache:
    """The keys of the provider. Known keys stay in use while newer ones are fetched, by one fetch at a time.

    A slow key server delays only tokens with an unknown key, and those by a short wait.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Keys | None = None
        self._fetched_at = 0.0
        self._fetching: asyncio.Task[None] | None = None

    async def current(self) -> Keys:
        """The newest keys that were fetched. Raises KeysUnavailable if none ever were."""
        if self._keys is None:
            await self._wait_for(self._begin(), _FETCH_S)
        elif self._clock() - self._fetched_at > _REFRESH_S:
            self._begin()
        if self._keys is None:
            raise KeysUnavailable("The identity provider does not answer with its keys.")
        return self._keys

    async def newer_than(self, keys: Keys) -> Keys | None:
        """Keys that replace `keys`, if a fetch that ends within a moment brings some; else None."""
        if self._fetching is None and self._keys is keys and self._clock() - self._fetched_at > _UNKNOWN_KEY_REFRESH_S:
            self._begin()
        if self._fetching is not None:
            await self._wait_for(self._fetching, _UNKNOWN_KEY_WAIT_S)
        return None if self._keys is keys else self._keys

    async def close(self) -> None:
        """Cancel a running fetch and wait for its end."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _begin(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetched())
        return self._fetching

    async def _fetched(self) -> None:
        try:
            self._keys = await self._fetch()
        except KeysUnavailable as error:
            get_logger().warning("keys_not_fetched", reason=in_full(error))
        finally:
            self._fetched_at = self._clock()  # also after a failure: the next fetch waits as long
            self._fetching = None

    @staticmethod
    async def _wait_for(fetching: asyncio.Task[None], seconds: float) -> None:
        """Wait without cancelling the fetch, since other tokens may wait for it too."""
        await asyncio.wait({fetching}, timeout=seconds)


class JsonWebTokens:
    """Verifies the tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, keys: KeyCache) -> None:
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        self._keys = keys

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a valid token. Raises TokenInvalid, TokenExpired, KeysUnavailable if no keys are known."""
        try:
            decoded = await self._decoded(token)
            self._claims.validate(decoded.claims)
        except errors.ExpiredTokenError as error:
            raise _expired(decoded.claims["exp"]) from error
        except (errors.JoseError, ValueError, TypeError, RecursionError) as error:
            get_logger().info("token_rejected", reason=type(error).__name__)
            raise TokenInvalid from error
        return dict(decoded.claims)

    async def _decoded(self, token: str) -> jwt.Token:
        keys = await self._keys.current()
        try:
            return jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (errors.BadSignatureError, errors.InvalidKeyIdError, errors.MissingKeyError, ValueError):
            newer = await self._keys.newer_than(keys)
            if newer is None:
                raise
            return jwt.decode(token, newer, algorithms=_ALGORITHMS)


def _expired(exp: float) -> TokenInvalid:
    """TokenExpired with the time of expiry; TokenInvalid if no calendar has that time."""
    try:
        datetime.fromtimestamp(exp, UTC)
    except (ValueError, OverflowError, OSError):
        return TokenInvalid()
    return TokenExpired(int(exp))


@asynccontextmanager
async def open_tokens(settings: Settings) -> AsyncIterator[JsonWebTokens | None]:
    """The verifier for the settings; None if they name no keys.

    A file of keys is read at once, and KeysUnavailable raised if it cannot be; a URL is fetched for the first token.
    """
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
        keys = KeyCache(fetch)
        try:
            yield JsonWebTokens(settings.jwt_issuer, settings.jwt_audience, keys)
        finally:
            await keys.close()


def keys_of(text: str) -> Keys:
    """A JWKS document, or one public key as PEM. Raises KeysUnavailable for any other text."""
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
    raise ValueError("not a public key of a known type")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise KeysUnavailable("The keys of the identity provider cannot be read.", detail=str(error)) from error


async def _download(session: aiohttp.ClientSession, url: str) -> str:
    try:
        async with session.get(url, raise_for_status=True) as response:
            return await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise KeysUnavailable("The identity provider does not answer with its keys.") from error
