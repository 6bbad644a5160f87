"""Statements on a real server are spans."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.adapters.postgres.pool import open_pool
from shared.domain.export import ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.runtime.traces import span
from tests.support.school import School
from tests.support.spans import attribute, by_name, id_of, is_statement, parent_of

SECRET = "a-value-of-this-test"


async def test_statements_of_a_pool_lie_below_the_span_of_their_work_and_have_no_values(
    migrated_url: str, spans: InMemorySpanExporter
) -> None:
    async with open_pool(migrated_url, size=1) as pool:
        with span("work"):
            async with pool.acquire() as db, db.transaction():
                await db.execute("CREATE TEMPORARY TABLE kept (name text PRIMARY KEY)")
                await db.executemany("INSERT INTO kept (name) VALUES ($1)", [(SECRET,), ("b",)])
                await db.copy_records_to_table("kept", records=[("c",), ("d",)], columns=["name"])
                assert await db.fetchval("SELECT count(*) FROM kept WHERE name = $1", SECRET) == 1
            with pytest.raises(asyncpg.UniqueViolationError, match=SECRET):
                await pool.execute("INSERT INTO kept (name) VALUES ($1)", SECRET)
            await pool.execute("DROP TABLE kept")
    kept = spans.get_finished_spans()
    work = by_name(spans)["work"]
    statements = [each for each in kept if is_statement(each)]
    assert [each.name for each in statements] == [
        "BEGIN",
        "CREATE",
        "INSERT kept",
        "COPY kept",
        "SELECT kept",
        "COMMIT",
        "INSERT kept",
        "DROP",
    ]
    assert {parent_of(each) for each in statements} == {id_of(work)}
    address = urlsplit(migrated_url)
    assert attribute(statements[0], "db.namespace") == address.path[1:]
    assert (attribute(statements[0], "server.address"), attribute(statements[0], "server.port")) == (
        address.hostname,
        address.port,
    )
    assert attribute(statements[2], "db.operation.batch.size") == 2
    assert attribute(statements[6], "error.type") == "23505"
    assert not [each.name for each in kept if SECRET in each.to_json()]


async def test_the_statements_of_a_request_lie_below_it_also_where_several_callers_share_them(
    migrated_url: str, spans: InMemorySpanExporter
) -> None:
    async with open_pool(migrated_url, size=2) as pool:
        people = School(pool)
        course = await people.course()
        teacher = await people.member(course, "teacher")
        with span("request"):
            await people.exports.create(
                ExportRequest(course, teacher.id, ExportType.QTI, ExportSettings(), "a-request")
            )
    found = by_name(spans)
    (insert,) = (each for each in spans.get_finished_spans() if "INSERT content_exports" in each.name)
    assert parent_of(insert) == id_of(found["batch"])
    assert parent_of(found["batch"]) == id_of(found["request"])
