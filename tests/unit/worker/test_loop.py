"""What a worker does with a message: claim, acknowledge, build; or leave it to another time, or to nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from shared.contracts.messages import ExportRequested, encode
from shared.domain.errors import DatabaseUnavailable, StoreUnavailable
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ExportId, ExportType, WorkflowState
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.worker import claiming, reporter
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents
from shared.worker.intake import Unfit
from shared.worker.loop import Worker
from shared.worker.reporter import Reporter
from tests.support.fakes import FakeDelivery, FakeTools, an_export, deliver


class Builds:
    """A build that counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        self.count += 1
        return PackageContents("a.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        yield Entry("one.txt", b"one")


@pytest.fixture
def builds() -> Builds:
    return Builds()


@pytest.fixture
async def worker(fakes: FakeTools, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(claiming, "_AGAIN_S", 0.01)
    return Worker(ExportBuilder(ExportType.QTI, builds), fakes.tools, asyncio.Event())


def request(export_id: int = 1) -> bytes:
    return encode(ExportRequested(export_id=export_id, export_type="qti"))


def messages(outcome: str) -> float:
    return REGISTRY.get_sample_value("content_exports_worker_messages_total", {"outcome": outcome}) or 0.0


async def test_a_request_is_acknowledged_and_its_export_built(worker: Worker, fakes: FakeTools, builds: Builds) -> None:
    fakes.leases.add(an_export())
    claimed = messages("claimed")
    assert await deliver(worker, request()) == ["acknowledged"]
    assert (builds.count, fakes.leases.exports[1].workflow_state) == (1, WorkflowState.EXPORTED)
    assert messages("claimed") == claimed + 1
    assert worker.running == {}


async def test_the_age_and_the_silence_of_running_attempts_are_measured(
    worker: Worker, fakes: FakeTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def running(what: str) -> float | None:
        return REGISTRY.get_sample_value(f"content_exports_running_{what}_seconds")

    assert (running("oldest"), running("silent")) == (0.0, 0.0)
    now = 1000.0
    monkeypatch.setattr(reporter.time, "monotonic", lambda: now)
    worker.running[1] = Reporter(fakes.leases, ExportId(1), 1, 60.0)
    now = 1070.0
    worker.running[2] = Reporter(fakes.leases, ExportId(2), 1, 60.0)
    worker.running[1].beat()
    now = 1100.0
    assert (running("oldest"), running("silent")) == (100.0, 30.0)


async def test_progress_is_reported_with_what_is_expected_of_the_export(
    fakes: FakeTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = threading.Event()

    async def report(*_: object, expected: ExpectedTimes | None = None) -> None:
        if expected is not None:
            reported.set()

    def entries() -> Iterator[Entry]:
        for number in range(100_000):  # read some thousand ahead of what is written
            yield Entry(f"{number}.txt", b"tide")
            if reported.is_set():
                break

    monkeypatch.setattr(reporter, "_LOOK_S", 0.01)
    monkeypatch.setattr(fakes.leases, "report", report)
    fakes.content.objects = 100_000
    builder = ExportBuilder(ExportType.QTI, lambda *_: PackageContents("a.zip", "application/zip", entries()))
    fakes.leases.add(an_export())
    assert await deliver(Worker(builder, fakes.tools, asyncio.Event()), request()) == ["acknowledged"]
    assert reported.is_set()


async def test_a_redelivered_request_leaves_a_finished_export_alone(
    worker: Worker, fakes: FakeTools, builds: Builds
) -> None:
    fakes.leases.add(an_export())
    ignored = messages("nothing_waits")
    assert [await deliver(worker, request()) for _ in range(3)] == [["acknowledged"]] * 3
    assert (builds.count, fakes.leases.exports[1].attempt) == (1, 1)
    assert messages("nothing_waits") == ignored + 2


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff{}", b"[]", b'{"type":"export.requested.v2","export_id":1}'])
async def test_what_is_no_request_goes_to_the_dead_letters(worker: Worker, builds: Builds, body: bytes) -> None:
    before = messages("not_understood")
    assert await deliver(worker, body) == ["dead"]
    assert (builds.count, messages("not_understood")) == (0, before + 1)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), KeyError("unforeseen")])
async def test_a_claim_that_fails_is_tried_again_and_costs_the_message_no_delivery(
    worker: Worker, fakes: FakeTools, builds: Builds, error: Exception
) -> None:
    fakes.leases.add(an_export())
    fakes.leases.errors["claim"] = [error, error]
    postponed = messages("postponed")
    assert await deliver(worker, request()) == ["acknowledged"]
    assert (builds.count, fakes.leases.exports[1].workflow_state) == (1, WorkflowState.EXPORTED)
    assert messages("postponed") == postponed + 2


async def test_a_claim_that_goes_on_failing_is_left_to_the_janitor_and_never_a_dead_letter(
    worker: Worker, fakes: FakeTools, builds: Builds
) -> None:
    fakes.leases.add(an_export())
    fakes.leases.errors["claim"] = [KeyError("unforeseen")] * 100
    assert await deliver(worker, request()) == ["acknowledged"]
    assert (builds.count, fakes.leases.exports[1].workflow_state) == (0, WorkflowState.CREATED)


async def test_a_process_that_stops_gives_the_message_of_a_postponed_claim_back(
    worker: Worker, fakes: FakeTools
) -> None:
    fakes.leases.add(an_export())
    fakes.leases.errors["claim"] = [DatabaseUnavailable()] * 100
    fakes.leases.errors["check"] = [DatabaseUnavailable()] * 100
    message = FakeDelivery(request())
    handling = asyncio.create_task(worker.handle(message))
    await worker.intake.paused.wait()
    assert message.settled == []
    worker.stopping.set()
    await handling
    assert message.settled == ["requeued"]


async def test_an_attempt_that_the_infrastructure_ended_pauses_its_worker_until_its_checks_pass(
    worker: Worker, fakes: FakeTools, builds: Builds
) -> None:
    fakes.leases.add(an_export())
    fakes.store.errors["create"] = [StoreUnavailable()]
    fakes.store.errors["check"] = [StoreUnavailable()] * 3
    assert await deliver(worker, request()) == ["acknowledged"]
    assert worker.intake.paused.is_set()
    with pytest.raises(Unfit, match="store_unavailable"):
        await worker.intake.check()
    assert await worker.intake.opened()
    await worker.intake.check()
    assert fakes.store.errors["check"] == []


@pytest.mark.parametrize("export_id", [2, 2**63 - 1])
async def test_a_request_for_an_export_that_is_missing_is_ignored(
    worker: Worker, builds: Builds, export_id: int
) -> None:
    assert await deliver(worker, request(export_id)) == ["acknowledged"]
    assert builds.count == 0


async def test_a_message_is_acknowledged_before_its_export_is_built(fakes: FakeTools) -> None:
    message, seen = FakeDelivery(request()), []

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        seen.append((list(message.settled), list(worker.running)))
        raise KeyError

    fakes.leases.add(an_export())
    worker = Worker(ExportBuilder(ExportType.QTI, build), fakes.tools, asyncio.Event())
    await worker.handle(message)
    assert seen == [(["acknowledged"], [1])], "an export that is being built can be handed back"
    assert worker.running == {}
