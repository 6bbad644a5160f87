"""Exports of all contexts in a real database, as operators list them, and all that is known of one."""

from __future__ import annotations

import pytest

from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.operator.explained_exports import ExplainedExports
from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.adapters.postgres.operator.export_rows import OF_CODE, OF_CONTEXT, OF_WORKER, OperatorExports
from shared.adapters.postgres.operator.pauses import Pauses
from shared.contracts.topology import REQUESTS
from shared.domain.attempts import AttemptFacts, AttemptOutcome, HandedBack
from shared.domain.audit import SYSTEM
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.domain.export_filter import ExportFilter
from shared.domain.operator.export_rows import OperatorFilter, what_is_next
from shared.domain.operator.pauses import PauseTarget
from tests.support.school import School

FACTS = AttemptFacts({"pack": 1.5})


@pytest.fixture
async def three(people: School) -> list[ContentExport]:
    """Exports of one course: the first has failed, the second is built by its second worker, the third waits."""
    await people.end_unfinished()
    course = await people.course()
    teacher = await people.member(course, "teacher")
    exports = [await people.export(course, teacher, ExportType.QTI) for _ in range(3)]
    first, second, _ = exports
    await people.claim(first, Leases(people.pool, f"first:{first.id}", 60.0))
    await people.leases.fail(first.id, 1, ErrorCode.NOTHING_SELECTED, "Nothing.")
    losing = Leases(people.pool, f"first:{first.id}", 60.0)
    await people.claim(second, losing)
    away = HandedBack(AttemptOutcome.INFRASTRUCTURE, "store_unavailable", "Away.", FACTS)
    await losing.release(second.id, 1, 0.0, stopped=True, reason=away)
    await people.claim(second, Leases(people.pool, f"second:{first.id}", 60.0))
    return exports


async def listed(people: School, wanted: OperatorFilter, of: list[ContentExport]) -> list[int]:
    """The places of these exports in the list."""
    ids = [each.id for each in of]
    page = await OperatorExports(people.pool, 60.0).page(wanted, 100)
    return [ids.index(export.id) for _, export in page if export.id in ids]


async def test_exports_are_found_by_each_filter_newest_first(people: School, three: list[ContentExport]) -> None:
    context, first = three[0].context, three[0].id
    for wanted, places in (
        (OperatorFilter(), [2, 1, 0]),
        (OperatorFilter(context=context), [2, 1, 0]),
        (OperatorFilter(worker=f"first:{first}"), [1, 0]),
        (OperatorFilter(worker=f"second:{first}"), [1]),
        (OperatorFilter(ExportFilter(WorkflowState.FAILED), worker=f"first:{first}"), [0]),
        (OperatorFilter(error_code="nothing_selected"), [0]),
        (OperatorFilter(error_code="nothing_selected", worker="nobody"), []),
        (OperatorFilter(ExportFilter(user_id=three[0].user_id)), [2, 1, 0]),
        (OperatorFilter(ExportFilter(created_before=three[0].created_at), context), []),
        (OperatorFilter(ExportFilter(created_after=three[0].created_at), context), [2, 1, 0]),
        (OperatorFilter(ExportFilter(export_type=ExportType.ZIP), context), []),
    ):
        assert await listed(people, wanted, three) == places, wanted


@pytest.mark.parametrize("by", ["worker", "context", "error_code", "account"])
async def test_each_list_goes_on_after_the_last_export_of_a_page(
    people: School, three: list[ContentExport], by: str
) -> None:
    other = await people.export(three[0].context, await people.person(), ExportType.QTI)
    await people.claim(other, Leases(people.pool, f"first:{three[0].id}", 60.0))
    await people.leases.fail(other.id, 1, ErrorCode.NOTHING_SELECTED, "Nothing.")
    wanted = {
        "worker": OperatorFilter(worker=f"first:{three[0].id}"),
        "context": OperatorFilter(context=three[0].context),
        "error_code": OperatorFilter(error_code="nothing_selected"),
        "account": OperatorFilter(),
    }[by]
    rows = OperatorExports(people.pool, 60.0)
    whole = [export.id for _, export in await rows.page(wanted, 100)][:3]
    singly, after = list[int](), None
    for _ in whole:
        ((time, export),) = await rows.page(wanted, 1, after)
        singly, after = [*singly, export.id], (time, export.id)
    assert singly == whole


async def test_exports_whose_worker_is_lost_are_stuck(people: School, three: list[ContentExport]) -> None:
    assert await listed(people, OperatorFilter(stuck=True), three) == []
    await people.pool.execute(
        "UPDATE content_exports SET lease_expires_at = now() - interval '1 s' WHERE id = $1", three[1].id
    )
    assert await listed(people, OperatorFilter(stuck=True), three) == [1]


async def test_an_export_is_explained_by_its_attempts_events_and_what_it_waits_for(
    people: School, three: list[ContentExport]
) -> None:
    explained = ExplainedExports(people.pool)
    failed, running, waiting = [await explained.find(each.id) for each in three]
    assert failed is not None
    assert running is not None
    assert waiting is not None
    assert [(each.number, each.outcome, each.counts) for each in running.attempts] == [
        (1, AttemptOutcome.INFRASTRUCTURE, False),
        (2, None, True),
    ]
    assert (running.attempts[0].facts, running.attempts[0].error_code) == (FACTS, "store_unavailable")
    assert [each.workflow_state for each in failed.events] == ["created", "exporting", "failed"]
    assert [(each.routing_key, each.exchange) for each in waiting.messages] == [("qti", REQUESTS)]
    assert waiting.turn is not None
    assert (waiting.turn.place, waiting.turn.held, failed.turn) == (1, False, None)
    assert await explained.find(10**15) is None


async def test_a_pause_is_named_as_what_an_export_waits_for(people: School, three: list[ContentExport]) -> None:
    pauses, target = Pauses(people.pool), PauseTarget(context=three[2].context)
    await pauses.add(target, "Its course is moved.", SYSTEM, quarantine=False, dry_run=False)
    try:
        explained = await ExplainedExports(people.pool).find(three[2].id)
    finally:
        await pauses.end(target, SYSTEM, quarantine=False, dry_run=False)
    assert explained is not None
    assert what_is_next(explained)[0] == f"{three[2].context.path} is paused: Its course is moved."


async def test_an_attempt_that_an_operator_took_from_its_worker_was_released_and_no_other_is_made_up(
    people: School, three: list[ContentExport]
) -> None:
    await ExportActions(people.pool, ContentExports(people.pool)).requeue([three[1].id], SYSTEM, dry_run=False)
    assert await people.claim(three[1]) is not None
    explained = await ExplainedExports(people.pool).find(three[1].id)
    assert explained is not None
    assert [(each.number, each.outcome) for each in explained.attempts] == [
        (1, AttemptOutcome.INFRASTRUCTURE),
        (2, AttemptOutcome.RELEASED),
        (4, None),
    ]


@pytest.mark.parametrize("statement", [OF_CODE, OF_CONTEXT, OF_WORKER])
async def test_each_list_begins_in_an_index(people: School, statement: str) -> None:
    values = (["failed"], ["zip"], None, "Course", 1, "w", "cancelled", None, None, 10**9, 10)
    more = (None,) if statement is OF_CODE else ()
    async with people.pool.acquire() as db, db.transaction():
        await db.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in await db.fetch(f"EXPLAIN {statement}", *values, *more))
    assert "Seq Scan" not in plan
