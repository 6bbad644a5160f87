"""Every page of a console that is older than its gateway, and German pages with sentences of the API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import httpx2
import msgspec
import pytest

from shared.domain.error_codes import ErrorCode
from tests.support.console_pages.canned_api import TOKEN, CannedApi
from tests.support.console_pages.exports import FAILED, INCOMPLETE, PAUSED, READY
from tests.support.console_pages.page_examples import EXAMPLES, at
from tests.support.console_pages.running import console_of

UNKNOWN = "of_tomorrow"


@asynccontextmanager
async def signed_in(changed: Callable[[Any], Any], language: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of a site admin, at a console whose API changes its bodies so."""
    async with (
        console_of(CannedApi(changed)) as url,
        httpx2.AsyncClient(
            base_url=url, trust_env=False, headers={"Accept": "text/html", "Accept-Language": language}
        ) as browser,
    ):
        form = {"csrf": await csrf_of(browser, "/console/sign-in"), "token": TOKEN}
        assert (await browser.post("/console/sign-in", data=form)).status_code == 303
        yield browser


async def csrf_of(browser: httpx2.AsyncClient, path: str) -> str:
    (csrf,) = set(re.findall(r'name="csrf" value="(\w+)"', (await browser.get(path)).text))
    return str(csrf)


def newer(value: Any) -> Any:
    """A body in which every enumeration has a value that nobody knows yet."""
    if isinstance(value, list):
        return [newer(each) for each in value]
    if not isinstance(value, msgspec.Struct):
        return UNKNOWN if isinstance(value, Enum) else value
    fields = msgspec.structs.fields(value)
    return msgspec.structs.replace(
        value,
        **{
            each.name: newer(each_value)
            for each in fields
            if (each_value := getattr(value, each.name)) is not msgspec.UNSET
        }
        | {
            each.name: UNKNOWN
            for each in fields
            if _is_literal(each.type) and isinstance(getattr(value, each.name), str)
        },
    )


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal or any(_is_literal(each) for each in get_args(kind) if each is not NoneType)


@pytest.fixture
async def older() -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(newer, "en") as browser:
        yield browser


async def test_no_page_fails_on_a_value_that_only_a_newer_gateway_has(older: httpx2.AsyncClient) -> None:
    statuses = {
        each.path: ((await older.get(f"/console{each.path}")).status_code, each.status)
        for each in EXAMPLES
        if each.is_signed_in and each.act is None
    }
    assert len(statuses) > 60
    assert {path: status for path, (status, _) in statuses.items() if status == 500} == {}


async def test_no_form_fails_on_a_value_that_only_a_newer_gateway_has(older: httpx2.AsyncClient) -> None:
    new = "/console/courses/12/exports/new"
    form = {"csrf": await csrf_of(older, new), "export_type": "zip"}
    assert "1,229 objects" in (await older.post(f"{new}/check", data=form)).text
    for path in (new, f"/console{at(FAILED)}/retry", f"/console{at(READY)}/again", "/console/admin/exports/42/requeue"):
        assert (await older.post(path, data=form)).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/courses/12",
        at(READY),
        "/admin/exports",
        "/admin/exports/42",
        "/admin/queue",
        "/admin/webhooks",
        "/admin/webhooks/7/5",
    ],
)
async def test_an_unknown_value_is_shown_as_it_stands(older: httpx2.AsyncClient, path: str) -> None:
    assert UNKNOWN in (await older.get(f"/console{path}")).text


async def test_sentences_of_the_api_are_german_by_their_code_and_what_is_unknown_is_marked_as_english() -> None:
    async with signed_in(lambda body: body, "de") as browser:
        failed = (await browser.get(f"/console{at(FAILED)}")).text
        paused = (await browser.get(f"/console{at(PAUSED)}")).text
        report = (await browser.get(f"/console{at(INCOMPLETE)}")).text
        refused = (await browser.get("/console/courses/403")).text
    assert "Der Objektspeicher hat nicht innerhalb seiner Frist geantwortet." in failed
    assert ErrorCode.STORE_UNAVAILABLE.sentence not in failed
    assert 'dieser wartet. <bdi lang="en">The store is being moved.</bdi>' in paused
    assert "<h3>Laden Sie die Datei noch einmal in den Kurs hoch und exportieren Sie dann erneut.</h3>" in report
    assert '<bdi>cells-1.pdf</bdi>: <bdi lang="en">The bytes of this file are missing.</bdi>' in report
    assert "Sie haben nicht das Recht, dies zu tun." in refused
