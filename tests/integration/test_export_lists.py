"""The lists of exports in a real database: filters, order, and pages whose cost does not grow with the table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shared.adapters.postgres.export_lists import OF_ACCOUNT, OF_CONTEXT, OF_USER, ExportLists
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.export import ContentExport, Context, ExportType, WorkflowState
from shared.domain.export_filter import ExportFilter
from tests.support.school import School
from tests.support.servers import SessionServers

CC, QTI, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.QTI, ExportType.ZIP
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)

_OLD = "UPDATE content_exports SET created_at = $2 WHERE id = $1"


@dataclass
class Shelf:
    """Six exports of two people in a course and a group, a day apart, the later the higher the index."""

    school: School
    course: Context
    users: tuple[int, int]
    exports: list[ContentExport]

    def names(self, found: list[ContentExport]) -> list[int]:
        """Their places on the shelf."""
        ids = [export.id for export in self.exports]
        return [ids.index(export.id) for export in found if export.id in ids]


@pytest.fixture
async def shelf(people: School) -> Shelf:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    student = await people.member(course, "student")
    group = await people.group(student)
    asked = [(course, teacher, CC), (course, student, ZIP), (group, student, ZIP),
             (course, teacher, QTI), (course, teacher, ZIP), (course, teacher, CC)]  # fmt: skip
    exports = [await people.export(*each) for each in asked]
    for day, export in enumerate(exports):
        await people.pool.execute(_OLD, export.id, FIRST_DAY + timedelta(days=day))
    await people.start(exports[3])
    await people.whole(exports[5])
    for place in (1, 4):
        await people.exports.cancel(exports[place].id, "enough")
    await people.pool.execute("UPDATE content_exports SET workflow_state = 'deleted' WHERE id = $1", exports[4].id)
    return Shelf(people, course, (teacher.id, student.id), exports)


FILTERS = [
    (ExportFilter(), [5, 3, 2, 1, 0]),
    (ExportFilter(workflow_state=WorkflowState.DELETED), [4]),
    (ExportFilter(workflow_state=WorkflowState.CREATED), [2, 0]),
    (ExportFilter(workflow_state=WorkflowState.EXPORTING), [3]),
    (ExportFilter(workflow_state=WorkflowState.FAILED, export_type=ZIP), [1]),
    (ExportFilter(workflow_state=WorkflowState.FAILED, export_type=QTI), []),
    (ExportFilter(export_type=CC), [5, 0]),
    (ExportFilter(created_after=FIRST_DAY + timedelta(days=2)), [5, 3, 2]),
    (ExportFilter(created_before=FIRST_DAY + timedelta(days=2)), [1, 0]),
    (ExportFilter(created_after=FIRST_DAY + timedelta(days=1), created_before=FIRST_DAY + timedelta(days=3)), [2, 1]),
]


@pytest.mark.parametrize(("wanted", "places"), FILTERS)
async def test_the_account_lists_every_context_newest_first_by_each_filter(
    shelf: Shelf, wanted: ExportFilter, places: list[int]
) -> None:
    teacher, student = shelf.users
    found = []
    for user_id in shelf.users:
        found += await shelf.school.lists.of_account(_of_user(wanted, user_id), limit=100)
    assert sorted(shelf.names(found), reverse=True) == places
    for user_id, own in ((teacher, (0, 3, 4, 5)), (student, (1, 2))):
        listed = await shelf.school.lists.of_account(_of_user(wanted, user_id), limit=100)
        assert shelf.names(listed) == [place for place in places if place in own]


def _of_user(wanted: ExportFilter, user_id: int) -> ExportFilter:
    fields = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return ExportFilter(**{**fields, "user_id": user_id})


async def test_the_account_lists_exports_with_their_packages(shelf: Shelf) -> None:
    listed = await shelf.school.lists.of_account(ExportFilter(user_id=shelf.users[0]), limit=1)
    assert [(each.id, each.attachment is not None) for each in listed] == [(shelf.exports[5].id, True)]


@pytest.mark.parametrize(("wanted", "places"), FILTERS)
async def test_a_context_lists_what_its_caller_sees_by_each_filter_and_counts_it(
    shelf: Shelf, wanted: ExportFilter, places: list[int]
) -> None:
    teacher, student = shelf.users
    for user_id, admin, seen in ((teacher, True, (0, 3, 4, 5)), (student, False, (1,))):
        expected = [place for place in places if place in seen]
        listed, total = await shelf.school.lists.of_context(
            shelf.course, user_id, wanted, reads_as_admin=admin, limit=100
        )
        assert (shelf.names(listed), total) == (expected, len(expected))


async def test_a_context_lists_the_exports_of_one_user_among_those_that_its_caller_sees(shelf: Shelf) -> None:
    teacher, student = shelf.users
    for user_id, places in ((teacher, [5, 3, 0]), (student, [])):
        listed, total = await shelf.school.lists.of_context(
            shelf.course, teacher, ExportFilter(user_id=user_id), reads_as_admin=True, limit=100
        )
        assert (shelf.names(listed), total) == (places, len(places))


async def test_pages_follow_each_other_also_among_exports_of_one_moment(people: School) -> None:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    made = [await people.export(course, teacher, kind) for kind in (CC, QTI, ZIP, CC, QTI)]
    for export in made:
        await people.pool.execute(_OLD, export.id, FIRST_DAY)
    wanted, before, seen = ExportFilter(user_id=teacher.id), None, []
    while page := await people.lists.of_account(wanted, limit=2, before=before):
        before = (page[-1].created_at, page[-1].id)
        seen += [export.id for export in page]
        await people.export(course, teacher)  # newer than all pages
    assert seen == [export.id for export in reversed(made)]


async def test_a_page_of_a_context_begins_below_an_id_and_the_count_is_of_all_pages(shelf: Shelf) -> None:
    listed, total = await shelf.school.lists.of_context(
        shelf.course, shelf.users[0], ExportFilter(), reads_as_admin=True, limit=1, before_id=shelf.exports[5].id
    )
    assert (shelf.names(listed), total) == ([3], 3)


EXPORTS, USERS, CONTEXTS = 60_000, 3_000, 1_500
# Nearly all are exported cartridges of one user; one in 5000 has failed, and there is one qti export, the oldest.
_MANY = f"""
INSERT INTO content_exports (context_type, context_id, user_id, export_type, workflow_state, created_at)
SELECT 'Course', n % {CONTEXTS}, CASE WHEN n % 2 = 0 THEN 0 ELSE n % {USERS} END,
       CASE WHEN n = 1 THEN 'qti' WHEN n % 10 = 0 THEN 'zip' ELSE 'common_cartridge' END,
       CASE WHEN n % 5000 = 0 THEN 'failed' ELSE 'exported' END,
       timestamptz '2026-01-01' + n * interval '1 minute'
  FROM generate_series(1, {EXPORTS}) AS n
"""


@pytest.fixture(scope="module")
def own_database(servers: SessionServers) -> Iterator[str]:
    """A database for the many rows, which other tests would meet."""
    with servers.database() as url:
        yield url


@pytest.fixture
async def many(own_database: str) -> AsyncIterator[Pool]:
    """As the gateway's pool, on the many rows."""
    await migrate(own_database)
    async with open_pool(own_database, size=1, planned_once=True) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM content_exports)"):
            async with pool.acquire() as db, db.transaction():
                await db.execute("SET LOCAL session_replication_role = replica")  # no event for each
                await db.execute(_MANY)
            await pool.execute("ANALYZE content_exports")
        yield pool


ALL_STATES, ALL_TYPES = "'{created,exporting,exported,failed}'", "'{common_cartridge,qti,zip}'"
NONE = ("NULL", "NULL", "NULL")


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (OF_ACCOUNT, [ALL_STATES, ALL_TYPES, *NONE, "11"], "content_exports_by_state"),
        (OF_ACCOUNT, [ALL_STATES, ALL_TYPES, *NONE, "101"], "content_exports_by_state"),
        (OF_ACCOUNT, ["'{failed}'", ALL_TYPES, *NONE, "11"], "content_exports_by_state"),
        (OF_ACCOUNT, ["'{exported}'", "'{qti}'", *NONE, "11"], "content_exports_by_state"),
        (OF_ACCOUNT, [ALL_STATES, ALL_TYPES, "'2026-01-03'", "'2026-01-04'", "0", "11"], "content_exports_by_state"),
        (OF_ACCOUNT, [ALL_STATES, ALL_TYPES, "NULL", "'2026-01-20'", "28000", "11"], "content_exports_by_state"),
        (OF_USER, [ALL_STATES, ALL_TYPES, *NONE, "11", "0"], "content_exports_by_user"),
        (OF_USER, ["'{failed}'", ALL_TYPES, *NONE, "11", "0"], "content_exports_by_user"),
        (OF_USER, [ALL_STATES, ALL_TYPES, *NONE, "11", "77"], "content_exports_by_user"),
    ],
)  # fmt: skip
async def test_a_page_of_all_exports_is_read_from_its_index_and_touches_few_rows_of_many(
    many: Pool, statement: str, values: list[str], index: str
) -> None:
    plan = await explained(many, statement, values)
    assert {node["Index Name"] for node in nodes(plan) if "Index Name" in node} == {index}
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    limit = int(values[5])
    read = sum(n["Actual Rows"] * n["Actual Loops"] for n in nodes(plan) if n.get("Index Name") == index)
    assert read <= 12 * limit, "at most a page for each state and type"
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 60 + read


async def test_a_page_of_a_context_is_read_from_the_index_of_contexts(many: Pool) -> None:
    values = ["'Course'", "7", ALL_STATES, ALL_TYPES, "0", "'{zip}'", "NULL", "NULL", "11", "NULL", "11", "0"]
    plan = await explained(many, OF_CONTEXT, values)
    names = {n["Index Name"] for n in nodes(plan) if "Index Name" in n and n.get("Relation Name") == "content_exports"}
    assert "content_exports_of_context" in names
    assert not [n for n in nodes(plan) if n["Node Type"] == "Seq Scan" and n["Relation Name"] == "content_exports"]


async def test_pages_of_many_rows_hold_them_all_once_in_order(many: Pool) -> None:
    lists, before, seen = ExportLists(many), None, []
    wanted = ExportFilter(workflow_state=WorkflowState.FAILED)
    while page := await lists.of_account(wanted, limit=5, before=before):
        before = (page[-1].created_at, page[-1].id)
        seen += [export.id for export in page]
    failed = await many.fetch("SELECT id FROM content_exports WHERE workflow_state = 'failed' ORDER BY created_at DESC")
    assert seen == [row["id"] for row in failed]
    assert len(seen) == EXPORTS // 5000


async def explained(pool: Pool, statement: str, values: list[str]) -> dict[str, Any]:
    """The plan of a statement that is planned once for all values, as the gateway's are, with what it read."""
    async with pool.acquire() as db:
        await db.execute(f"PREPARE listed AS {statement}")
        try:
            text = await _plan(db, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE listed ({', '.join(values)})")
        finally:
            await db.execute("DEALLOCATE listed")
    return dict(json.loads(text)[0]["Plan"])


async def _plan(db: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy, statement: str) -> str:
    return str(await db.fetchval(statement))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is below it."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)
