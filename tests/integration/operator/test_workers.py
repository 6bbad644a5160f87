"""Workers as operators see them: who is alive, what each builds, and which take no more exports."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.operator.worker_processes import WorkerProcesses
from shared.domain.audit import Actor
from shared.domain.export import ExportType
from shared.domain.operator.worker_process import WorkerProcess
from tests.support.school import School
from tests.support.workers import an_export

BY = Actor(7, None, "token:1", None, "drained-by-hand")
QTI = ExportType.QTI


@pytest.fixture
async def workers(people: School) -> WorkerProcesses:
    await people.end_unfinished()
    await people.pool.execute("TRUNCATE worker_processes")
    return WorkerProcesses(people.pool)


async def one(workers: WorkerProcesses, name: str) -> WorkerProcess:
    return next(each for each in await workers.all() if each.name == name)


async def test_a_worker_is_listed_with_its_version_heartbeat_and_what_it_builds(
    people: School, workers: WorkerProcesses
) -> None:
    builder, lost = Leases(people.pool, "h:1:a", 60.0), Leases(people.pool, "h:2:b", 0.0)
    for each in (builder, lost):
        assert await each.announce(QTI, 2) is False
    export = await an_export(people)
    assert await people.claim(export, builder)
    worker = await one(workers, "h:1:a")
    assert (worker.slots, worker.version, worker.running) == (2, version("content-exports"), [export.id])
    assert worker.seen_at is not None
    assert ((await one(workers, "h:2:b")).is_alive, worker.is_alive) == (False, True)
    await builder.withdraw()
    assert [each.name for each in await workers.all()] == ["h:2:b"]


async def test_a_worker_that_drains_claims_nothing_while_others_do_and_hears_of_it_at_its_heartbeat(
    people: School, workers: WorkerProcesses
) -> None:
    drained, other = Leases(people.pool, "h:1:a", 60.0), Leases(people.pool, "h:2:b", 60.0)
    for each in (drained, other):
        await each.announce(QTI, 1)
    first, second = await an_export(people), await an_export(people)
    assert await people.claim(first, drained)
    result = await workers.drain("h:1:a", BY, draining=True, dry_run=False)
    assert result is not None
    assert (result[0].running, result[1]) == ([first.id], True)
    assert await people.claim(second, drained) is None
    assert (await drained.announce(QTI, 1), await other.announce(QTI, 1)) == (True, False)
    await drained.report(first.id, 1, 50.0)
    assert await people.claim(second, other)
    assert (await workers.drain("h:1:a", BY, draining=True, dry_run=False) or (None, None))[1] is False
    await workers.drain("h:1:a", BY, draining=False, dry_run=False)
    assert await drained.announce(QTI, 1) is False
    third = await an_export(people)
    assert await people.claim(third, drained)
    rows = await people.pool.fetch(
        "SELECT action, subject FROM audit_log WHERE request_id = 'drained-by-hand' ORDER BY id DESC LIMIT 2"
    )
    assert [tuple(row) for row in rows] == [("end_drain", "worker:h:1:a"), ("drain", "worker:h:1:a")]


async def test_a_dry_run_and_an_unknown_worker_change_nothing(people: School, workers: WorkerProcesses) -> None:
    await Leases(people.pool, "h:1:a", 60.0).announce(QTI, 1)
    assert (await workers.drain("h:1:a", BY, draining=True, dry_run=True) or (None, None))[1] is True
    assert (await one(workers, "h:1:a")).draining_since is None
    assert await workers.drain("h:9:z", BY, draining=True, dry_run=False) is None
