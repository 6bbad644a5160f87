"""When a worker reports its progress, and what."""

import asyncio

import pytest

from shared.domain.errors import DatabaseUnavailable, Fenced
from shared.domain.export import ExportId, PackedSoFar
from shared.worker.reporter import Reporter, due


class Reported:
    def __init__(self, *errors: Exception) -> None:
        self.completions: list[float] = []
        self.errors = list(errors)

    async def report(self, export_id: ExportId, attempt: int, completion: float, so_far: PackedSoFar) -> None:
        self.completions.append(completion)
        if self.errors:
            raise self.errors.pop(0)


@pytest.mark.parametrize(
    ("rise", "waited_s", "expected"), [(0.0, 0.3, False), (0.9, 0.3, False), (1.0, 0.3, True), (0.0, 2.0, True)]
)
def test_a_write_is_due_after_a_percent_or_a_heartbeat(rise: float, waited_s: float, expected: bool) -> None:
    assert due(rise, waited_s, heartbeat_s=2.0) is expected


def reporter(reported: Reported) -> Reporter:
    return Reporter(reported, ExportId(1), 1, lease_s=1.2, total_bytes=4096, total_members=1)


def test_completion_counts_bytes_and_members_and_leaves_the_last_percent_to_the_finish() -> None:
    half, full = reporter(Reported()), reporter(Reported())
    half.progress(0, 1)
    full.progress(9999, 9)
    assert half.completion == pytest.approx(49.5)
    assert full.completion == 99.0


def test_what_is_packed_is_counted_and_no_total_is_below_it() -> None:
    begun, beyond = reporter(Reported()), reporter(Reported())
    begun.progress(1024, 0)
    beyond.progress(9999, 9)
    assert begun.so_far == PackedSoFar(items_done=0, items_total=1, bytes_done=1024, bytes_total=4096)
    assert beyond.so_far == PackedSoFar(items_done=9, items_total=9, bytes_done=9999, bytes_total=9999)


def test_completion_of_an_export_without_anything_to_do_is_zero_until_its_end() -> None:
    nothing = Reporter(Reported(), ExportId(1), 1, lease_s=1.0)
    nothing.progress(10, 10)
    assert nothing.completion == 0.0


async def test_the_thread_is_asked_to_stop_once_the_export_is_no_longer_its_own() -> None:
    reported = Reported(Fenced())
    fenced = reporter(reported)
    async with fenced.running():
        for _ in range(40):
            await asyncio.sleep(0.05)
            if fenced.stop.is_set():
                break
    assert fenced.stop.is_set()
    assert not fenced.handed_back
    assert len(reported.completions) == 1


async def test_a_database_that_does_not_answer_does_not_stop_the_build() -> None:
    reported = Reported(DatabaseUnavailable())
    kept = reporter(reported)
    async with kept.running():
        for _ in range(60):
            await asyncio.sleep(0.05)
            if len(reported.completions) > 1:
                break
    assert not kept.stop.is_set()
    assert len(reported.completions) > 1
