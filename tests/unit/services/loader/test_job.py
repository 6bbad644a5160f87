"""One load over fakes: how it ends, what becomes of its upload, and when it is handed back."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.loader.job import LoadTools, run_load
from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import (
    DatabaseUnavailable,
    Fenced,
    HostilePackage,
    InvalidContent,
    ObjectMissing,
    StoreUnavailable,
)
from shared.domain.export import ExportId, PackedSoFar
from shared.domain.packages.package_load import PackageLoad
from shared.intake.load import Report
from shared.runtime.settings import Settings
from shared.runtime.traces import span
from shared.worker.reporter import Reporter
from tests.support.spans import attribute, recorded

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SETTINGS = Settings(database_url="postgresql://none.invalid/none", secret_key=("k" * 32,), max_attempts=3)


def a_load(attempt: int = 1, stopped: int = 0) -> PackageLoad:
    who = Actor(4, None, "token:4", None, "r")
    return PackageLoad(5, 6, None, "uploads/x", "c.imscc", 7, who, "running", 0.0, attempt, stopped, NOW, NOW)


@dataclass
class World:
    """Fakes of all that a load needs; `error` is what loading raises."""

    error: Exception | None = None
    kept: dict[str, bytes] = field(default_factory=lambda: {"uploads/x": b"package"})
    failed: list[tuple[ErrorCode, str]] = field(default_factory=list)
    released: list[tuple[float, bool]] = field(default_factory=list)
    loaded: list[bytes] = field(default_factory=list)
    settling: Exception | None = None
    reporter: Reporter = field(init=False)

    def __post_init__(self) -> None:
        self.reporter = Reporter(self, ExportId(5), 1, 60.0, total_bytes=100)

    async def report(self, export_id: int, attempt: int, completion: float, so_far: PackedSoFar) -> None:
        """Nobody has taken the load away."""

    async def fail(self, load: PackageLoad, code: ErrorCode, message: str) -> None:
        if self.settling is not None:
            raise self.settling
        self.failed.append((code, message))

    async def release(self, load: PackageLoad, wait_s: float, *, stopped: bool = False) -> None:
        self.released.append((wait_s, stopped))

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        if key not in self.kept:
            raise ObjectMissing
        return iter([self.kept[key]])

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def load_package(self, load: PackageLoad, package: Path, report: Report) -> None:
        self.loaded.append(await asyncio.to_thread(package.read_bytes))
        report("objects", 1, 2)
        if self.error is not None:
            raise self.error

    async def run(self, load: PackageLoad | None = None) -> World:
        await run_load(load or a_load(), LoadTools(SETTINGS, self, self, self.load_package), self.reporter)
        return self


async def test_a_load_reads_the_upload_and_removes_it_at_its_end() -> None:
    world = await World().run()
    assert world.loaded == [b"package"]
    assert (world.failed, world.released, world.kept) == ([], [], {})
    assert world.reporter.completion == pytest.approx(0.99 * 84, abs=0.5)


@pytest.mark.parametrize(
    ("error", "code", "message", "level"),
    [
        (HostilePackage("../x leads out", item="../x"), "hostile_package", "../x leads out", "info"),
        (
            InvalidContent("id must be a number", item="a.json"),
            "invalid_content",
            "a.json: id must be a number",
            "info",
        ),
        (ZeroDivisionError("secret"), "internal_error", ErrorCode.INTERNAL_ERROR.sentence, "error"),
    ],
)
async def test_a_fault_of_the_package_ends_the_load_with_its_member_and_removes_the_upload(
    error: Exception, code: str, message: str, level: str
) -> None:
    with capture_logs() as logs, recorded() as spans, span("process package_loads"):
        world = await World(error).run()
    assert world.failed == [(code, message)]
    assert not world.kept
    (kept,) = spans.get_finished_spans()
    assert (attribute(kept, "outcome"), attribute(kept, "code")) == ("failed", code)
    assert kept.status.is_ok is (level == "info")
    assert [log["log_level"] for log in logs if log["event"] == "load_failed"] == [level]


@pytest.mark.parametrize("error", [StoreUnavailable(), DatabaseUnavailable(), OSError(errno.ENOSPC, "full")])
async def test_an_outage_hands_the_load_back_with_its_upload_however_long_it_lasts(error: Exception) -> None:
    world = await World(error).run(a_load(attempt=2))
    assert world.released == [(2 * SETTINGS.retry_backoff_s, True)]
    assert world.kept
    later = await World(error).run(a_load(attempt=SETTINGS.max_attempts + 20))
    assert [stopped for _, stopped in later.released] == [True]
    assert not later.failed


async def test_a_load_without_progress_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    world = World()
    monkeypatch.setattr(world, "load_package", never)
    tools = LoadTools(replace(SETTINGS, stall_s=0.1), world, world, world.load_package)
    assert await run_load(a_load(), tools, world.reporter) == "stalled"
    assert world.released == [(SETTINGS.retry_backoff_s, True)]
    assert world.kept


async def test_an_attempt_that_lost_its_load_changes_nothing() -> None:
    world = await World(Fenced()).run()
    assert (world.failed, world.released) == ([], [])
    assert world.kept


async def test_a_process_that_stops_hands_its_load_back_at_once_and_the_attempt_does_not_count() -> None:
    world = World()
    world.reporter.hand_back()
    await world.run()
    assert world.loaded == []
    assert world.released == [(0.0, True)]
    assert world.kept


async def test_an_upload_that_is_gone_ends_the_load() -> None:
    world = await World(kept={}).run()
    assert [code for code, _ in world.failed] == [ErrorCode.OBJECT_MISSING]


@pytest.mark.parametrize("settling", [Fenced(), DatabaseUnavailable()])
async def test_an_end_that_cannot_be_written_is_left_to_the_janitor(settling: Exception) -> None:
    world = await World(HostilePackage("x"), settling=settling).run()
    assert world.kept
