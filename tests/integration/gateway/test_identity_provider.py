"""Tokens of an identity provider: only its own, for us, in their time, for people that are known, within their scopes."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, running_gateway
from tests.support.identity_provider import AUDIENCE, EC, ED, ISSUER, RSA, Provider, running_provider, token
from tests.support.school import School

STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        yield made


Run = Callable[..., AbstractAsyncContextManager[Gateway]]


@pytest.fixture
def run(migrated_url: str, people: School, tmp_path: Path) -> Run:
    """A gateway that trusts the provider."""
    common = {"database_url": migrated_url, "store_url": str(tmp_path), "secret_key": ("k",), "http_port": 0}
    settings = partial(Settings, **common, stop_grace_s=0, jwt_issuer=ISSUER, jwt_audience=AUDIENCE)
    return lambda **more: running_gateway(settings(**more), people)


async def who(gateway: Gateway, bearer: str) -> tuple[int, Any]:
    """(status, id of the caller or the message of the refusal)."""
    headers = {"Authorization": f"Bearer {bearer}"}
    answer = await gateway.http.get(f"{gateway.url}/api/v1/users/self", headers=headers)
    body = answer.json()
    if answer.status_code == 401:
        assert answer.headers.get("WWW-Authenticate") or "scopes" in answer.text
    return answer.status_code, body["id"] if answer.status_code == 200 else body["errors"][0]["message"]


async def known_as(school: School, **names: str) -> int:
    return await school.people.put_user(None, {"name": "Known", **names})


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS384"), (EC, "ES256"), (ED, "EdDSA")])
async def test_a_token_of_the_provider_is_its_user(
    run: Run, provider: Provider, people: School, key: Any, alg: str
) -> None:
    user = await known_as(people, sis_user_id=f"jwt-{alg}")
    async with run(jwt_keys=provider.url) as gateway:
        assert await who(gateway, token(key, alg, sub=f"jwt-{alg}")) == (200, user)
        assert await who(gateway, token(key, alg, sub=f"jwt-{alg}", aud=["other", AUDIENCE])) == (200, user)


async def test_every_other_token_is_refused(run: Run, provider: Provider, people: School) -> None:
    await known_as(people, sis_user_id="jwt-refused")
    good = token(sub="jwt-refused")
    head, body, signature = good.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"sub": "jwt-refused"}).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    hs256 = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').decode().rstrip("=")
    mac = hmac.digest(RSA.as_pem(private=False), f"{hs256}.{body}".encode(), "sha256")
    secret = f"{hs256}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    refused = {
        "another key under the same name": token(STRANGER, sub="jwt-refused"),
        "a secret made of the public key": secret,
        "no signature": f"{none}.{body}.",
        "other claims": f"{head}.{forged}.{signature}",
        "another issuer": token(sub="jwt-refused", iss="https://evil.example"),
        "no issuer": token(sub="jwt-refused", iss=None),
        "another audience": token(sub="jwt-refused", aud="other"),
        "no audience": token(sub="jwt-refused", aud=None),
        "no end": token(sub="jwt-refused", exp=None),
        "not yet": token(sub="jwt-refused", nbf=int(time.time()) + 600),
        "nobody": token(sub="someone-else"),
        "no user": token(sub=None),
        "a user that is none": token(sub=["jwt-refused"]),
        "nonsense": "a.b.c",
        "dots": "..",
    }
    async with run(jwt_keys=provider.url) as gateway:
        assert (await who(gateway, good))[0] == 200
        for why, bearer in refused.items():
            assert await who(gateway, bearer) == (401, "Invalid access token."), why
        ended = token(sub="jwt-refused", exp=int(time.time()) - 600)
        assert await who(gateway, ended) == (401, "Expired access token.")


async def test_tokens_that_were_issued_here_are_good_beside_them(run: Run, provider: Provider, people: School) -> None:
    person = await people.person()
    async with run(jwt_keys=provider.url) as gateway:
        assert await who(gateway, person.token) == (200, person.id)
        assert provider.asked == 0


@pytest.mark.parametrize(
    "claim",
    [("login_id", "Eve@example.edu", "eve@EXAMPLE.edu"), ("integration_id", "i-77", "i-77"), ("id", "", "")],
)
async def test_the_settings_say_which_claim_names_the_user_and_how(
    run: Run, provider: Provider, people: School, claim: tuple[str, str, str]
) -> None:
    name, value, said = claim
    user = await known_as(people, **({name: value} if value else {}))
    async with run(jwt_keys=provider.url, jwt_user_claim="person", jwt_user_id=name) as gateway:
        assert await who(gateway, token(person=said or user)) == (200, user)


async def test_a_claim_of_scopes_limits_a_token(run: Run, provider: Provider, people: School) -> None:
    user = await known_as(people, sis_user_id="jwt-scoped")
    own = "url:GET|/api/v1/users/:id"
    async with run(jwt_keys=provider.url, jwt_scopes_claim="scope") as gateway:
        for scope in (f"openid {own}", ["openid", own]):
            assert await who(gateway, token(sub="jwt-scoped", scope=scope)) == (200, user)
        for scope in (None, "openid", "url:GET|/api/v1/courses", [], 7):
            reported = await who(gateway, token(sub="jwt-scoped", scope=scope))
            assert reported == (401, "Insufficient scopes on access token."), scope


async def test_keys_that_change_are_fetched_when_a_token_needs_them_and_not_for_every_bad_one(
    run: Run, provider: Provider, people: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await known_as(people, sis_user_id="jwt-rotated")
    async with run(jwt_keys=provider.url) as gateway:
        for _ in range(3):
            assert await who(gateway, token(sub="jwt-rotated")) == (200, user)
        assert provider.asked == 1
        new = RSAKey.generate_key(2048, {"kid": "new"})
        provider.keys = [new]
        for _ in range(3):
            assert (await who(gateway, token(new, sub="jwt-rotated")))[0] == 401  # asked too lately
        assert provider.asked == 1
        monkeypatch.setattr("shared.adapters.json_web_tokens._UNKNOWN_KEY_REFRESH_S", 0.0)
        assert await who(gateway, token(new, sub="jwt-rotated")) == (200, user)
        provider.broken = True
        assert await who(gateway, token(new, sub="jwt-rotated")) == (200, user)


async def test_a_provider_that_does_not_answer_is_not_the_callers_fault(run: Run, provider: Provider) -> None:
    provider.broken = True
    async with run(jwt_keys=provider.url) as gateway:
        assert (await who(gateway, token()))[0] == 503


@pytest.mark.parametrize("form", ["jwks", "pem"])
async def test_keys_may_lie_in_a_file(run: Run, people: School, tmp_path: Path, form: str) -> None:
    user = await known_as(people, sis_user_id=f"jwt-{form}")
    file = tmp_path / "keys"
    jwks = json.dumps({"keys": [RSA.as_dict(private=False)]})
    file.write_text(jwks if form == "jwks" else RSA.as_pem(private=False).decode())
    async with run(jwt_keys=str(file)) as gateway:
        assert await who(gateway, token(sub=f"jwt-{form}")) == (200, user)


async def test_keys_need_an_issuer_and_an_audience() -> None:
    with pytest.raises(ValueError, match="JWT_ISSUER"):
        Settings(database_url="postgresql://x", secret_key=("k",), jwt_keys="keys.json")


@pytest.mark.parametrize("sub", ["\ud800", "a\udfffb", "\0", "x" * 100_000])
async def test_a_user_that_no_database_could_name_is_no_user(run: Run, provider: Provider, sub: str) -> None:
    async with run(jwt_keys=provider.url) as gateway:
        assert (await who(gateway, token(sub=sub)))[0] in (400, 401)
