"""`@citolab/qti-components`, a player of QTI 3.0, reads the quizzes of the sample and gives the points of their answers."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shared.domain.kinds import Kind
from tests.support.node import installed
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import REPOSITORY

FOLDER = Path(__file__).with_name("node_qti3")
BY_HAND = ("extended-text-interaction", "upload-interaction")


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load(REPOSITORY / "deploy/sample")


@pytest.fixture(scope="module")
def scored(sample: Loaded, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Each item as the player scores its declared right answers."""
    node, folder = installed(FOLDER, "@citolab/qti-components"), tmp_path_factory.mktemp("qti3")
    export(sample, folder / "quizzes.zip", "3.0", None, "qti")
    with zipfile.ZipFile(folder / "quizzes.zip") as package:
        package.extractall(folder)
    words = [node, "score.mjs", str(folder / "items")]
    done = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_reads_every_question_with_its_title_and_points(sample: Loaded, scored: list[dict[str, Any]]) -> None:
    groups = {group.id: group for group in sample.course.each(Kind.QUIZ_GROUPS)}
    expected = []
    for question in sample.course.each(Kind.QUIZ_QUESTIONS):
        group = groups.get(question.quiz_group_id)
        points = question.points_possible if group is None or group.question_points is None else group.question_points
        expected.append((question.question_name, float(points or 0)))
    found = [(item["title"], item["maximum"]) for item in scored]
    assert len(found) > len(expected) > 20  # and the questions that groups draw from banks
    assert sorted(entry for entry in expected if entry not in found) == []


def test_the_right_answers_earn_all_points(scored: list[dict[str, Any]]) -> None:
    automatic = [item for item in scored if not any(name.endswith(BY_HAND) for name in item["interactions"])]
    assert len(automatic) > 20
    surveys = {"Pace", "Where do you live?", "What you bring"}  # in which nothing is right
    wrong = [item for item in automatic if item["score"] != item["maximum"] and item["title"] not in surveys]
    assert wrong == []
