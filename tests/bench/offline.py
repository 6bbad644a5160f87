"""What the page of a package costs: `make bench ARGS=offline`.

A course of 2,000 objects (pages, assignments, quizzes, questions, module items) with text and links as people write them, packed
with and without the page, without and with 400 MB of media; turns alternate. Processor time of the process. Packing begins with the objects in memory, so what
a worker spends on its database is not in it: with the page, it reads each object that is shown a second time. The memory is the peak that
Python allocates while the page alone is written, of the course and of one with a tenth of its objects.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.adapters.blobs import store_blob
from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import opener
from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.files import File, Folder
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import PackageOptions
from shared.formats.archive.zip_writer import write_zip
from shared.formats.entry import GeneratedEntry
from shared.formats.packing import Packing
from shared.worker.closing import closed
from tests.bench.packaging import roomy
from tests.bench.table import Line
from tests.support import roundtrip
from tests.support.offline import a_course

OBJECTS = 2_000
TURNS = 2
FILMS, FILM_BLOCKS = 4, 100  # of a mebibyte each
_SHARES = {
    Kind.PAGES: 0.4,
    Kind.ASSIGNMENTS: 0.2,
    Kind.QUIZ_QUESTIONS: 0.25,
    Kind.MODULE_ITEMS: 0.12,
    Kind.QUIZZES: 0.03,
}
_PARAGRAPH = (
    "<p>The tide rises and <strong>falls</strong> twice a day, by the pull of the moon and the turn of the earth.</p>"
)


def _text(number: int, pages: int) -> str:
    link = (
        f'<p><a href="/courses/1/pages/page-{number % pages + 1}">Next</a>, <a href="https://example.org/">more</a></p>'
    )
    return f"<h2>Part {number}</h2>{_PARAGRAPH * 12}<ul><li>spring</li><li>neap</li></ul>{link}"


def objects(count: int) -> dict[Kind, list[Any]]:
    """The objects of a course of about so many."""
    numbers = {kind: range(1, round(count * share) + 1) for kind, share in _SHARES.items()}
    pages, quizzes = len(numbers[Kind.PAGES]), len(numbers[Kind.QUIZZES])
    answers = [{"id": number, "text": f"Answer {number}", "weight": 100 * (number == 1)} for number in range(1, 5)]
    return {
        Kind.PAGES: [Page(id=n, url=f"page-{n}", title=f"Page {n}", body=_text(n, pages)) for n in numbers[Kind.PAGES]],
        Kind.ASSIGNMENTS: [
            Assignment(
                id=n, name=f"Assignment {n}", description=_text(n, pages), due_at=f"2027-01-{n % 28 + 1:02}T12:00:00Z"
            )
            for n in numbers[Kind.ASSIGNMENTS]
        ],
        Kind.QUIZZES: [Quiz(id=n, title=f"Quiz {n}") for n in numbers[Kind.QUIZZES]],
        Kind.QUIZ_QUESTIONS: [
            QuizQuestion.from_json(
                {"id": n, "quiz_id": n % quizzes + 1, "question_text": _PARAGRAPH, "answers": answers}
            )
            for n in numbers[Kind.QUIZ_QUESTIONS]
        ],
        Kind.MODULES: [Module(id=1, name="Unit")],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=n, module_id=1, title=f"Item {n}", type="Page", content_id=n)
            for n in numbers[Kind.MODULE_ITEMS]
        ],
    }


def _packed(work: Packing, store: FolderStore, *, index: bool) -> float:
    """Seconds of processor time of packing a course, to the disk."""
    started = time.process_time()
    with store.create("packages/1/1/p.imscc") as writer:
        entries = closed(roundtrip.members(work), work, PackageOptions(include_index=index), ())
        write_zip(entries, opener(store), writer.write)
    return time.process_time() - started


def _measured(course: dict[Kind, list[Any]], store: FolderStore) -> tuple[float, float]:
    """Median seconds (without, with) the page."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(TURNS + 1):
        for index, taken in seconds.items():
            took = _packed(a_course(course, Course(id=1, name="Tides")), store, index=index)
            if turn:
                taken.append(took)
    return statistics.median(seconds[False]), statistics.median(seconds[True])


def _peak(count: int) -> float:
    """MB that are allocated at most while the page is written."""
    work = a_course(objects(count), Course(id=1, name="Tides"))
    *_, last = closed(roundtrip.members(work), work, PackageOptions(include_index=True), ())
    assert isinstance(last, GeneratedEntry)
    tracemalloc.start()
    for _ in last.chunks():
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _films(store: FolderStore) -> dict[Kind, list[Any]]:
    def blocks() -> Iterator[bytes]:
        yield from (os.urandom(1024 * 1024) for _ in range(FILM_BLOCKS))

    stored = [store_blob(store, blocks(), "video/mp4") for _ in range(FILMS)]
    films = [
        File(id=n, display_name=f"{n}.mp4", folder_id=1, size=each.size, sha256=each.sha256, crc32=each.crc32)
        for n, each in enumerate(stored, 1)
    ]
    return {Kind.FOLDERS: [Folder(id=1, name="course files")], Kind.FILES: films}


def run(base: Path | None = None) -> list[Line]:
    """Time without and with media, and memory."""
    course = objects(OBJECTS)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name:
        store = FolderStore(Path(name))
        plain, with_page = _measured(course, store)
        media_plain, media_page = _measured({**course, **_films(store)}, store)
    small, large = _peak(OBJECTS // 10), _peak(OBJECTS)
    return [
        Line(f"page of {OBJECTS:,} objects", with_page - plain, "s", "packing them", with_page / plain - 1),
        Line("the same with 400 MB of media", media_page - media_plain, "s", "packing", media_page / media_plain - 1),
        Line("memory of its writing", large, "MB", "a tenth of the objects", large / small),
    ]


if __name__ == "__main__":
    for line in run():
        print(line)
