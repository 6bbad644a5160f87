"""Exports that an operator sends again, ends, or creates again after an outage, beside running workers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.adapters.postgres.operator.failed_exports import FailedRetries
from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import Fenced
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.domain.operator.export_actions import ActionOutcome, FailedExports
from tests.support.school import A_PACKAGE, RECEIPT, School
from tests.support.workers import an_export

BY = Actor(7, None, "token:1", "192.0.2.1", "by-hand")
CODE = ErrorCode.STORE_UNAVAILABLE
QTI = ExportType.QTI


@pytest.fixture
def actions(people: School) -> ExportActions:
    return ExportActions(people.pool, people.exports)


async def outcome(actions: ExportActions, export: ContentExport, *, dry_run: bool = False) -> ActionOutcome:
    (result,) = await actions.requeue([export.id], BY, dry_run=dry_run)
    assert result.id == export.id
    return result.outcome


async def audited(people: School, export: ContentExport) -> list[str]:
    rows = await people.pool.fetch(
        "SELECT action FROM audit_log WHERE content_export_id = $1 AND request_id = 'by-hand' ORDER BY id", export.id
    )
    return [row["action"] for row in rows]


async def test_a_waiting_export_is_sent_again_and_a_dry_run_sends_nothing(
    people: School, actions: ExportActions
) -> None:
    export = await an_export(people)
    await people.pool.execute("DELETE FROM outbox")
    assert await outcome(actions, export, dry_run=True) is ActionOutcome.SENT_AGAIN
    assert await people.pool.fetchval("SELECT count(*) FROM outbox") == 0
    assert await outcome(actions, export) is ActionOutcome.SENT_AGAIN
    (row,) = await people.pool.fetch("SELECT routing_key, body, request_id FROM outbox")
    assert (row["routing_key"], row["body"]["export_id"], row["request_id"]) == ("qti", export.id, "a-request")
    assert await audited(people, export) == ["requeue"]


async def test_a_running_export_is_taken_from_its_worker_and_waits_at_its_turn_with_all_attempts(
    people: School, actions: ExportActions
) -> None:
    """Its worker may do what it will: each of its writes is void, whatever it ends with."""
    export = await an_export(people)
    await people.start(export)
    turn = "SELECT turn FROM content_exports WHERE id = $1"
    before = await people.pool.fetchval(turn, export.id)
    assert await outcome(actions, export) is ActionOutcome.TAKEN_BACK
    assert await people.pool.fetchval(turn, export.id) == before
    with pytest.raises(Fenced):
        await people.leases.report(export.id, 1, 50.0)
    with pytest.raises(Fenced):
        await people.leases.finish(export.id, 1, [A_PACKAGE], RECEIPT)
    with pytest.raises(Fenced):
        await people.leases.fail(export.id, 1, ErrorCode.INTERNAL_ERROR, "late")
    again = await people.claim(export, Leases(people.pool, "another", 60.0, max_attempts=1))
    assert again is not None, "its attempts are all before it, however many it has lost"
    assert (again.tries, again.workflow_state) == (1, WorkflowState.EXPORTING)
    await people.leases.finish(again.id, again.attempt, [A_PACKAGE], RECEIPT)
    assert await outcome(actions, export) is ActionOutcome.FINISHED


async def test_an_unknown_export_does_not_hinder_the_others(people: School, actions: ExportActions) -> None:
    export = await an_export(people)
    results = await actions.requeue([10**12, export.id, export.id], BY, dry_run=False)
    assert [each.outcome for each in results] == [ActionOutcome.UNKNOWN, ActionOutcome.SENT_AGAIN]
    ends = await actions.end([10**12, export.id], ErrorCode.FAILED_BY_ADMIN, "too large", BY, dry_run=False)
    assert [each.outcome for each in ends] == [ActionOutcome.UNKNOWN, ActionOutcome.ENDED]


async def test_an_export_that_is_finished_and_requeued_at_one_moment_is_either_and_never_both(
    people: School, actions: ExportActions
) -> None:
    exports = [await an_export(people) for _ in range(8)]
    for export in exports:
        await people.start(export)
    for export in exports:
        finish = people.leases.finish(export.id, 1, [A_PACKAGE], RECEIPT)
        finished, result = await asyncio.gather(finish, outcome(actions, export), return_exceptions=True)
        now = await people.exports.find(export.id)
        assert now is not None
        if isinstance(finished, Fenced):
            assert (result, now.workflow_state, now.attachments) == (
                ActionOutcome.TAKEN_BACK,
                WorkflowState.EXPORTING,
                (),
            )
        else:
            assert (result, now.workflow_state) == (ActionOutcome.FINISHED, WorkflowState.EXPORTED)
            assert len(now.attachments) == 1


async def test_an_export_is_ended_with_the_reason_of_the_operator(people: School, actions: ExportActions) -> None:
    export = await an_export(people)
    await people.start(export)
    (dry,) = await actions.end([export.id], ErrorCode.FAILED_BY_ADMIN, "too large", BY, dry_run=True)
    assert (dry.outcome, await audited(people, export)) == (ActionOutcome.ENDED, [])
    (result,) = await actions.end([export.id], ErrorCode.FAILED_BY_ADMIN, "too large", BY, dry_run=False)
    now = await people.exports.find(export.id)
    assert now is not None
    assert (result.outcome, now.error_code, now.error_message) == (ActionOutcome.ENDED, "failed_by_admin", "too large")
    assert await audited(people, export) == ["fail"]
    (again,) = await actions.end([export.id], ErrorCode.CANCELLED, "enough", BY, dry_run=False)
    assert again.outcome is ActionOutcome.FINISHED


class Outage:
    """Exports of one owner that failed while the store was away."""

    def __init__(self, people: School, owner: int, began: datetime) -> None:
        self.people, self.owner, self.began = people, owner, began
        self.retries = FailedRetries(people.pool)

    def wanted(self) -> FailedExports:
        return FailedExports(CODE, self.began, datetime.now(UTC) + timedelta(minutes=1), user_id=self.owner)

    async def retry(self, limit: int = 100, *, dry_run: bool = False) -> dict[int, int | None]:
        retried, _ = await self.retries.retry(self.wanted(), limit, BY, dry_run=dry_run)
        return {each.failed_id: each.id for each in retried}

    async def fail(self, export_id: int, code: ErrorCode = CODE) -> None:
        await self.people.exports.cancel(export_id, "away", code)


async def an_outage(people: School, count: int) -> tuple[Outage, list[int]]:
    course = await people.course(name="Tides")
    owner = await people.member(course, "teacher")
    outage = Outage(people, owner.id, datetime.now(UTC) - timedelta(minutes=1))
    exports = [await people.export(course, owner, QTI) for _ in range(count)]
    for export in exports:
        await outage.fail(export.id)
    return outage, [export.id for export in exports]


async def test_all_that_failed_of_one_cause_wait_again_each_once_in_bounded_batches(people: School) -> None:
    outage, failed = await an_outage(people, 5)
    other, _ = await an_outage(people, 1)
    course = await people.course(name="Wind")
    of_itself = await people.export(course, await people.member(course, "teacher"), QTI)
    await outage.fail(of_itself.id, ErrorCode.NOTHING_SELECTED)
    assert await outage.retry(dry_run=True) == dict.fromkeys(failed)
    first, more = await outage.retries.retry(outage.wanted(), 3, BY, dry_run=False)
    assert ([each.failed_id for each in first], more) == (failed[:3], True)
    assert list(await outage.retry()) == failed[3:]
    assert await outage.retry() == {}, "each has a retry that is alive"
    assert len(await other.retry()) == 1
    again = await people.exports.find(first[0].id or 0)
    assert again is not None
    assert (again.workflow_state, again.settings.retry_of) == (WorkflowState.CREATED, failed[0])
    (row,) = await people.pool.fetch("SELECT action, user_id, real_user_id, token FROM audit_log WHERE content_export_id = $1", again.id)  # fmt: skip
    assert tuple(row) == ("retry", outage.owner, BY.user_id, "token:1")


async def test_of_a_chain_of_retries_the_latest_alone_is_created_again(people: School) -> None:
    outage, (first, second) = await an_outage(people, 2)
    retried = await outage.retry()
    await outage.fail(retried[first] or 0)
    await outage.fail(retried[second] or 0, ErrorCode.NOTHING_SELECTED)
    assert list(await outage.retry()) == [retried[first]], "the other one failed of something else at last"


async def test_operators_who_retry_at_one_moment_create_each_export_once(people: School) -> None:
    outage, failed = await an_outage(people, 6)
    batches = await asyncio.gather(*(outage.retry() for _ in range(4)))
    assert sorted(each for batch in batches for each in batch) == failed
