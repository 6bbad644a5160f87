"""What a worker does with a message: claim, acknowledge, build; or leave it to another time, or to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from shared.contracts.messages import ExportRequested, encode
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportType, WorkflowState
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.worker import loop
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents
from shared.worker.loop import Worker
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
def worker(fakes: FakeTools, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(loop, "_DATABASE_WAIT_S", 0.01)
    return Worker(ExportBuilder(ExportType.QTI, builds), fakes.tools, asyncio.Event())


def request(export_id: int = 1) -> bytes:
    return encode(ExportRequested(export_id=export_id, export_type="qti"))


def messages(outcome: str) -> float:
    return REGISTRY.get_sample_value("export_messages_total", {"outcome": outcome}) or 0.0


async def test_a_request_is_acknowledged_and_its_export_built(worker: Worker, fakes: FakeTools, builds: Builds) -> None:
    fakes.leases.add(an_export())
    claimed = messages("claimed")
    assert await deliver(worker, request()) == ["acknowledged"]
    assert (builds.count, fakes.leases.exports[1].workflow_state) == (1, WorkflowState.EXPORTED)
    assert messages("claimed") == claimed + 1
    assert worker.running == {}


async def test_a_redelivered_request_leaves_a_finished_export_alone(
    worker: Worker, fakes: FakeTools, builds: Builds
) -> None:
    fakes.leases.add(an_export())
    ignored = messages("not_ours")
    assert [await deliver(worker, request()) for _ in range(3)] == [["acknowledged"]] * 3
    assert (builds.count, fakes.leases.exports[1].attempt) == (1, 1)
    assert messages("not_ours") == ignored + 2


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff{}", b"[]", b'{"type":"export.requested.v2","export_id":1}'])
async def test_what_is_no_request_goes_to_the_dead_letters(worker: Worker, builds: Builds, body: bytes) -> None:
    before = messages("not_understood")
    assert await deliver(worker, body) == ["dead"]
    assert (builds.count, messages("not_understood")) == (0, before + 1)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), KeyError("unforeseen")])
async def test_a_claim_that_fails_leaves_the_message_to_another_time(
    worker: Worker, fakes: FakeTools, builds: Builds, error: Exception
) -> None:
    fakes.leases.add(an_export())
    fakes.leases.errors["claim"] = [error]
    postponed = messages("postponed")
    assert await deliver(worker, request()) == ["requeued"]
    assert (builds.count, fakes.leases.exports[1].workflow_state) == (0, WorkflowState.CREATED)
    assert messages("postponed") == postponed + 1
    assert await deliver(worker, request()) == ["acknowledged"]
    assert builds.count == 1


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
