"""The queue of the audit log's reads: what it does while the database is slow, away or refuses rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from shared.adapters.postgres.read_audit import ReadAuditQueue
from shared.domain.audit import SYSTEM, Action, AuditEntry
from shared.domain.errors import DatabaseUnavailable


class Table:
    """What was written; `errors` are raised by the next writes."""

    def __init__(self, *errors: Exception) -> None:
        self.rows: list[int | None] = []
        self.errors = list(errors)

    async def write(self, entries: Sequence[AuditEntry]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.rows += [entry.export_id for entry in entries]


def dropped() -> float:
    return REGISTRY.get_sample_value("content_exports_audit_rows_dropped_total") or 0.0


async def test_a_full_queue_drops_rows_and_counts_them() -> None:
    table, before = Table(), dropped()
    audit = ReadAuditQueue(table.write, most=3)
    for export_id in range(5):
        audit.note(Action.SHOW, export_id, SYSTEM)
    await audit.flush()
    assert (table.rows, dropped() - before) == ([0, 1, 2], 2)


async def test_rows_wait_for_a_database_that_is_away_in_their_order() -> None:
    table = Table(DatabaseUnavailable("away"))
    audit = ReadAuditQueue(table.write, pause_s=0)
    running = asyncio.create_task(audit.run())
    audit.note(Action.SHOW, 1, SYSTEM)
    await asyncio.sleep(0)
    audit.note(Action.SHOW, 2, SYSTEM)
    for _ in range(10):
        await asyncio.sleep(0)
    running.cancel()
    assert table.rows == [1, 2]


async def test_rows_that_can_never_be_written_are_counted_and_hold_up_no_others() -> None:
    table, before = Table(ValueError("a row that no table takes")), dropped()
    audit = ReadAuditQueue(table.write)
    audit.note(Action.SHOW, 1, SYSTEM)
    await audit.flush()
    audit.note(Action.SHOW, 2, SYSTEM)
    await audit.flush()
    assert (table.rows, dropped() - before) == ([2], 1)


@pytest.mark.parametrize(("errors", "rows", "lost"), [((), [1], 0), ((DatabaseUnavailable("away"),), [], 1)])
async def test_the_end_of_the_process_writes_what_waits_or_counts_it_as_lost(
    errors: tuple[Exception, ...], rows: list[int], lost: int
) -> None:
    table, before = Table(*errors), dropped()
    audit = ReadAuditQueue(table.write)
    audit.note(Action.SHOW, 1, SYSTEM)
    await audit.close()
    assert (table.rows, dropped() - before) == (rows, lost)


async def test_reads_that_come_during_a_write_wait_for_the_next_one() -> None:
    batches: list[int] = []

    async def write(entries: Sequence[AuditEntry]) -> None:
        batches.append(len(entries))
        if len(batches) < 3:
            audit.note(Action.SHOW, 3, SYSTEM)

    audit = ReadAuditQueue(write)
    for export_id in (1, 2):
        audit.note(Action.SHOW, export_id, SYSTEM)
    await audit.flush()
    assert batches == [2], "one statement for the reads of a pause, and not one for each that comes while it runs"
    await audit.flush()
    await audit.flush()
    assert batches == [2, 1, 1]


async def test_many_reads_are_written_in_several_statements_in_their_order() -> None:
    table = Table()
    audit = ReadAuditQueue(table.write)
    for export_id in range(4_500):
        audit.note(Action.SHOW, export_id, SYSTEM)
    await audit.flush()
    assert table.rows == list(range(4_500))
