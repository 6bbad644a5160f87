"""The keys of an identity provider: fetched in the background, one fetch at a time, and nobody waits who need not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import KeySet, RSAKey

from shared.adapters.json_web_tokens import JsonWebTokens, KeyCache, Keys
from shared.domain.errors import KeysUnavailable, TokenExpired, TokenInvalid
from tests.support.identity_provider import AUDIENCE, EC, ISSUER, RSA, token

NEW = RSAKey.generate_key(2048, {"kid": "new"})


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A key server that takes its time."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.fetches = 0
        self.free = asyncio.Event()
        self.free.set()
        self.broken = False

    async def fetch(self) -> Keys:
        self.fetches += 1
        await self.free.wait()
        if self.broken:
            raise KeysUnavailable("no answer")
        return KeySet.import_key_set({"keys": [key.as_dict(private=False) for key in self.keys]})


@pytest.fixture
def clock() -> Clock:
    return Clock()


Verifiers = Callable[[Server], JsonWebTokens]


@pytest.fixture
def verifier(clock: Clock) -> Verifiers:
    return lambda server: JsonWebTokens(ISSUER, AUDIENCE, KeyCache(server.fetch, clock))


async def test_known_keys_are_used_while_an_unknown_one_is_looked_for_at_a_slow_server(
    verifier: Verifiers, clock: Clock
) -> None:
    server = Server(RSA)
    tokens = verifier(server)
    assert (await tokens.claims(token(RSA, sub="a")))["sub"] == "a"
    clock.now += 60
    server.free.clear()
    unknown = [asyncio.create_task(tokens.claims(token(NEW, sub="b"))) for _ in range(20)]
    await asyncio.sleep(0)
    before = time.perf_counter()
    assert (await tokens.claims(token(RSA, sub="c")))["sub"] == "c"
    assert time.perf_counter() - before < 0.2
    for refused in await asyncio.gather(*unknown, return_exceptions=True):
        assert type(refused) is TokenInvalid
    assert server.fetches == 2
    server.free.set()


async def test_a_key_that_is_new_at_the_provider_is_found_and_the_server_is_not_asked_for_each_token(
    verifier: Verifiers, clock: Clock
) -> None:
    server = Server(RSA)
    tokens = verifier(server)
    await tokens.claims(token(RSA, sub="a"))
    server.keys.append(NEW)
    clock.now += 60
    assert (await tokens.claims(token(NEW, sub="b")))["sub"] == "b"
    for _ in range(5):
        with pytest.raises(TokenInvalid):
            await tokens.claims(token(EC, "ES256", sub="c"))
    assert server.fetches == 2


async def test_old_keys_are_used_on_where_the_server_is_gone_and_renewed_in_the_background(
    verifier: Verifiers, clock: Clock
) -> None:
    server = Server(RSA)
    tokens = verifier(server)
    await tokens.claims(token(RSA, sub="a"))
    clock.now += 3600
    server.broken = True
    assert (await tokens.claims(token(RSA, sub="b")))["sub"] == "b"
    assert (await tokens.claims(token(RSA, sub="c")))["sub"] == "c"


async def test_without_any_key_it_is_the_provider_that_is_unavailable(verifier: Verifiers) -> None:
    server = Server(RSA)
    server.broken = True
    with pytest.raises(KeysUnavailable):
        await verifier(server).claims(token(RSA, sub="a"))


@pytest.mark.parametrize("exp", [-(10**20), -1.5e300, 0, 1])
async def test_a_token_of_any_past_is_refused(verifier: Verifiers, exp: float) -> None:
    with pytest.raises(TokenInvalid) as refused:
        await verifier(Server(RSA)).claims(token(RSA, sub="a", exp=exp))
    assert isinstance(refused.value, TokenExpired) == (exp in (0, 1))
