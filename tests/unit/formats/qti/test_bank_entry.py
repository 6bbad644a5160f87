"""A question that a quiz of New Quizzes takes from a bank is a reference again, and else a question of the quiz."""

from __future__ import annotations

import zipfile
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from shared.domain.kinds import Kind
from tests.support.exported_case import CASES
from tests.support.memory_course import MemoryCourse
from tests.support.roundtrip import Loaded, load, members, packing

PACKAGE = CASES / "15-new-quizzes-bank-entries" / "input.imscc"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(PACKAGE)


def quiz(loaded: Loaded, folder: str = "non_cc_assessments/", **options: object) -> etree._Element:
    """The whole quiz of the export, which is the one document with the question of its own."""
    bodies = [
        e.body for e in members(packing(loaded, **options)) if isinstance(e.body, bytes) and b"Own essay" in e.body
    ]
    return next(
        root
        for root in map(etree.fromstring, bodies)
        if root.find(".//{*}assessment[@external_assignment_id]") is not None
    )


def contents(root: etree._Element) -> list[tuple[str, str | None]]:
    return [(etree.QName(e).localname, e.get("item_ref") or e.get("ident")) for e in root.iterfind(".//{*}section/*")]


def test_a_cartridge_has_the_reference_and_the_bank(loaded: Loaded) -> None:
    root = quiz(loaded)
    assert contents(root) == [("bankentry_item", "b2"), ("item", "q1")]
    [reference] = root.iter("{*}bankentry_item")
    assert dict(reference.attrib) == {
        "sourcebank_ref": "gbank",
        "item_ref": "b2",
        "points_possible": "3.0",
        "entry_type": "Item",
    }


def test_quizzes_without_their_banks_hold_the_question_itself(loaded: Loaded) -> None:
    alone = quiz(loaded, version="1.2", export_type="qti")
    assert contents(alone) == [("item", "b2"), ("item", "q1")]
    with_banks = quiz(loaded, version="1.2", export_type="qti", include_banks=True)
    assert contents(with_banks)[0] == ("bankentry_item", "b2")


def test_a_question_that_was_edited_is_no_longer_that_of_the_bank(loaded: Loaded) -> None:
    course = loaded.course
    questions = list(course.each(Kind.QUIZ_QUESTIONS))
    questions[0] = msgspec.structs.replace(questions[0], question_text="<p>Edited</p>")
    kinds = {kind: list(course.each(kind)) for kind in (Kind.QUIZZES, Kind.QUESTION_BANKS, Kind.BANK_QUESTIONS)}
    edited = MemoryCourse(course.course, {**kinds, Kind.QUIZ_QUESTIONS: questions}, dict(course.identifiers()))
    assert contents(quiz(Loaded(loaded.importing, edited))) == [("item", "b2"), ("item", "q1")]


def test_a_reference_to_a_bank_that_is_elsewhere_is_kept_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "without.imscc"
    with zipfile.ZipFile(PACKAGE) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            if "gbank" not in name:
                target.writestr(name, source.read(name))
    loaded = load(path)
    assert "qti_reference_not_mapped" in {warning.code for warning in loaded.importing.warnings}
    assert contents(quiz(loaded)) == [("bankentry_item", "b2"), ("item", "q1")]
