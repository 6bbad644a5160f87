"""The plans of statements on tables that grow: none reads a large table to its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared.adapters.postgres.pool import Connection
from tests.integration.scale.statements import LARGE, NOT_EXPLAINED, OF_A_REQUEST, PERIODIC, statements

EXPLAINED = {**PERIODIC, **OF_A_REQUEST}


def test_every_statement_on_a_large_table_has_its_plan_examined() -> None:
    known = EXPLAINED.keys() | NOT_EXPLAINED
    assert dict(statements()).keys() == known, "tests/integration/scale/statements.py names each, with its values"


@pytest.mark.parametrize("name", EXPLAINED)
async def test_a_statement_reads_no_large_table_to_its_end(many_db: Connection, name: str) -> None:
    statement = dict(statements())[name]
    assert read_whole(await plan_for(many_db, statement, EXPLAINED[name])) == set()


@pytest.mark.parametrize("name", OF_A_REQUEST)
async def test_a_statement_that_is_planned_once_for_all_values_reads_no_large_table_to_its_end(
    many_db: Connection, name: str
) -> None:
    assert read_whole(await plan_for_all_values(many_db, dict(statements())[name])) == set()


async def test_a_statement_without_an_index_is_noticed(many_db: Connection) -> None:
    plan = await plan_for(many_db, "SELECT id FROM content_exports WHERE worker = $1", ("w",))
    assert read_whole(plan) == {"content_exports"}


async def plan_for(db: Connection, statement: str, values: tuple[Any, ...]) -> dict[str, Any]:
    """As the server plans it for these values."""
    return dict(json.loads(await db.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values))[0]["Plan"])


async def plan_for_all_values(db: Connection, statement: str) -> dict[str, Any]:
    """As the server plans it for the pool of the gateway."""
    await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await db.execute(f"PREPARE examined AS {statement}")
    values = ["NULL"] * max((int(each) for each in re.findall(r"\$(\d+)", statement)), default=0)
    called = f"examined ({', '.join(values)})" if values else "examined"
    try:
        return dict(json.loads(await db.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE {called}"))[0]["Plan"])
    finally:
        await db.execute("DEALLOCATE examined")


def read_whole(plan: dict[str, Any]) -> set[str]:
    """The large tables that a plan reads from the first row to the last."""
    return {
        node["Relation Name"]
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    }


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is below it."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


async def test_a_page_of_a_context_reads_a_page_of_each_state_and_type(many_db: Connection) -> None:
    name = "operator.export_rows.OF_CONTEXT"
    values = (["exported", "failed"], ["zip", "qti"], *OF_A_REQUEST[name][2:9], 40_000, 11)
    explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {dict(statements())[name]}"
    plan = json.loads(await many_db.fetchval(explained, *values))[0]["Plan"]
    scans = [node for node in nodes(plan) if node.get("Relation Name") == "content_exports"]
    read = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans)
    states, types, limit = len(values[0]), len(values[1]), values[10]
    assert scans
    assert read <= states * types * limit, "however rare it is in the context"


async def test_to_open_the_stream_of_a_course_reads_an_index_and_no_event_of_what_waits(many_db: Connection) -> None:
    name = "events.export_events._UNFINISHED"
    await many_db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    plan = await plan_for(many_db, dict(statements())[name], OF_A_REQUEST[name])
    scans = [node for node in nodes(plan) if node.get("Relation Name") == "export_events"]
    assert scans
    assert {node["Node Type"] for node in scans} == {"Index Only Scan"}


async def test_no_statement_of_a_pool_is_compiled(many_db: Connection) -> None:
    assert await many_db.fetchval("SHOW jit") == "off"
