"""What becomes of a claimed export, whatever happens while it is built."""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from shared.adapters.object_store import Unfinished, package_key
from shared.domain.attempts import AttemptOutcome
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import DatabaseUnavailable, Fenced, InvalidContent, NothingSelected, StoreUnavailable
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.worker import job, member_recorder
from shared.worker.export_builder import Build, BuildInputs, ExportBuilder, PackageContents
from shared.worker.job import run_export
from shared.worker.reporter import Reporter
from tests.support.fakes import SETTINGS, FakeTools, an_export

NAME = "tides.zip"
MEMBERS = [Entry("one.txt", b"one"), Entry("two.txt", b"two")]


def building(*entries: Entry, meanwhile: Callable[[], None] = lambda: None) -> Build:
    """A build of these entries; `meanwhile` is called in the packaging thread, after the first."""

    def members() -> Iterator[Entry]:
        for number, entry in enumerate(entries or MEMBERS):
            if number == 1:
                meanwhile()
            yield entry

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        return PackageContents(NAME, "application/zip", members())

    return build


def failing(error: Exception) -> Build:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise error

    return build


async def claimed(fakes: FakeTools, attempt: int = 1) -> tuple[ContentExport, Reporter]:
    """An export that this attempt has claimed, and its reporter."""
    fakes.leases.add(an_export(attempt=attempt - 1))
    export = await fakes.leases.claim(ExportType.QTI)
    assert export is not None
    return export, Reporter(fakes.leases, export.id, export.attempt, lease_s=0.3)


async def run(fakes: FakeTools, build: Build, attempt: int = 1) -> ContentExport:
    """The export after one attempt."""
    export, reporter = await claimed(fakes, attempt)
    await run_export(export, ExportBuilder(ExportType.QTI, build), fakes.tools, reporter)
    return fakes.leases.exports[1]


def attempts(outcome: str, code: str = "") -> float:
    labels = {"export_type": "qti", "outcome": outcome, "code": code}
    return REGISTRY.get_sample_value("content_exports_attempts_total", labels) or 0.0


def seconds(what: str) -> float:
    return REGISTRY.get_sample_value(f"content_exports_attempt_seconds_{what}", {"export_type": "qti"}) or 0.0


async def test_a_package_that_is_whole_becomes_the_attachment(fakes: FakeTools) -> None:
    before = attempts("exported")
    done = await run(fakes, building())
    assert done.workflow_state is WorkflowState.EXPORTED
    (package,) = fakes.leases.finished[1]
    assert (package.key, package.filename, package.entries) == (package_key(1, 1, NAME), NAME, 2)
    assert list(fakes.store.objects) == [package.key]
    assert attempts("exported") == before + 1


async def test_wait_duration_size_and_warnings_of_an_export_are_measured(fakes: FakeTools) -> None:
    def measured() -> list[float]:
        samples = ("queue_wait_seconds_count", "end_to_end_seconds_count", "package_bytes_sum")
        values = [REGISTRY.get_sample_value(f"content_exports_{name}", {"export_type": "qti"}) for name in samples]
        labels = {"export_type": "qti", "code": "object_missing"}
        return [
            value or 0.0 for value in (*values, REGISTRY.get_sample_value("content_exports_warnings_total", labels))
        ]

    before = measured()
    await run(fakes, building(Entry("lost.bin", StoredFile("0" * 64, 4, 0, compressible=False)), *MEMBERS))
    size = sum(package.size for package in fakes.leases.finished[1])
    assert [now - then for now, then in zip(measured(), before, strict=True)] == [1, 1, size, 1]


async def test_only_the_first_attempt_ends_the_wait_of_an_export(fakes: FakeTools) -> None:
    def waits() -> float:
        return REGISTRY.get_sample_value("content_exports_queue_wait_seconds_count", {"export_type": "qti"}) or 0.0

    before = waits()
    await run(fakes, building(), attempt=2)
    assert waits() == before


async def test_a_file_that_is_missing_leaves_a_warning_and_the_export_is_exported(fakes: FakeTools) -> None:
    lost = Entry("lost.bin", StoredFile("0" * 64, 4, 0, compressible=False))
    done = await run(fakes, building(lost, *MEMBERS))
    assert done.workflow_state is WorkflowState.EXPORTED
    receipt = fakes.leases.receipts[1]
    assert receipt is not None
    assert [(warning.code, warning.place) for warning in receipt.warnings] == [("object_missing", "lost.bin")]
    assert fakes.leases.finished[1][0].entries == 2


async def test_an_attempt_that_has_lost_its_lease_ends_without_a_write_and_removes_what_it_stored(
    fakes: FakeTools,
) -> None:
    left = attempts("left")
    fakes.leases.errors["finish"] = [Fenced()]
    done = await run(fakes, building())
    assert done.workflow_state is WorkflowState.EXPORTING, "the attempt that has it now decides"
    assert (fakes.store.objects, fakes.leases.released, fakes.leases.receipts) == ({}, [], {})
    assert attempts("left") == left + 1


async def test_a_cancelled_export_stops_being_built_and_stays_as_it_was_cancelled(fakes: FakeTools) -> None:
    export, reporter = await claimed(fakes)

    def meanwhile() -> None:
        fakes.leases.cancel(1)
        assert reporter.stop.wait(5), "the heartbeat must find that the export was cancelled"

    await run_export(export, ExportBuilder(ExportType.QTI, building(meanwhile=meanwhile)), fakes.tools, reporter)
    cancelled = fakes.leases.exports[1]
    assert (cancelled.workflow_state, cancelled.error_code) == (WorkflowState.FAILED, "cancelled")
    assert (fakes.store.objects, fakes.leases.released, fakes.leases.finished) == ({}, [], {})


async def test_a_store_that_does_not_answer_hands_the_export_back_and_each_wait_is_twice_the_last(
    fakes: FakeTools,
) -> None:
    for attempt in (1, 2):
        fakes.store.errors["create"] = [StoreUnavailable("The object store did not answer.")]
        done = await run(fakes, building(), attempt)
        assert done.workflow_state is WorkflowState.EXPORTING
    assert fakes.leases.released == [(1, 2.0, True), (1, 4.0, True)]


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("The object store did not answer."),
        MemoryError(),
        RuntimeError("can't start new thread"),
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
async def test_no_number_of_attempts_that_the_infrastructure_ended_fails_an_export(
    fakes: FakeTools, error: Exception
) -> None:
    handed_back = await run(fakes, failing(error), attempt=SETTINGS.max_attempts + 20)
    assert handed_back.workflow_state is WorkflowState.EXPORTING
    assert [stopped for _, _, stopped in fakes.leases.released] == [True], "the attempt does not count"


async def test_an_attempt_that_is_handed_back_keeps_why_without_the_details_of_the_server(fakes: FakeTools) -> None:
    fakes.store.errors["create"] = [StoreUnavailable(detail="GET https://10.0.0.7/secret-bucket")]
    await run(fakes, building())
    (reason,) = fakes.leases.reasons
    assert (reason.outcome, reason.code) == (AttemptOutcome.INFRASTRUCTURE, "store_unavailable")
    assert reason.message == ErrorCode.STORE_UNAVAILABLE.sentence
    assert set(reason.facts.phases) == {"prepare", "pack"}


async def test_an_attempt_of_a_stopping_worker_is_released_without_an_error(fakes: FakeTools) -> None:
    export, reporter = await claimed(fakes)
    build = building(meanwhile=reporter.hand_back)
    await run_export(export, ExportBuilder(ExportType.QTI, build), fakes.tools, reporter)
    (reason,) = fakes.leases.reasons
    assert (reason.outcome, reason.code, reason.message) == (AttemptOutcome.RELEASED, None, None)


async def test_an_attempt_over_content_that_was_replaced_is_released_with_that_code(fakes: FakeTools) -> None:
    fakes.content.replaced = [1]
    await run(fakes, building())
    (reason,) = fakes.leases.reasons
    assert (reason.outcome, reason.code) == (AttemptOutcome.RELEASED, "content_replaced")


async def test_a_finished_attempt_keeps_the_seconds_of_its_phases_and_its_slowest_members(
    fakes: FakeTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()  # a second for each look
    monkeypatch.setattr(member_recorder.time, "perf_counter", lambda: float(next(clock)))
    await run(fakes, building(*(Entry(f"{n}.txt", b"x") for n in range(7))))
    facts = fakes.leases.facts[1]
    assert set(facts.phases) == {"prepare", "pack", "verify"}
    assert len(facts.slowest) == 5, "a course of many objects does not make a large row"


async def test_an_attempt_reports_the_infrastructure_error_that_it_met(fakes: FakeTools) -> None:
    export, reporter = await claimed(fakes)
    builder = ExportBuilder(ExportType.QTI, failing(MemoryError()))
    assert await run_export(export, builder, fakes.tools, reporter) == "out_of_memory"


async def test_an_export_is_handed_back_as_soon_as_the_database_is_there_again(
    fakes: FakeTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_RELEASE_AGAIN_S", 0.01)
    fakes.store.errors["create"] = [StoreUnavailable()]
    fakes.leases.errors["release"] = [DatabaseUnavailable(), DatabaseUnavailable()]
    await run(fakes, building())
    assert fakes.leases.released == [(1, 2.0, True)]


async def test_an_export_that_outlives_the_grace_time_is_handed_back_at_once_and_the_attempt_does_not_count(
    fakes: FakeTools,
) -> None:
    export, reporter = await claimed(fakes, attempt=3)
    build = building(meanwhile=reporter.hand_back)
    await run_export(export, ExportBuilder(ExportType.QTI, build), fakes.tools, reporter)
    assert fakes.leases.released == [(1, 0.0, True)]
    assert fakes.leases.exports[1].workflow_state is WorkflowState.EXPORTING
    assert fakes.store.objects == {}


async def test_a_package_that_is_not_stored_as_it_was_written_fails_with_its_findings_and_is_removed(
    fakes: FakeTools,
) -> None:
    fakes.store.keeps_bytes = 40
    failed = await run(fakes, building())
    assert (failed.workflow_state, failed.error_code) == (WorkflowState.FAILED, "verification_failed")
    receipt = fakes.leases.receipts[1]
    assert receipt is not None
    assert receipt.verification is not None
    assert (receipt.complete, receipt.verification.passed) == (False, False)
    assert fakes.store.objects == {}


async def test_an_unforeseen_error_fails_the_export_and_keeps_its_insides_to_the_log(fakes: FakeTools) -> None:
    failed = await run(fakes, failing(KeyError("password=secret")))
    assert (failed.workflow_state, failed.error_code) == (WorkflowState.FAILED, "internal_error")
    assert "secret" not in str(failed.error_message)


@pytest.mark.parametrize("missing", ["context", "user"])
async def test_an_export_whose_context_or_requester_is_gone_fails_at_once(fakes: FakeTools, missing: str) -> None:
    if missing == "context":
        fakes.content.the_course = None
    else:
        fakes.access.rights = None
    failed = await run(fakes, building())
    assert failed.error_code == InvalidContent.code
    assert failed.error_message == "The course 7 does not exist any more."


async def test_a_second_attempt_removes_what_the_first_has_left(fakes: FakeTools) -> None:
    first = package_key(1, 1, NAME)
    fakes.store.objects[first] = b"of a worker that was lost before it could finish"
    fakes.store.left.append(Unfinished(first, "a part"))
    done = await run(fakes, building(), attempt=2)
    assert done.workflow_state is WorkflowState.EXPORTED
    assert list(fakes.store.objects) == [package_key(1, 2, NAME)]
    assert fakes.store.left == []


async def test_a_first_attempt_does_not_look_for_leftovers_and_counts_its_time(fakes: FakeTools) -> None:
    elsewhere = package_key(1, 9, NAME)
    fakes.store.objects[elsewhere] = b"nothing of a first attempt"
    fakes.store.left.append(Unfinished(elsewhere, "a part"))
    count, total = seconds("count"), seconds("sum")
    await run(fakes, building())
    assert elsewhere in fakes.store.objects
    assert len(fakes.store.left) == 1
    assert seconds("count") == count + 1
    assert 0 <= seconds("sum") - total < 60


async def test_leftovers_that_cannot_be_removed_now_do_not_change_what_becomes_of_the_export(fakes: FakeTools) -> None:
    fakes.leases.errors["finish"] = [DatabaseUnavailable()]
    fakes.store.keeps_bytes = 40
    fakes.store.errors["delete"] = [StoreUnavailable()]
    failed = await run(fakes, building())
    assert failed.error_code == "verification_failed"


@pytest.mark.parametrize("error", [Fenced(), DatabaseUnavailable(), KeyError("unforeseen")])
async def test_an_outcome_that_cannot_be_written_ends_the_attempt_without_an_error(
    fakes: FakeTools, error: Exception
) -> None:
    fakes.leases.errors["fail"] = [error]
    left = await run(fakes, failing(KeyError("a fault")))
    assert left.workflow_state is WorkflowState.EXPORTING, "the janitor requeues it when its lease has lapsed"


async def test_a_heartbeat_goes_on_while_the_export_is_built(fakes: FakeTools) -> None:
    export, reporter = await claimed(fakes)
    fakes.leases.errors["report"] = [DatabaseUnavailable()]

    def meanwhile() -> None:
        for _ in range(100):
            if not fakes.leases.errors["report"]:
                return
            reporter.stop.wait(0.05)

    build = building(meanwhile=meanwhile)
    await run_export(export, ExportBuilder(ExportType.QTI, build), fakes.tools, reporter)
    assert fakes.leases.errors["report"] == [], "the lease was renewed meanwhile"
    assert fakes.leases.exports[1].workflow_state is WorkflowState.EXPORTED
    assert not [task for task in asyncio.all_tasks() if "Reporter" in repr(task)]


async def test_the_log_has_the_seconds_that_an_export_took(fakes: FakeTools) -> None:
    with capture_logs() as logs:
        await run(fakes, building())
    (finished,) = (line for line in logs if line["event"] == "export_finished")
    assert 0 <= finished["seconds"] < 60


@pytest.mark.parametrize(
    ("error", "level"), [(NothingSelected(), "info"), (InvalidContent(), "info"), (RuntimeError("a fault"), "error")]
)
async def test_a_callers_mistake_is_no_error_of_the_log(fakes: FakeTools, error: Exception, level: str) -> None:
    with capture_logs() as logs:
        await run(fakes, failing(error))
    (line,) = [line for line in logs if line["event"] == "export_failed"]
    assert (line["log_level"], "exc_info" in line) == (level, level == "error")


async def test_content_that_was_replaced_while_it_was_read_is_read_anew_by_another_attempt(fakes: FakeTools) -> None:
    fakes.content.replaced = [3, 4]
    export = await run(fakes, building())
    assert export.workflow_state is WorkflowState.EXPORTING
    assert attempts("handed_back") > 0
    assert list(fakes.store.objects) == []
    assert (await run(fakes, building(), attempt=2)).workflow_state is WorkflowState.EXPORTED
