"""People sign in through an identity provider: the code flow with PKCE, and what may go wrong on the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from yarl import URL

from shared.runtime.settings import Settings
from tests.support.console_pages.running import running_console, settings_for
from tests.support.gateway import running_gateway
from tests.support.identity_provider import AUDIENCE, Provider, running_provider
from tests.support.school import School

BEGIN = "/console/sign-in/provider?next=/console%3Fsearch%3Dtides"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        yield made


@pytest.fixture
async def person(
    migrated_url: str, people: School, tmp_path: Path, provider: Provider
) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of a person whom the school knows by the name that the provider gives."""
    provider.subject = f"console-{id(provider)}"
    await people.people.put_user(None, {"name": "Ada", "sis_user_id": provider.subject})
    gateway_settings = Settings(
        database_url=migrated_url, store_url=str(tmp_path), secret_key=("k",), http_port=0, stop_grace_s=0,
        jwt_keys=provider.url, jwt_issuer=provider.issuer, jwt_audience=AUDIENCE,
    )  # fmt: skip
    async with (
        running_gateway(gateway_settings, people) as gateway,
        running_console(settings_for(gateway.url, provider.issuer)) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False, headers={"Accept": "text/html"}) as browser,
    ):
        yield browser


async def test_a_person_comes_back_signed_in_where_they_began(person: httpx2.AsyncClient) -> None:
    to_provider = await person.get(BEGIN)
    assert to_provider.status_code == 303
    assert "samesite=lax" in to_provider.headers["set-cookie"].lower()
    back = await person.get(to_provider.headers["location"])
    signed_in = await person.get(back.headers["location"])
    assert 'content="0; url=/console?search=tides"' in signed_in.text
    cookie = signed_in.headers["set-cookie"].lower()
    assert ("samesite=strict" in cookie, "httponly" in cookie) == (True, True)
    home = await person.get("/console")
    assert (home.status_code, "Files of Ada" in home.text) == (200, True)


async def test_a_code_is_worth_nothing_without_the_browser_that_began(person: httpx2.AsyncClient) -> None:
    to_provider = await person.get(BEGIN)
    back = URL((await person.get(to_provider.headers["location"])).headers["location"])
    person.cookies.clear()
    for query in (dict(back.query), {**back.query, "state": "guessed"}):
        refused = await person.get(back.path, params=query)
        assert (refused.status_code, "Begin again." in refused.text) == (422, True)
    assert (await person.get("/console")).status_code == 303


async def test_a_code_is_taken_once(person: httpx2.AsyncClient) -> None:
    to_provider = await person.get(BEGIN)
    back = (await person.get(to_provider.headers["location"])).headers["location"]
    cookies = dict(person.cookies)
    assert (await person.get(back)).status_code == 200
    person.cookies.clear()
    person.cookies.update(cookies)
    assert "the identity provider answers 400" in (await person.get(back)).text


async def test_what_the_provider_refuses_is_shown_and_another_provider_is_not_believed(
    person: httpx2.AsyncClient,
) -> None:
    to_provider = await person.get(BEGIN)
    state = URL(to_provider.headers["location"]).query["state"]
    callback = "/console/sign-in/callback"
    refused = await person.get(callback, params={"state": state, "error_description": "You are <b>locked</b>."})
    assert (refused.status_code, "You are &lt;b&gt;locked&lt;/b&gt;." in refused.text) == (422, True)
    mixed_up = await person.get(callback, params={"state": state, "code": "x", "iss": "https://evil.example"})
    assert mixed_up.status_code == 422


async def test_a_person_whom_the_school_does_not_know_is_told_so(
    person: httpx2.AsyncClient, provider: Provider
) -> None:
    provider.subject = "a-stranger"
    to_provider = await person.get(BEGIN)
    back = await person.get(to_provider.headers["location"])
    refused = await person.get(back.headers["location"])
    assert (refused.status_code, "Invalid access token." in refused.text) == (422, True)
    assert (await person.get("/console")).status_code == 303


async def test_a_token_that_no_cookie_can_hold_begins_no_session(person: httpx2.AsyncClient) -> None:
    form = (await person.get("/console/sign-in")).text
    (csrf,) = set(re.findall(r'name="csrf" value="(\w+)"', form))
    refused = await person.post("/console/sign-in", data={"csrf": csrf, "token": "t" * 2501})
    assert (refused.status_code, "This is too long for an access token." in refused.text) == (422, True)
    assert (await person.get("/console")).status_code == 303
