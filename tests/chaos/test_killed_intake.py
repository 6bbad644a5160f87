"""An intake that is killed again and again while thousands of messages come late, shuffled and doubled."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.e2e.conftest import admin, campus, stack
from tests.e2e.test_content_by_messages import catalogue
from tests.support.campus import Campus
from tests.support.service_client import ServiceClient, service_client
from tests.support.stack import Stack

__all__ = ("admin", "campus", "catalogue", "stack")  # fixtures

PAGES = int(os.environ.get("PAGES", "1000"))
REVISIONS = 5
KILLS = int(os.environ.get("KILLS", "40"))


def changes(chance: random.Random) -> list[tuple[int, int]]:
    """(page, revision) of every state, a fifth of them twice, in any order. Page 1 to PAGES; every tenth ends deleted."""
    states = [(page, revision) for page in range(1, PAGES + 1) for revision in range(1, REVISIONS + 1)]
    states += chance.sample(states, len(states) // 5)
    chance.shuffle(states)
    return states


async def send(service: ServiceClient, course: str, page: int, revision: int) -> str:
    attributes = {"subject": course}
    if revision == REVISIONS and page % 10 == 0:
        return await service.send(
            "content.pages.delete.v1", {"ids": [page], "revision": revision}, attributes=attributes
        )
    data = {"objects": [{"id": page, "title": f"state {revision}", "revision": revision}]}
    return await service.send("content.pages.upsert.v1", data, attributes=attributes)


async def killed_all_the_time(stack: Stack, address: str, course: str, chance: random.Random) -> None:
    """Send all messages, and kill the intake after moments of chance. Returns once each is answered."""
    async with service_client(address, "catalogue") as service:
        sent = [await send(service, course, *change) for change in changes(chance)]
        for _ in range(KILLS):
            await asyncio.sleep(chance.random() * 0.4)
            stack.kill("ingest")
            stack.start("ingest")
        for each in sent:
            assert (await service.reply(each, within_s=120))["type"] == "content.accepted.v1"


@pytest.mark.timeout(1200)
def test_thousands_of_messages_end_in_the_same_table_whenever_the_intake_is_killed(
    stack: Stack, catalogue: str, campus: Campus
) -> None:
    course = campus.course("--name", "Killed")
    asyncio.run(killed_all_the_time(stack, catalogue, f"courses/{course}", random.Random(7)))
    rows = stack.query(
        "SELECT id, body ->> 'title' AS title, deleted FROM content_objects WHERE context_id = $1 ORDER BY id", course
    )
    last = f"state {REVISIONS}"
    assert [(row["id"], row["title"], row["deleted"]) for row in rows] == [
        (page, None, True) if page % 10 == 0 else (page, last, False) for page in range(1, PAGES + 1)
    ]
