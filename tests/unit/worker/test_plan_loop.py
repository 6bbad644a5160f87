"""What a worker answers to a request for a plan, and to which it answers nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested, encode
from shared.domain.errors import NothingSelected
from shared.domain.export import ContextType, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.worker.export_builder import Build, BuildInputs, ExportBuilder, PackageContents
from shared.worker.plan_loop import PlanLoop
from tests.support.fakes import FakeTools, ask

LOST = Entry("lost.bin", StoredFile("0" * 64, 4, 0, compressible=False))


class Endless:
    """A build whose entries never end."""

    def __init__(self) -> None:
        self.entries = 0
        self.started = threading.Event()

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        return PackageContents("endless.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        while True:
            self.entries += 1
            self.started.set()
            time.sleep(0.01)
            yield Entry(f"{self.entries}.txt", b"")


def two_members(packing: Packing, inputs: BuildInputs) -> PackageContents:
    return PackageContents("two.zip", "application/zip", iter([Entry("one.txt", b"one"), LOST]))


def plans(fakes: FakeTools, build: Build = two_members) -> PlanLoop:
    builder = ExportBuilder(ExportType.QTI, build)
    return PlanLoop(builder, fakes.tools, asyncio.Event(), fakes.threads)


def request(within_s: float = 30.0) -> bytes:
    deadline = datetime.now(UTC) + timedelta(seconds=within_s)
    return encode(
        PlanRequested(
            context_type=ContextType.COURSE,
            context_id=7,
            user_id=5,
            export_type=ExportType.QTI,
            settings=ExportSettings(),
            deadline=deadline,
        )
    )


def decoded(bodies: list[bytes]) -> PlanMade | PlanFailed:
    (body,) = bodies
    return msgspec.json.decode(body, type=PlanMade | PlanFailed)


async def test_a_plan_counts_what_would_be_packed_and_what_would_be_left_out(fakes: FakeTools) -> None:
    settled, answers = await ask(plans(fakes), request())
    made = decoded(answers)
    assert settled == ["acknowledged"]
    assert isinstance(made, PlanMade)
    assert (made.plan.filename, made.plan.entries, made.plan.bytes) == ("two.zip", 1, 3)
    assert [warning.code for warning in made.plan.warnings] == ["object_missing"]
    assert fakes.store.objects == {}, "nothing is written"


async def test_what_would_fail_the_export_is_the_error_of_its_plan(fakes: FakeTools) -> None:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise NothingSelected

    _, answers = await ask(plans(fakes, build), request())
    made = decoded(answers)
    assert isinstance(made, PlanMade)
    assert made.plan.error
    assert made.plan.error.code == "nothing_selected"


async def test_a_request_whose_deadline_is_over_is_dropped_unbuilt(fakes: FakeTools) -> None:
    build = Endless()
    assert await ask(plans(fakes, build), request(-0.1)) == (["acknowledged"], [])
    assert build.entries == 0


async def test_a_plan_is_stopped_at_its_deadline_and_not_answered(fakes: FakeTools) -> None:
    build = Endless()
    assert await ask(plans(fakes, build), request(0.3)) == (["acknowledged"], [])
    entries = build.entries
    await asyncio.sleep(0.1)
    assert build.entries == entries > 0, "the thread has ended"


async def test_a_plan_that_outlives_the_grace_time_is_stopped_and_answered(fakes: FakeTools) -> None:
    build = Endless()
    looped = plans(fakes, build)
    asking = asyncio.create_task(ask(looped, request()))
    await asyncio.to_thread(build.started.wait, 5)
    looped.abandoned.set()
    _, answers = await asking
    assert decoded(answers) == PlanFailed(code="worker_stopped", message="The worker was stopped.")


async def test_what_is_no_request_is_dropped(fakes: FakeTools) -> None:
    assert await ask(plans(fakes), b"no json") == (["acknowledged"], [])


async def test_a_context_that_is_gone_and_an_unforeseen_error_are_no_plans(fakes: FakeTools) -> None:
    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        raise KeyError("password=secret")

    _, answers = await ask(plans(fakes, build), request())
    failed = decoded(answers)
    assert isinstance(failed, PlanFailed)
    assert (failed.code, "secret" in failed.message) == ("internal_error", False)
    fakes.content.the_course = None
    _, answers = await ask(plans(fakes), request())
    gone = decoded(answers)
    assert isinstance(gone, PlanFailed)
    assert gone.code == "invalid_content"
