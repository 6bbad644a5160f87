"""A running intake of the tests, and a service that sends content by the session's own user of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.ingest.__main__ import make_intake
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.commands.inbox import Inbox
from shared.contracts.topology import CONTENT_COMMANDS, DEAD
from shared.domain.services import Right
from shared.runtime.settings import Settings
from tests.support.command_fixtures import allowed, client, sender, serving, settings  # noqa: F401  (fixtures)
from tests.support.queues import purge
from tests.support.school import School
from tests.support.service_client import ServiceClient


@pytest.fixture
async def queues(amqp_url: str) -> None:
    """Queues that are declared and empty."""
    await purge(amqp_url, CONTENT_COMMANDS, DEAD)


@pytest.fixture
async def services(pool: Pool, sender: str) -> Services:
    """The sender may send content, and nothing else."""
    return await allowed(pool, sender, Right.CONTENT_WRITE)


@pytest.fixture
async def intake(pool: Pool, settings: Settings, queues: None, services: Services) -> AsyncIterator[Inbox]:
    """A running intake, for which the sender is not its own user."""
    async with serving(make_intake(settings, pool, asyncio.Event()), settings) as running:
        yield running


@dataclass
class CourseOfMessages:
    """A course that messages are about, as the database has it."""

    client: ServiceClient
    pool: Pool
    id: int

    @property
    def subject(self) -> str:
        return f"courses/{self.id}"

    async def ask(self, type_: str, data: dict[str, Any], **properties: Any) -> dict[str, Any]:
        """The data of the reply to a command about this course."""
        properties.setdefault("attributes", {"subject": self.subject})
        return dict(await self.client.ask(type_, data, **properties))

    async def taken(self, kind: str, *objects: dict[str, Any], **data: Any) -> dict[str, Any]:
        """Send objects; the counts and lists of the reply."""
        reply = await self.ask(f"content.{kind}.upsert.v1", {"objects": list(objects), **data})
        assert reply["type"] == "content.accepted.v1", reply
        return dict(reply["data"])

    async def deleted(self, kind: str, *ids: int, **data: Any) -> dict[str, Any]:
        """Delete objects; the counts of the reply."""
        reply = await self.ask(f"content.{kind}.delete.v1", {"ids": list(ids), **data})
        assert reply["type"] == "content.accepted.v1", reply
        return dict(reply["data"])

    async def sync(self, sync: str, phase: str) -> dict[str, Any]:
        """The reply to a phase of a sync."""
        return await self.ask("content.sync.v1", {"sync": sync, "phase": phase})

    async def objects(self, kind: str) -> dict[int, dict[str, Any]]:
        """The objects of a kind that are not deleted, by id."""
        sql = """SELECT id, body FROM content_objects
                  WHERE context_type = 'Course' AND context_id = $1 AND kind = $2 AND NOT deleted ORDER BY id"""
        return {row["id"]: row["body"] for row in await self.pool.fetch(sql, self.id, kind)}


@pytest.fixture
async def course(intake: Inbox, client: ServiceClient, people: School, pool: Pool) -> CourseOfMessages:
    return CourseOfMessages(client, pool, (await people.course()).id)
