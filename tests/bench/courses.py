"""Large courses through the worker's own job, from PostgreSQL to the verified package: how fast, and in what memory.

    python -m tests.bench.courses

10,000 pages, 2,000 assignments and 20,000 quiz questions, in modules, all with the identifiers of a package they came
from; and a course of a tenth of that. Each is exported by a process of its own, so that its peak memory is its own.
Medians of turns.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psutil

from services.cartridge.__main__ import BUILDER
from shared.adapters.folder_store import FolderStore
from shared.adapters.postgres.content_tables.content_writes import object_row, put_identifiers, put_rows
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.content.answers import Answer
from shared.domain.content.assignments import Assignment
from shared.domain.content.content_object import Content as Object
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import Quiz
from shared.domain.export import Context, WorkflowState
from shared.domain.kinds import Kind
from shared.formats.identifiers import hashed
from shared.runtime.lifecycle import new_event_loop
from shared.runtime.settings import Settings
from shared.worker.job import run_export
from shared.worker.reporter import Reporter
from tests.bench.packaging import roomy
from tests.bench.table import MIB, Line
from tests.support.school import School
from tests.support.servers import session_servers
from tests.support.workers import tools_of

PAGES, ASSIGNMENTS, QUESTIONS = 10_000, 2_000, 20_000
IN_A_QUIZ, IN_A_MODULE = 50, 40
PAGE_BYTES, ASSIGNMENT_BYTES = 4_000, 1_000
SMALLER = 10  # times
TURNS = 3
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """One export, as its process measured it."""

    seconds: float
    objects: int
    peak_rss: int  # bytes
    package: int  # bytes
    before: int  # bytes that were resident before it


def objects(course_id: int, share: int) -> Iterator[tuple[Kind, Object]]:
    """A course, a kind after another; `share` says how many times smaller it is than the whole."""
    texts = _texts()
    for number in range(1, PAGES // share + 1):
        yield Kind.PAGES, _page(number, next(texts), course_id)
    for number in range(1, ASSIGNMENTS // share + 1):
        yield Kind.ASSIGNMENTS, _assignment(number, next(texts)[:ASSIGNMENT_BYTES])
    for number in range(1, QUESTIONS // share // IN_A_QUIZ + 1):
        yield Kind.QUIZZES, Quiz(id=number, title=f"Quiz {number}", position=number, published=True)
    for number in range(1, QUESTIONS // share + 1):
        yield Kind.QUIZ_QUESTIONS, _question(number)
    shown = [("Page", number) for number in range(1, PAGES // share + 1)]
    shown += [("Assignment", number) for number in range(1, ASSIGNMENTS // share + 1)]
    for number in range(1, len(shown) // IN_A_MODULE + 1):
        yield Kind.MODULES, Module(id=number, name=f"Module {number}", position=number, published=True)
    for number, (kind, content_id) in enumerate(shown):
        yield Kind.MODULE_ITEMS, _item(number, kind, content_id)


def _texts() -> Iterator[str]:
    """Paragraphs of a made-up language, the same in every run."""
    dice = random.Random(7)
    words = ["".join(dice.choices("etaoinshrdlucm", k=dice.randint(2, 10))) for _ in range(3000)]
    while True:
        yield f"<p>{' '.join(dice.choices(words, k=PAGE_BYTES // 7))}.</p>"


def _page(number: int, text: str, course_id: int) -> Page:
    links = "".join(
        f'<p><a href="/courses/{course_id}/pages/page-{other}">Next</a></p>'
        for other in range(number - 3, number)
        if other > 0
    )
    return Page(id=number, url=f"page-{number}", title=f"Page {number}", body=f"{text}{links}", published=True)


def _assignment(number: int, text: str) -> Assignment:
    return Assignment(
        id=number,
        name=f"Assignment {number}",
        description=f"<p>{text}</p>",
        position=number,
        points_possible=10,
        grading_type="points",
        submission_types=["online_text_entry"],
        due_at="2027-01-31T22:59:00Z",
        published=True,
    )


def _question(number: int) -> QuizQuestion:
    return QuizQuestion(
        id=number,
        quiz_id=(number - 1) // IN_A_QUIZ + 1,
        position=number % IN_A_QUIZ,
        question_type="multiple_choice_question",
        question_name=f"Question {number}",
        question_text=f"<p>How high is tide number {number} at the harbour?</p>",
        points_possible=1,
        answers=[
            Answer(id=number * 10 + place, text=f"{place} metres", weight=100 if place == 2 else 0)
            for place in range(4)
        ],
        correct_comments="Well read.",
    )


def _item(number: int, kind: str, content_id: int) -> ModuleItem:
    return ModuleItem(
        id=number + 1,
        module_id=number // IN_A_MODULE + 1,
        position=number % IN_A_MODULE + 1,
        type=kind,
        title=f"{kind} {content_id}",
        content_id=content_id,
        published=True,
    )


async def fill(pool: Pool, context: Context, share: int) -> int:
    """Write the course into the tables as an import does; how many objects it has."""
    made, total = objects(context.id, share), 0
    while batch := list(islice(made, _BATCH)):
        async with pool.acquire() as db:
            for kind in dict.fromkeys(kind for kind, _ in batch):
                items = [item for of_kind, item in batch if of_kind is kind]
                names = {(kind, item.id, ""): hashed(f"{kind}/{item.id}") for item in items}
                for item in items:
                    item.migration_id = names[kind, item.id, ""]
                rows = [object_row(kind, item) for item in items]
                await put_rows(db, context, kind, rows, is_load=True)
                await put_identifiers(db, context, names)
        total += len(batch)
    return total


async def export_once(database_url: str, export_id: int, folder: str) -> Figures:
    """The job of a worker, in this process."""
    before = psutil.Process().memory_info().rss
    settings = Settings(database_url=database_url, amqp_url="amqp://none", store_url=folder, secret_key=("bench",))
    store = FolderStore(Path(folder))
    async with open_pool(database_url) as pool:
        leases = Leases(pool, "bench", settings.lease_s)
        with ThreadPoolExecutor(1) as threads:
            tools = tools_of(settings, pool, leases, store, threads)
            export = await leases.claim(BUILDER.export_type)
            assert export is not None
            assert export.id == export_id, "they are built in the order of their requests"
            reporter = Reporter(leases, export.id, export.attempt, settings.lease_s)
            started = time.perf_counter()
            await run_export(export, BUILDER, tools, reporter)
            seconds = time.perf_counter() - started
        found = await School(pool).exports.find(export.id)
    assert found is not None
    assert found.workflow_state is WorkflowState.EXPORTED, found.error_message
    assert found.attachment is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Figures(seconds, reporter.total_members, peak, found.attachment.size, before)


async def prepare(database_url: str, share: int, turns: int) -> list[int]:
    """The ids of exports that wait, all of one course."""
    async with open_pool(database_url) as pool:
        school = School(pool)
        context = await school.course(name=f"A course of 1/{share}")
        teacher = await school.member(context, "teacher")
        await fill(pool, context, share)
        return [(await school.export(context, teacher)).id for _ in range(turns)]


def measured(database_url: str, export_ids: list[int], folder: str) -> list[Figures]:
    """The exports, each by a process of its own."""
    found = []
    for export_id in export_ids:
        command = [sys.executable, "-m", "tests.bench.courses", "export", database_url, str(export_id), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found.append(Figures(**json.loads(done.stdout.splitlines()[-1])))
    return found


def run(turns: int = TURNS) -> list[Line]:
    """The rows of the table."""
    with (
        session_servers() as servers,
        servers.database() as url,
        tempfile.TemporaryDirectory(prefix="bench-", dir=roomy()) as folder,
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        runner.run(migrate(url))
        small, large = (measured(url, runner.run(prepare(url, share, turns)), folder) for share in (SMALLER, 1))
    return _lines(small, large)


def _lines(small: list[Figures], large: list[Figures]) -> list[Line]:
    few, many = f"{small[0].objects:,} objects", f"{large[0].objects:,} objects"
    speeds = [statistics.median(figures.objects / figures.seconds for figures in of) for of in (small, large)]
    peaks = [statistics.median(figures.peak_rss for figures in of) / MIB for of in (small, large)]
    return [
        Line(f"cartridge of {few}, database to verified package", speeds[0], "objects/s"),
        Line(f"the same of {many}", speeds[1], "objects/s", few, speeds[1] / speeds[0]),
        Line(f"peak memory of the process, {few}", peaks[0], "MiB"),
        Line(f"the same, {many}", peaks[1], "MiB", few, peaks[1] / peaks[0], "at most 1.20"),
    ]


def main() -> None:
    """Print the rows; or, called with `export`, be the process that is measured."""
    if sys.argv[1:2] == ["export"]:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            figures = runner.run(export_once(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
        print(json.dumps({name: getattr(figures, name) for name in Figures.__slots__}))
        return
    for line in run():
        print(f"{line.what:70} {line.figure:10,.1f} {line.unit:10} {line.ratio or ''} {line.aim}")


if __name__ == "__main__":
    main()
