"""Tests and items of QTI 2.1 and 3.0 keep to their schemas in every finished package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.formats.quizzes import package
from shared.formats.verification import package as verification
from tests.support.finished_package import finished
from tests.support.formats import a_packing, linked
from tests.support.packed_folder import packed
from tests.support.qti_builders import CHOICES, a_question
from tests.support.roundtrip import load, packing
from tests.support.shared import REPOSITORY

OBJECTS: dict[Kind, list[Any]] = {
    Kind.QUIZZES: [Quiz(id=5, title="Optics")],
    Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES, correct_comments="right")],
}
CHANGES = {
    "2.1": [
        (b"<mapEntry mapKey=", b"<mapEntry key=", "attribute_missing"),
        (b"<itemBody>", b"<templateProcessing/><itemBody>", "element_misplaced"),
        (b" navigationMode=", b" mode=", "attribute_missing"),
        (b"<testPart ", b"<itemSessionControl/><testPart ", "element_misplaced"),
    ],
    "3.0": [
        (b"<qti-map-entry map-key=", b"<qti-map-entry mapKey=", "attribute_missing"),
        (b"<qti-item-body>", b"<itemBody/><qti-item-body>", "element_misplaced"),
        (b" navigation-mode=", b" navigationMode=", "attribute_missing"),
        (b" time-dependent=", b" timeDependent=", "attribute_missing"),
    ],
}


def in_version(version: str, work: Packing) -> Packing:
    return replace(work, request=replace(work.request, version=version, export_type="qti", include_banks=True))


@pytest.mark.parametrize(("version", "change"), [(v, change) for v, changes in CHANGES.items() for change in changes])
def test_a_document_against_its_schema_fails_the_package(version: str, change: tuple[bytes, bytes, str]) -> None:
    old, new, code = change
    work = in_version(version, linked(a_packing(OBJECTS)))
    entries = list(package.entries(work))
    place = next(n for n, entry in enumerate(entries) if isinstance(entry.body, bytes) and old in entry.body)
    body = entries[place].body
    assert isinstance(body, bytes)
    entries[place] = Entry(entries[place].path, body.replace(old, new, 1), entries[place].item)
    assert finished(work, entries).codes()[:1] == [code]


@pytest.mark.parametrize("held", [0, 10_000, 10_000_000])
@pytest.mark.parametrize("large", [0, 10_000_000])
def test_each_faulty_document_of_a_package_is_named_once(
    held: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_HELD", held)
    monkeypatch.setattr(verification, "_LARGE", large)
    questions = [a_question("multiple_choice_question", CHOICES, id=number, quiz_id=5) for number in range(1, 8)]
    work = in_version(
        "2.1", linked(a_packing({Kind.QUIZZES: [Quiz(id=5, title="Optics")], Kind.QUIZ_QUESTIONS: questions}))
    )
    entries = []
    for entry in package.entries(work):
        body = entry.body
        assert isinstance(body, bytes)
        entries.append(replace(entry, body=body.replace(b" adaptive=", b" adapts=")))
    findings = finished(work, entries).verify().verification.findings
    places = [finding.place for finding in findings if finding.code == "attribute_missing"]
    assert len(places) == len(set(places)) == len(questions)


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize("name", ["sample", "new_quizzes"])
def test_a_package_as_it_is_written_keeps_to_its_schemas(version: str, name: str, tmp_path: Path) -> None:
    source = REPOSITORY / "deploy/sample" if name == "sample" else packed(name, tmp_path / "source.zip")
    work = in_version(version, packing(load(source)))
    entries = [entry for entry in package.entries(work) if isinstance(entry.body, bytes)]
    assert set(finished(work, entries).codes()) <= {"file_missing", "members_too_few"}
