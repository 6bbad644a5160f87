"""How long the thread of an attempt is waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from shared.domain.errors import Fenced
from shared.domain.export import ExportId
from shared.runtime.daemon_threads import DaemonThreads
from shared.worker import supervision
from shared.worker.infrastructure import Stalled, ThreadsStuck
from shared.worker.reporter import Reporter
from shared.worker.supervision import Supervisor
from tests.support.fakes import FakeLeases


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Set at the end, so that no thread outlives its test."""
    event = threading.Event()
    yield event
    event.set()


def a_reporter() -> Reporter:
    return Reporter(FakeLeases(), ExportId(1), 1, lease_s=30.0)


def running(work: Callable[[], object]) -> asyncio.Future[object]:
    return asyncio.get_running_loop().run_in_executor(DaemonThreads("test"), work)


async def test_a_thread_that_makes_progress_is_waited_for_however_long_it_takes() -> None:
    reporter, pause = a_reporter(), threading.Event()

    def work() -> str:
        for _ in range(20):
            reporter.beat()
            pause.wait(0.05)
        return "done"

    assert await Supervisor(0.4).result(running(work), reporter) == "done"


async def test_a_thread_without_progress_is_told_to_stop_and_abandoned(released: threading.Event) -> None:
    reporter, supervisor = a_reporter(), Supervisor(0.1)
    work = running(released.wait)
    with pytest.raises(Stalled):
        await supervisor.result(work, reporter)
    assert (reporter.stop.is_set(), supervisor.stuck) == (True, 1)
    released.set()
    await work
    await asyncio.sleep(0)
    assert supervisor.stuck == 0, "it has returned after all"


async def test_a_thread_that_was_stopped_has_a_moment_to_end(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "STOP_S", 0.1)
    reporter = a_reporter()
    reporter.stop.set()
    with pytest.raises(Fenced):
        await Supervisor(60.0).result(running(released.wait), reporter)


async def test_the_error_of_a_thread_is_its_result() -> None:
    def work() -> None:
        raise KeyError("a fault")

    with pytest.raises(KeyError, match="a fault"):
        await Supervisor(1.0).result(running(work), a_reporter())


async def test_a_process_with_many_stuck_threads_is_not_well() -> None:
    supervisor = Supervisor(1.0)
    await supervisor.check()
    supervisor.stuck = 8
    with pytest.raises(ThreadsStuck, match="8 threads"):
        await supervisor.check()


async def test_where_no_thread_can_be_started_the_work_is_not_run_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    ran: list[int] = []
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="new thread"):
        DaemonThreads("test").submit(ran.append, 1)
    monkeypatch.undo()
    await running(lambda: None)
    assert ran == []
