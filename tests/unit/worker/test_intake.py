"""When a worker takes work, when it pauses, and when it ends itself."""

from __future__ import annotations

import asyncio
import errno
import resource
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from shared.domain.errors import DatabaseUnavailable, StoreFull, StoreUnavailable
from shared.worker import resources
from shared.worker.intake import Check, Intake, Unfit
from shared.worker.resources import check_resources
from tests.support.fakes import MemoryStore


class Failing:
    """A check that raises these errors, one a call, and the last for ever where `stays`."""

    def __init__(self, *errors: Exception, stays: bool = False) -> None:
        self.errors, self.stays = list(errors), stays

    async def __call__(self) -> None:
        if self.errors:
            raise self.errors[0] if self.stays else self.errors.pop(0)


@pytest.fixture
async def stopping() -> AsyncIterator[asyncio.Event]:
    event = asyncio.Event()
    yield event
    event.set()


def an_intake(stopping: asyncio.Event, check: Check, unfit_after_s: float = 60.0) -> Intake:
    return Intake({"a": check}, stopping, 0.001, unfit_after_s)


async def test_work_is_taken_until_an_infrastructure_error_closes_the_intake(stopping: asyncio.Event) -> None:
    intake = an_intake(stopping, Failing())
    assert await intake.opened()
    assert not intake.paused.is_set()
    intake.close("store_unavailable")
    assert intake.paused.is_set()


async def test_work_is_taken_again_once_every_check_passes(stopping: asyncio.Event) -> None:
    check = Failing(StoreUnavailable(), MemoryError())
    intake = an_intake(stopping, check)
    intake.close("store_unavailable")
    assert await intake.opened()
    assert (check.errors, intake.paused.is_set()) == ([], False)


async def test_a_process_that_stops_does_not_wait_for_its_checks(stopping: asyncio.Event) -> None:
    intake = an_intake(stopping, Failing(StoreUnavailable(), stays=True))
    intake.close("store_unavailable")
    waiting = asyncio.create_task(intake.opened())
    await asyncio.sleep(0)
    intake.stopping.set()
    assert not await waiting


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread"), OSError(errno.EMFILE, "")])
async def test_a_process_whose_shortage_does_not_pass_ends_itself(stopping: asyncio.Event, error: Exception) -> None:
    intake = an_intake(stopping, Failing(error, stays=True), unfit_after_s=0.02)
    intake.close("out_of_memory")
    with pytest.raises(Unfit, match="does not recover"):
        await intake.opened()


@pytest.mark.parametrize("error", [StoreUnavailable(), StoreFull(), DatabaseUnavailable()])
async def test_a_server_that_is_away_is_waited_for_without_an_end(stopping: asyncio.Event, error: Exception) -> None:
    check = Failing(*[error] * 20)
    intake = an_intake(stopping, check, unfit_after_s=0.001)
    intake.close("store_unavailable")
    assert await intake.opened(), "it did not end the process"
    assert check.errors == []


@contextmanager
def limited(what: int, value: int) -> Iterator[None]:
    """A lower limit of this process during the block."""
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


async def test_a_process_that_has_all_it_needs_passes_and_leaves_nothing_behind() -> None:
    store = MemoryStore()
    before = threading.active_count()
    await check_resources(store)()
    assert store.objects == {}
    assert threading.active_count() <= before + 1, "but for the thread of the event loop's executor"


async def test_a_process_without_files_does_not_pass() -> None:
    check = check_resources(MemoryStore())
    await check()
    with limited(resource.RLIMIT_NOFILE, 8), pytest.raises(OSError, match="Too many open files"):
        await check()


async def test_a_process_without_memory_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_MEMORY", 2**62)
    with pytest.raises(MemoryError):
        await check_resources(MemoryStore())()


async def test_a_process_without_threads_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    check = check_resources(MemoryStore())
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="new thread"):
        await check()


async def test_a_full_store_does_not_pass() -> None:
    store = MemoryStore(errors={"create": [StoreFull()]})
    with pytest.raises(StoreFull):
        await check_resources(store)()
