"""What it costs to read a package back before its export counts as exported, beside packing it.

    python -m tests.bench.verification

A course of text: 2,000 pages of 20 kB of real words with links to each other, and 200 assignments. Packing begins with
the objects in memory, so what a worker spends on its database is not in it. Medians of turns in one process.

Packages of quizzes beside it, of the questions of `tests.bench.qti`: the processor time of the thread that verifies one, and
of writing its members, without their compression.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import blob_key, opener
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.export import ExportId, PackedSoFar
from shared.domain.kinds import Kind
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import ZipOptions, write_zip
from shared.worker.attempt_record import AttemptRecord
from shared.worker.member_recorder import MemberRecorder
from shared.worker.reporter import Reporter
from shared.worker.verification import PackingResult, verified
from tests.bench import qti
from tests.bench.packaging import pages, roomy
from tests.bench.table import Line
from tests.support import roundtrip
from tests.support.memory_course import MemoryCourse

PAGES, ASSIGNMENTS = 2000, 200
TURNS = 3
QTI_FORMS = ("1.2", "2.1", "3.0")
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


def packed(loaded: roundtrip.Loaded, store: FolderStore, **form: str) -> PackingResult:
    """Pack the course as a worker does."""
    packing = roundtrip.packing(loaded, **form)
    recorder = MemberRecorder(AttemptRecord())
    hooks, options = Hooks(fault=packing.lose_entry), ZipOptions(listed=recorder.written)
    with store.create(KEY) as writer:
        written = write_zip(roundtrip.members(packing), opener(store), writer.write, hooks, options)
    packing.close()
    package = StoredPackage(KEY, "course.imscc", "application/zip", written.size, written.sha256, written.entries)
    return PackingResult(
        [package], packing.report.receipt(), recorder.entries, frozenset(packing.report.dangling), True
    )


def run(base: Path | None = None) -> list[Line]:
    """Packing, and reading back with its share of the packing time; then the same of packages of quizzes."""
    loaded, packing, reading = course(), [], []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name:
        store = FolderStore(Path(name))
        for _ in range(TURNS + 1):
            started = time.perf_counter()
            package = packed(loaded, store)
            between = time.perf_counter()
            receipt = verified(package, store, Reporter(_Silent(), ExportId(1), 1, 60.0))
            assert receipt.verification is not None
            assert receipt.verification.members_read == package.packages[0].entries - 1, "all but the empty folder"
            packing.append(between - started)
            reading.append(time.perf_counter() - between)
    took, back = statistics.median(packing[1:]), statistics.median(reading[1:])
    return [
        Line(f"packing {PAGES:,} pages and {ASSIGNMENTS} assignments", took, "s"),
        Line("verifying that package", back, "s", "packing it", back / took, "<= 0.10"),
        *_quizzes(base),
    ]


def _quizzes(base: Path | None) -> Iterator[Line]:
    """A line for each version of QTI."""
    loaded = qti.course()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name:
        store = FolderStore(Path(name))
        with store.create(blob_key(hashlib.sha256(qti.PICTURE).hexdigest())) as writer:
            writer.write(qti.PICTURE)
        for version in QTI_FORMS:
            package = packed(loaded, store, export_type="qti", version=version)
            reporter = Reporter(_Silent(), ExportId(1), 1, 60.0)
            writing = _thread_seconds(partial(qti.written, loaded, {"version": version}))
            reading = _thread_seconds(partial(verified, package, store, reporter))
            what = f"verifying {qti.QUESTIONS:,} questions, QTI {version}"
            yield Line(what, reading, "s", "writing them", reading / writing, "<= 0.10")


def _thread_seconds(action: Callable[[], object]) -> float:
    """Median seconds of processor time of this thread; the first turn warms caches."""
    taken = []
    for _ in range(TURNS + 1):
        started = time.thread_time()
        action()
        taken.append(time.thread_time() - started)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    for line in run():
        print(line)
