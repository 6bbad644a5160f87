"""How many questions are written and read in a second, beside what lxml alone needs for the same bytes.

    python -m tests.bench.qti

1,000 questions of every type, in quizzes of 50, each with comments and a text of a few lines that shows a picture.
Bare writing builds the same elements with the same attributes and texts from a list of them and serializes them; bare
reading parses the same bytes. All of it is processor time of one thread, medians of turns that alternate; a ratio is
how many times as long as lxml alone.
"""

from __future__ import annotations

import itertools
import statistics
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from shared.domain.content.quizzes import Quiz, QuizQuestion
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.cartridge.read import read
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from tests.bench.table import Line
from tests.support import roundtrip
from tests.support.memory_course import MemoryCourse, stored

QUESTIONS, IN_A_QUIZ = 1000, 50
TURNS = 5
PICTURE = b"\x89PNG\r\n\x1a\n"
TEXT = (
    "<p>A train leaves the station at [x] past nine, with [y] carriages and <em>four</em> people in each of them. "
    'Look at <img src="/courses/4711/files/1/preview" alt="the platform"> and say how many of them get where they are '
    "going, if one in three alights on the way, and why you think so. Round where you must.</p>"
)
FORMS: dict[str, dict[str, Any]] = {
    "canvas": {"version": "1.2"},
    "generic": {"version": "1.2", "target": Target.GENERIC},
    "QTI 2.1": {"version": "2.1"},
    "QTI 3.0": {"version": "3.0"},
    "in a cartridge": {"version": "1.1", "export_type": "common_cartridge"},
}

LIMITS = {
    "write": ("questions written", "the same elements by lxml", "<= 5"),
    "read": ("questions read", "parsing alone by lxml", ""),
}

Steps = list[tuple[str, dict[str, str], str | None] | None]  # an element to open, or None for the end of one


@dataclass(frozen=True, slots=True)
class Documents:
    """The XML of one package: its bytes, and what they are made of."""

    bodies: list[bytes]
    steps: list[Steps]

    @classmethod
    def of(cls, bodies: list[bytes]) -> Documents:
        return cls(bodies, [_steps(etree.fromstring(body)) for body in bodies])

    def write(self) -> int:
        """The same elements, made and serialized by lxml alone."""
        return sum(len(_built(steps)) for steps in self.steps)

    def read(self) -> int:
        """The same bytes, parsed by lxml alone."""
        return sum(len(etree.fromstring(body)) for body in self.bodies)


def _steps(root: etree._Element) -> Steps:
    found: Steps = []

    def walk(element: etree._Element) -> None:
        if isinstance(element.tag, str):
            found.append((element.tag, dict(element.attrib), element.text))
            for child in element:
                walk(child)
            found.append(None)

    walk(root)
    return found


def _built(steps: Steps) -> bytes:
    """A tree of these elements, indented and serialized. A namespace is declared where it is first met."""
    first = steps[0]
    assert first is not None
    root = etree.Element(first[0], first[1], {None: etree.QName(first[0]).namespace})
    open_elements = [root]
    for step in steps[1:]:
        if step is None:
            open_elements.pop()
        else:
            tag, attributes, text = step
            made = etree.SubElement(open_elements[-1], tag, attributes)
            made.text = text
            open_elements.append(made)
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _choices(right: int) -> list[dict[str, Any]]:
    return [
        {"id": n, "text": f"About {n} of them", "weight": 100 if n < right else 0, "comments": f"Count again {n}"}
        for n in range(5)
    ]


def _blanks() -> list[dict[str, Any]]:
    return [{"id": n, "text": f"word {n}", "blank_id": "xy"[n % 2], "weight": 100 if n < 2 else 0} for n in range(6)]


def _pairs() -> dict[str, Any]:
    return {
        "answers": [{"id": n, "left": f"Stop {n}", "match_id": 90 + n, "comments": "No"} for n in range(4)],
        "matches": [{"match_id": 90 + n, "text": f"Town {n}"} for n in range(6)],
    }


def _formula() -> dict[str, Any]:
    given = [{"name": name, "value": value} for name, value in (("x", 4), ("y", 2.5))]
    return {
        "answers": [{"id": n, "answer": 6.5, "variables": given, "weight": 100} for n in range(10)],
        "variables": [{"name": name, "min": 1, "max": 9, "scale": 1} for name in "xy"],
        "formulas": [{"formula": "x + y"}],
        "answer_tolerance": "5%",
    }


TYPES: dict[str, dict[str, Any]] = {
    "multiple_choice_question": {"answers": _choices(1)},
    "true_false_question": {"answers": _choices(1)[:2]},
    "multiple_answers_question": {"answers": _choices(3)},
    "short_answer_question": {"answers": _choices(5)},
    "fill_in_multiple_blanks_question": {"answers": _blanks()},
    "multiple_dropdowns_question": {"answers": _blanks()},
    "matching_question": _pairs(),
    "numerical_question": {
        "answers": [
            {"id": 1, "numerical_answer_type": "exact_answer", "exact": 4.5, "margin": 0.5, "weight": 100},
            {"id": 2, "numerical_answer_type": "range_answer", "start": 1, "end": 2, "weight": 100},
            {"id": 3, "numerical_answer_type": "precision_answer", "approximate": 13.4, "precision": 4, "weight": 100},
        ]
    },
    "calculated_question": _formula(),
    "essay_question": {},
    "file_upload_question": {},
    "text_only_question": {},
}


def course() -> roundtrip.Loaded:
    """The quizzes, as they are read from the tables."""
    types = itertools.cycle(TYPES.items())
    questions = [
        QuizQuestion.from_json(
            {
                "id": number,
                "quiz_id": number // IN_A_QUIZ + 1,
                "assessment_question_id": 10_000 + number,
                "position": number,
                "question_name": f"Trains {number}",
                "question_type": question_type,
                "question_text": TEXT,
                "points_possible": 2.0,
                "correct_comments_html": "<p>All aboard.</p>",
                "incorrect_comments": "Mind the gap.",
                **fields,
            }
        )
        for number, (question_type, fields) in zip(range(QUESTIONS), types, strict=False)
    ]
    quizzes = [Quiz(id=n, title=f"Quiz {n}", position=n) for n in range(1, QUESTIONS // IN_A_QUIZ + 1)]
    file = roundtrip.from_json(Kind.FILES, {"id": 1, "display_name": "p.png", "folder_id": 1, **stored(PICTURE)})
    folder = roundtrip.from_json(Kind.FOLDERS, {"id": 1, "name": "course files", "full_name": "course files"})
    found = {Kind.QUIZZES: quizzes, Kind.QUIZ_QUESTIONS: questions, Kind.FILES: [file], Kind.FOLDERS: [folder]}
    importing = Importing(course_id=roundtrip.COURSE_ID, next_id=lambda: 0)
    return roundtrip.Loaded(importing, _Indexed(roundtrip.Course(id=roundtrip.COURSE_ID, name="Trains"), found, {}))


class _Indexed(MemoryCourse):
    """A course that finds questions by their quiz, as the tables do."""

    def children(self, kind: Kind, parent_id: int) -> Any:
        if kind is Kind.QUIZ_QUESTIONS:
            return self._objects[kind][(parent_id - 1) * IN_A_QUIZ : parent_id * IN_A_QUIZ]
        return super().children(kind, parent_id)


def written(loaded: roundtrip.Loaded, form: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The XML members of the package."""
    packing = roundtrip.packing(loaded, **{"export_type": "qti", **form})
    found = ((entry.path, entry.body) for entry in roundtrip.members(packing))
    return [(path, body) for path, body in found if isinstance(body, bytes) and path.endswith((".xml", ".qti"))]


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, body in members:
            archive.writestr(path, body)
        archive.writestr("web_resources/p.png", PICTURE)
    return buffer.getvalue()


def _read(package: bytes) -> int:
    importing = Importing(course_id=1, next_id=itertools.count(1).__next__)
    with PackageReader.open(BytesIO(package)) as reader:
        read(reader, importing)
    return len(importing.all(Kind.QUIZ_QUESTIONS))


def measured(variants: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of processor time of each; they take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(TURNS + 1):
        for name, run_once in variants.items():
            started = time.process_time()
            run_once()
            if turn:  # the first turn warms caches
                seconds[name].append(time.process_time() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def run() -> list[Line]:
    """For each form of package: writing and reading, each beside lxml alone."""
    loaded, lines = course(), []
    for name, form in FORMS.items():
        members = written(loaded, form)
        bare, package = Documents.of([body for _, body in members]), zipped(members)
        assert _read(package) == QUESTIONS
        taken = measured(
            {
                "write": lambda form=form: written(loaded, form),
                "bare write": bare.write,
                "read": lambda package=package: _read(package),
                "bare read": bare.read,
            }
        )
        for verb in ("write", "read"):
            ratio = taken[verb] / taken[f"bare {verb}"]
            what, limit, aim = LIMITS[verb]
            lines.append(Line(f"{what}, {name}", QUESTIONS / taken[verb], "items/s", limit, ratio, aim))
    return lines


if __name__ == "__main__":
    for line in run():
        print(line)
