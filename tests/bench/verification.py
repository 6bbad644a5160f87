"""What it costs to read a package back before its export counts as exported, beside packing it.

    python -m tests.bench.verification

A course of text: 2,000 pages of 20 kB of real words with links to each other, and 200 assignments. Packing begins with
the objects in memory, so what a worker spends on its database is not in it. Medians of turns in one process.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import opener
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.export import ExportId, PackedSoFar
from shared.domain.kinds import Kind
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import ZipOptions, write_zip
from shared.formats.cartridge import package as cartridge
from shared.worker.attempt_record import AttemptRecord
from shared.worker.member_recorder import MemberRecorder
from shared.worker.reporter import Reporter
from shared.worker.verification import PackingResult, verified
from tests.bench.packaging import pages, roomy
from tests.bench.table import Line
from tests.support import roundtrip
from tests.support.memory_course import MemoryCourse

PAGES, ASSIGNMENTS = 2000, 200
TURNS = 3
KEY = "packages/1/1/course.imscc"


def course() -> roundtrip.Loaded:
    """The course, as it is read from the tables."""
    texts = (b"".join(chunks).decode(errors="replace") for chunks in pages())
    written = [_page(number, text) for number, text in enumerate(islice(texts, PAGES), 1)]
    assignments = [
        Assignment(id=number, name=f"Assignment {number}", description=page.body, position=number)
        for number, page in enumerate(written[:ASSIGNMENTS], 1)
    ]
    content = {Kind.PAGES: written, Kind.ASSIGNMENTS: assignments}
    importing = roundtrip.Importing(course_id=roundtrip.COURSE_ID, next_id=lambda: 0)
    return roundtrip.Loaded(importing, MemoryCourse(Course(id=roundtrip.COURSE_ID, name="Text"), content, {}))


def _page(number: int, text: str) -> Page:
    links = "".join(
        f'<p><a href="/courses/{roundtrip.COURSE_ID}/pages/page-{other % PAGES + 1}">Next</a></p>'
        for other in range(number, number + 5)
    )
    return Page(id=number, url=f"page-{number}", title=f"Page {number}", body=f"{text}{links}", published=True)


class _Silent:
    async def report(self, export_id: ExportId, attempt: int, completion: float, so_far: PackedSoFar) -> None: ...


def packed(loaded: roundtrip.Loaded, store: FolderStore) -> PackingResult:
    """Pack the course as a worker does."""
    packing = roundtrip.packing(loaded)
    recorder = MemberRecorder(AttemptRecord())
    hooks, options = Hooks(fault=packing.lose_entry), ZipOptions(listed=recorder.written)
    with store.create(KEY) as writer:
        written = write_zip(cartridge.entries(packing), opener(store), writer.write, hooks, options)
    packing.close()
    package = StoredPackage(KEY, "course.imscc", "application/zip", written.size, written.sha256, written.entries)
    return PackingResult(
        [package], packing.report.receipt(), recorder.entries, frozenset(packing.report.dangling), True
    )


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The event loop of a worker, which reads the store for its threads."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(2))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def run(base: Path | None = None) -> list[Line]:
    """Two lines: packing, and reading back with its share of the packing time."""
    loaded, packing, reading = course(), [], []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name, running_loop() as loop:
        store = FolderStore(Path(name))
        for _ in range(TURNS + 1):
            started = time.perf_counter()
            package = packed(loaded, store)
            between = time.perf_counter()
            receipt = verified(package, store, Reporter(_Silent(), ExportId(1), 1, 60.0), loop)
            assert receipt.verification is not None
            assert receipt.verification.members_read == package.packages[0].entries - 1, "all but the empty folder"
            packing.append(between - started)
            reading.append(time.perf_counter() - between)
    took, back = statistics.median(packing[1:]), statistics.median(reading[1:])
    return [
        Line(f"packing {PAGES:,} pages and {ASSIGNMENTS} assignments", took, "s"),
        Line("verifying that package", back, "s", "packing it", back / took, "<= 0.10"),
    ]


if __name__ == "__main__":
    for line in run():
        print(line)
