"""Guessing tokens and links: refused before the database is asked, without harm to callers with good ones."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from shared.adapters.postgres.access import Token
from shared.domain.export import ContentExport, Context
from shared.http.guesses import Guesses
from shared.http.identity import Identity
from tests.support.fake_gateway import FakeDirectory
from tests.support.gateway_without_sockets import COURSE, TEACHER, World, at

MOST = 5


class CountingDirectory(FakeDirectory):
    """Counts the tokens that it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def token(self, text: str, context: Context | None) -> Awaitable[Token | None]:
        self.asked += 1
        return super().token(text, context)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> World:
    directory = CountingDirectory()
    monkeypatch.setattr(
        "tests.support.gateway_without_sockets.Identity", lambda found: Identity(found, guesses=Guesses(MOST))
    )
    return World(directory=directory)


async def guess(world: World, number: int) -> int:
    headers = {"Authorization": f"Bearer guess-{number}"}
    answer = await world.ask("GET", at(COURSE), headers=headers)
    assert ("Retry-After" in answer.headers) is (answer.status == 429)
    return answer.status


async def test_unknown_tokens_of_an_address_are_refused_unseen_after_some_and_known_ones_go_on(world: World) -> None:
    assert (await world.ask("GET", at(COURSE), TEACHER)).status == 200
    directory = world.directory
    assert isinstance(directory, CountingDirectory)
    assert [await guess(world, number) for number in range(MOST + 3)] == [401] * MOST + [429] * 3
    assert directory.asked == 1 + MOST
    assert (await world.ask("GET", at(COURSE), TEACHER)).status == 200


async def wrong_links(world: World, export: ContentExport, times: int) -> list[int]:
    path, query = f"/files/{100 + export.id}/download", {"verifier": "ffffffff.1.AAAA"}
    return [(await world.ask("GET", path, query=query)).status for _ in range(times)]


async def test_wrong_links_are_charged_too_and_a_good_link_and_a_good_token_open_the_package_still(
    world: World,
) -> None:
    export = await world.exported()
    shown = await world.ask("GET", at(COURSE, f"/{export.id}"), TEACHER)
    assert await wrong_links(world, export, MOST + 2) == [401] * MOST + [429] * 2
    verifier = shown.body["attachment"]["url"].partition("verifier=")[2]
    path = f"/files/{100 + export.id}/download"
    assert (await world.ask("GET", path, query={"verifier": verifier})).status == 200
    assert (await world.ask("GET", path, TEACHER, query={"verifier": "ffffffff.1.AAAA"})).status == 200


async def test_a_wrong_link_of_a_member_is_charged(world: World) -> None:
    export = await world.exported()
    path, query = at(COURSE, f"/{export.id}/entries/a.txt"), {"verifier": "ffffffff.1.AAAA"}
    statuses = [(await world.ask("GET", path, query=query)).status for _ in range(MOST + 1)]
    assert statuses == [401] * MOST + [429]


async def test_no_token_and_no_link_is_no_guess(world: World) -> None:
    assert {(await world.ask("GET", at(COURSE))).status for _ in range(MOST + 5)} == {401}
