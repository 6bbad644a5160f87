"""People, courses and exports in a real database, created through the adapters that the services use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from shared.adapters.postgres.access import Access
from shared.adapters.postgres.access_tokens import AccessTokens
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.events.export_events import ExportEvents
from shared.adapters.postgres.export_lists import ExportLists
from shared.adapters.postgres.leases import Leases, StoredPackage
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import Pool
from shared.contracts.admin.administration import NewToken
from shared.domain.export import ContentExport, Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.report import Receipt

A_PACKAGE = StoredPackage("exports/1/1.imscc", "tides-export.imscc", "application/octet-stream", 3, "0" * 64, 1)


RECEIPT = Receipt(expected={}, packed={}, skipped={}, warnings=[], included_because={}, complete=True)


@dataclass(frozen=True)
class Person:
    id: int
    token: str


class School:
    """Creates people, courses, groups and exports in one database."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.access = Access(pool)
        self.people = People(pool)
        self.tokens = AccessTokens(pool)
        self.exports = ContentExports(pool)
        self.lists = ExportLists(pool)
        self.leases = Leases(pool, "test", 60.0)
        self.log = ExportEvents(pool)
        self.claiming = asyncio.Lock()

    async def person(self, *, site_admin: bool = False, scopes: list[str] | None = None) -> Person:
        user_id = await self.pool.fetchval("INSERT INTO users (site_admin) VALUES ($1) RETURNING id", site_admin)
        return Person(user_id, await self.token(user_id, *scopes or ()))

    async def token(self, user_id: int, *scopes: str) -> str:
        """A new token of a user."""
        return (await self.tokens.issue(NewToken(user_id=user_id, scopes=list(scopes)))).token

    async def course(self, **body: object) -> Context:
        course_id = await self.pool.fetchval("INSERT INTO courses (body) VALUES ($1) RETURNING id", body)
        return Context(ContextType.COURSE, course_id)

    async def group(self, *members: Person) -> Context:
        group_id = await self.pool.fetchval("INSERT INTO groups DEFAULT VALUES RETURNING id")
        for member in members:
            await self.pool.execute(
                "INSERT INTO group_memberships (user_id, group_id) VALUES ($1, $2)", member.id, group_id
            )
        return Context(ContextType.GROUP, group_id)

    async def member(self, course: Context, role: str) -> Person:
        """A new person with a role in the course."""
        person = await self.person()
        await self.people.enroll(person.id, course.id, role)
        return person

    async def export(
        self, context: Context, by: Person, export_type: ExportType = ExportType.COMMON_CARTRIDGE
    ) -> ContentExport:
        """An export that waits to be built."""
        return await self.exports.create(ExportRequest(context, by.id, export_type, ExportSettings(), "a-request"))

    async def start(self, export: ContentExport) -> int:
        """A worker takes the export; the attempt."""
        claimed = await self.claim(export)
        assert claimed is not None
        return claimed.attempt

    async def claim(self, export: ContentExport, leases: Leases | None = None) -> ContentExport | None:
        """This export, claimed as the next one of its type; None where it may not be built now."""
        # Of all that tests have left, it is the first: its turn is before any other's, until it is claimed.
        async with self.claiming:
            await self.pool.execute("UPDATE content_exports SET turn = -1e9 - id WHERE id = $1", export.id)
            claimed = await (leases or self.leases).claim(export.export_type)
        return claimed if claimed is not None and claimed.id == export.id else None

    async def end_unfinished(self) -> None:
        """End what other tests have left waiting."""
        ended = "UPDATE content_exports SET workflow_state = 'failed' WHERE workflow_state IN ('created', 'exporting')"
        async with self.pool.acquire() as db, db.transaction():
            await db.execute("SET LOCAL session_replication_role = replica")  # no event for each
            await db.execute(ended)

    async def report(self, export: ContentExport, *completions: float) -> None:
        """The worker of the first attempt gets on."""
        for completion in completions:
            await self.leases.report(export.id, 1, completion)

    async def finish(self, export: ContentExport) -> None:
        await self.leases.finish(export.id, 1, [A_PACKAGE], RECEIPT)

    async def whole(self, export: ContentExport, *completions: float) -> None:
        """The export is built, start to end."""
        await self.start(export)
        await self.report(export, *completions)
        await self.finish(export)

    async def logged(self, progress_id: int) -> list[int]:
        """The ids of the events of an export, in order."""
        rows = await self.pool.fetch("SELECT id FROM export_events WHERE progress_id = $1 ORDER BY id", progress_id)
        return [row["id"] for row in rows]
